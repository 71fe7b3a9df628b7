"""An answer without one of its explicit memories: asked for, and what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import READ
from apps.asking.models import Answer, AnswerTrial
from apps.asking.selectors import visible_questions
from apps.asking.services import trial_ask
from apps.asking.services.errors import TrialRefused
from apps.common.jobs import TooManyOpen
from apps.common.worker_status import worker_alive


def _answer(request: SpaceRequest, pk: int) -> Answer:
    questions = visible_questions(user=request.user, space=request.space, roles=request.roles)
    answers = Answer.objects.filter(question__in=questions, question__erased_at=None)
    return get_object_or_404(answers.select_related("question"), question=pk)


@require_POST
@space_view(READ)
def without(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """Ask for the answer without a memory."""
    answer = _answer(request, pk)
    try:
        trial_ask(answer=answer, number=number, actor=request.user)
    except (TrialRefused, TooManyOpen) as error:
        messages.error(request, str(error))
    to = redirect("asking:question", request.space.slug, pk)
    to["Location"] += f"#memory-{number}"
    return to


@require_safe
@space_view(READ)
def trial(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """How the trial of a memory stands, for the page of its question, which asks until it ends."""
    answer = _answer(request, pk)
    row = AnswerTrial.objects.filter(answer=answer, number=number).first()
    if row is None:
        raise Http404("nobody asked for this answer without that memory")
    if not request.htmx:
        return redirect("asking:question", request.space.slug, pk)
    context = {
        "question": answer.question, "trial": row, "number": number,
        "trials_alive": worker_alive("evaluate"),
    }  # fmt: skip
    status = 200 if row.is_open else HTMX_STOP_POLLING
    return render(request, "asking/trial.html", context, status=status)
