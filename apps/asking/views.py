from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HTMX_STOP_POLLING

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, ASK, READ
from apps.asking.forms import FollowUpForm, QuestionForm
from apps.asking.mark_forms import gap_form, mark_form, misread_form
from apps.asking.models import Conversation, Question, ReadingChoice
from apps.asking.selectors import (
    Wait,
    answer_as_dict,
    choice_behind,
    choices_of,
    confirmations_of,
    earlier_answers,
    example_questions,
    marks_of,
    progress_of,
    recent_questions,
    visible_questions,
    wait_of,
)
from apps.asking.services import (
    question_ask,
    question_ask_about,
    question_cancel,
    question_retry,
    readings_shown,
)
from apps.asking.services.as_meant import AS_MEANT
from apps.asking.services.errors import AskingError, NoSuchTopic, NotCancellable, NotRetryable
from apps.asking.traces import trace_of
from apps.common.jobs import TooManyOpen
from apps.common.once import once
from apps.common.worker_status import Listening, worker_alive

PAGE_SIZE = 15
MARKS_SHOWN = 20  # of one answer, the newest


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ASK)
def ask(request: SpaceRequest) -> HttpResponse:
    """The question box, questions that can be answered, and what the user asked before."""
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and (found := _ask(request, form)):
        return found
    context = {
        "nav": "ask",
        "form": form,
        "examples": example_questions(request.space),
        "page": Paginator(
            recent_questions(user=request.user, space=request.space), PAGE_SIZE
        ).get_page(request.GET.get("page")),
        "worker_alive": worker_alive("read"),
    }
    return render(request, "asking/ask.html", context, status=_status(form))


@require_safe
@vary_on_headers("HX-Request")
@space_view(READ)
def question(request: SpaceRequest, pk: int) -> HttpResponse:
    """A question with its state, or with its answer and the whole trace."""
    row = _visible(request, pk)
    context = question_context(request, row)
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "asking/question.html", context)
    if row.is_open and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    status = 200 if row.is_open else HTMX_STOP_POLLING
    return render(request, "asking/question.html#result", context, status=status)


@require_safe
@space_view(READ)
def question_json(request: SpaceRequest, pk: int) -> HttpResponse:
    """The same object as ``ask --json`` prints; 409 while there is no answer, 410 where it was
    erased."""
    row = _visible(request, pk)
    if row.erased_at is not None:
        return JsonResponse({"error": f"{row.text}.", "state": "erased"}, status=410)
    if row.state != Question.State.DONE:
        error = {"error": "This question has no answer.", "state": row.state, "reason": row.error}
        return JsonResponse(error, status=409)
    return JsonResponse(answer_as_dict(row), json_dumps_params={"ensure_ascii": False, "indent": 2})


