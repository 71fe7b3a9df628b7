"""Learning from reviewers: what there is to learn from, trainings, and switching them on."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.common.jobs import TooManyOpen
from apps.common.worker_status import worker_alive
from apps.evaluation.models import LearnedWeights
from apps.evaluation.services.learning import (
    LearningRefused,
    learned_switch_back,
    learned_switch_on,
    learning_cancel,
    learning_request,
    learning_retry,
)
from apps.evaluation.services.learning.shown import material, run_with, shown, weights_in_use
from apps.evaluation.services.runs import RunRefused

PAGE_SIZE = 30


@require_safe
@space_view(AUDIT)
def learning_list(request: SpaceRequest) -> HttpResponse:
    """What a training would learn from, what is on, and all trainings, the newest first."""
    rows = LearnedWeights.objects.filter(space=request.space).select_related(
        "started_by", "space", "instead_of"
    )
    context = {
        "nav": "evaluation",
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "material": material(request.space),
        "in_use": weights_in_use(request.space),
        "may_change": bool(ADMINISTER & request.roles),
    }
    return render(request, "evaluation/learning_list.html", context)


@require_POST
@space_view(ADMINISTER)
def learning_start(request: SpaceRequest) -> HttpResponse:
    """Start a training, or go to the one that is under way."""
    try:
        row = learning_request(space=request.space, actor=request.user)
    except (LearningRefused, TooManyOpen) as error:
        messages.error(request, str(error))
        return redirect("evaluation:learning-list", request.space.slug)
    return redirect("evaluation:learning", request.space.slug, row.pk)


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def learning(request: SpaceRequest, pk: int) -> HttpResponse:
    """One training: how far it is, or how its weights compare with those that are on."""
    row = _row(request, pk)
    part = "" if request.htmx.history_restore_request else request.htmx.target
    if part == "live" and not row.is_open:
        return HttpResponseClientRefresh()  # the whole page looks otherwise now
    context = {
        "nav": "evaluation",
        "row": row,
        "shown": shown(row),
        "may_change": bool(ADMINISTER & request.roles),
        "worker_alive": worker_alive("evaluate") if row.is_open else True,
    }
    template = "evaluation/learning.html" + ("#live" if part == "live" else "")
    return render(request, template, context)


@require_POST
@space_view(ADMINISTER)
def learning_end(request: SpaceRequest, pk: int) -> HttpResponse:
    """Cancel a training."""
    try:
        learning_cancel(row=_row(request, pk), actor=request.user)
        messages.success(request, "The training was cancelled.")
    except LearningRefused as error:
        messages.info(request, str(error))
    return redirect("evaluation:learning", request.space.slug, pk)


@require_POST
@space_view(ADMINISTER)
def learning_go_on(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a failed or cancelled training go on."""
    try:
        learning_retry(row=_row(request, pk), actor=request.user)
    except (LearningRefused, TooManyOpen) as error:
        messages.error(request, str(error))
    return redirect("evaluation:learning", request.space.slug, pk)


@require_POST
@space_view(ADMINISTER)
def switch_on(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let the head propose by these weights."""
    try:
        learned_switch_on(row=_row(request, pk), actor=request.user)
        messages.success(request, "Switched on. They count from the next document on.")
    except LearningRefused as error:
        messages.error(request, str(error))
    return redirect("evaluation:learning", request.space.slug, pk)


@require_POST
@space_view(ADMINISTER)
def switch_back(request: SpaceRequest) -> HttpResponse:
    """Go back to what was on before."""
    try:
        found = learned_switch_back(space=request.space, actor=request.user)
        now = f"training {found.pk} is" if found else "the shipped weights are"
        messages.success(request, f"Switched back: {now} on from the next document on.")
    except LearningRefused as error:
        messages.error(request, str(error))
    return redirect("evaluation:learning-list", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def run_first(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask for a run with these weights on a benchmark with a pinned baseline."""
    row = _row(request, pk)
    try:
        run_with(row=row, benchmark=request.POST.get("ask", ""), actor=request.user)
    except (RunRefused, TooManyOpen) as error:
        messages.error(request, str(error))
    return redirect("evaluation:learning", request.space.slug, pk)


def _row(request: SpaceRequest, pk: int) -> LearnedWeights:
    rows = LearnedWeights.objects.select_related("space", "started_by", "switched_by", "instead_of")
    return get_object_or_404(rows, space=request.space, pk=pk)