@require_POST
@space_view(ASK)
def follow_up(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask the next question of a conversation of one's own."""
    row = _visible(request, pk)
    if row.asked_by_id != request.user.pk or row.erased_at is not None:
        raise Http404("a conversation belongs to the person who began it")
    form = FollowUpForm(request.POST, question=row)
    if found := _ask(request, form, row.conversation):
        return found
    context = question_context(request, row) | {"form": form}
    return render(request, "asking/question.html", context, status=_status(form))


@require_POST
@space_view(ASK)
def about(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask a question of one's own again about another of the things that it could mean."""
    row = _visible(request, pk)
    if row.asked_by_id != request.user.pk or row.state != Question.State.DONE or row.erased_at:
        raise Http404("only one's own answered question can be asked about something else")
    try:
        return asked_once(
            request,
            lambda: question_ask_about(
                question=row, actor=request.user, entity=_id(request.POST.get("entity", ""))
            ),
        )
    except (NoSuchTopic, TooManyOpen) as error:
        messages.error(request, str(error))
        return redirect("asking:question", request.space.slug, row.pk)


@require_POST
@space_view(ASK)
def retry(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask a question again that failed."""
    row = _visible(request, pk)
    try:
        question_retry(question=row, actor=request.user)
    except NotRetryable as error:
        messages.info(request, str(error))
    return redirect("asking:question", request.space.slug, row.pk)


@require_POST
@space_view(ASK)
def cancel(request: SpaceRequest, pk: int) -> HttpResponse:
    """End a question of one's own, or any as an owner, that has no answer yet."""
    row = _visible(request, pk)
    if not _may_cancel(request, row):
        raise Http404("only who asked, or an owner, can cancel a question")
    try:
        question_cancel(question=row, actor=request.user)
    except NotCancellable as error:
        messages.info(request, str(error))
    return redirect("asking:question", request.space.slug, row.pk)


def _may_cancel(request: SpaceRequest, row: Question) -> bool:
    own = row.asked_by_id == request.user.pk and bool(request.roles & ASK)
    return own or bool(request.roles & ADMINISTER)


def _id(text: str) -> int:
    """Return the id of a row that a form holds; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _visible(request: SpaceRequest, pk: int) -> Question:
    questions = visible_questions(user=request.user, space=request.space, roles=request.roles)
    return get_object_or_404(questions.select_related("answer", "topic"), pk=pk)


def _ask(
    request: SpaceRequest, form: QuestionForm, conversation: Conversation | None = None
) -> HttpResponseRedirect | None:
    """Ask what the form holds and go to its page, or return None with the errors in the form."""
    if not form.is_valid():
        return None
    space, actor, given = request.space, request.user, form.cleaned_data
    try:
        return asked_once(
            request,
            lambda: question_ask(space=space, actor=actor, conversation=conversation, **given),
        )
    except AskingError as error:
        form.add_error("text", str(error))
        return None
    except TooManyOpen as error:
        form.add_error("text", ValidationError(str(error), code="too-many"))
        return None


def asked_once(request: SpaceRequest, ask: Callable[[], Question]) -> HttpResponseRedirect:
    """Ask, and go to the page of the question; a form that is sent twice asks once."""
    return HttpResponseRedirect(
        once(request, lambda: reverse("asking:question", args=[request.space.slug, ask().pk]))
    )


def _status(form: QuestionForm) -> int:
    """Return the status of a page with this form."""
    if form.has_error("text", "too-many"):
        return TooManyOpen.status
    return 422 if form.errors else 200


def _choice_behind(row: Question) -> ReadingChoice | None:
    return choice_behind(row) if row.head == AS_MEANT else None


def question_context(request: SpaceRequest, row: Question) -> dict[str, Any]:
    """Return what the page of a question shows."""
    if row.erased_at is not None:
        return {"nav": "ask", "question": row, "seen": "erased"}
    own = row.asked_by_id == request.user.pk
    alive = worker_alive("read") if row.is_open else Listening(True)
    wait = wait_of(row) if row.state == Question.State.QUEUED else None
    progress = progress_of(row)
    done, may_ask = row.state == Question.State.DONE, bool(request.roles & ASK)
    verdict = _verdict(request, row, may_ask=may_ask) if done else {}
    trace = trace_of(row) if done else None  # the reads are there by now
    return verdict | {
        "nav": "ask",
        "question": row,
        "trace": trace,
        "trials_alive": worker_alive("evaluate") if trace and trace.is_tried else Listening(True),
        "readings": readings_shown(row.answer) if done else [],
        "choice": _choice_behind(row),
        "choices": choices_of(row.answer)[:MARKS_SHOWN] if done else [],
        "may_choose": done and may_ask,
        "earlier": earlier_answers(row),
        "own": own,
        "form": FollowUpForm(question=row),
        "may_follow_up": own and bool(request.roles & ASK) and not row.is_open,
        "may_cancel": row.is_open and _may_cancel(request, row),
        "progress": progress,
        "may_retry": bool(request.roles & ASK),
        "worker_alive": alive,
        "wait": wait,
        "seen": _seen(row, bool(alive), wait, progress.steps if progress else 0),
    }


def _verdict(request: SpaceRequest, row: Question, *, may_ask: bool) -> dict[str, Any]:
    """Return what people said of an answer, and the forms to say more."""
    right = list(confirmations_of(request.space).filter(answer=row.answer)[:MARKS_SHOWN])
    found: dict[str, Any] = {
        "marks": marks_of(request.space).filter(answer=row.answer)[:MARKS_SHOWN],
        "confirmations": right,
        "confirmed": any(one.confirmed_by_id == request.user.pk for one in right),
    }
    if may_ask:
        found["mark_form"] = mark_form(row.answer)
        found["misread_form"] = misread_form(row)
        found["gap_form"] = gap_form(row) if row.answer.abstained else None
    return found


def _seen(row: Question, alive: bool, wait: Wait | None, steps: int) -> str:
    """Return what a page shows in short: a poll that would show the same again is left out."""
    counted = [wait.before] if wait else []
    counted += [steps] if steps else []
    return "-".join(map(str, (row.state, alive, *counted)))
