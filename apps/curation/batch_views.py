"""Candidates as a list, and many decisions at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import DECIDE
from apps.curation import selectors, services
from apps.curation.forms import BatchForm, QueueForm
from apps.curation.models import Batch, Candidate
from apps.curation.services import BatchResult

PAGE_SIZE = 50
MOST_REASONS = 10  # refusals that are told one by one


@require_safe
@space_view(DECIDE)
def candidate_list(request: SpaceRequest) -> HttpResponse:
    """Show the candidates of a state as a table, those that wait with a box to tick."""
    return _show_list(request, QueryDict(request.GET.urlencode()))


def _show_list(
    request: SpaceRequest, query: QueryDict, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    filters = QueueForm(query, space=request.space)
    wanted = filters.wanted(states=tuple(Candidate.State.values))
    rows = selectors.candidates_shown(request.space, wanted)
    page = Paginator(selectors.for_table(rows), PAGE_SIZE).get_page(query.get("page"))
    may_decide_own = selectors.may_decide_own(space=request.space, user=request.user)
    others = {state: QueryDict(filters.query(), mutable=True) for state in Candidate.State.values}
    counted = selectors.states_counted(request.space)
    tabs = []
    for state, label in Candidate.State.choices:
        others[state]["state"] = state
        tabs.append((state, label, counted[state], others[state].urlencode()))
    context = {
        "nav": "review",
        "filters": filters,
        "queue": filters.query(),
        "wanted": wanted,
        "tabs": tabs,
        "page": page,
        "rows": [
            (candidate, may_decide_own or candidate.author_id != request.user.pk)
            for candidate in page
        ],
        "is_open": wanted.state in Candidate.OPEN,
        "problem": problem,
    }
    return render(request, "curation/candidate_list.html", context, status=status)


@require_POST
@space_view(DECIDE)
def batch_accept(request: SpaceRequest) -> HttpResponse:
    """Accept the candidates that are ticked, or all that the page showed."""
    form = BatchForm(request.POST)
    queue = QueryDict(request.POST.get("queue", "")[:500])
    if not form.is_valid():
        problem = " ".join(str(error) for error in form.non_field_errors())
        return _show_list(request, queue, status=422, problem=problem)
    result = services.candidates_accept_batch(
        space=request.space, actor=request.user, candidates=form.pairs
    )
    _tell(request, result, done="accepted")
    if result.batch is None:
        return redirect("curation:candidate-list", slug=request.space.slug)
    return redirect("curation:batch", slug=request.space.slug, pk=result.batch.pk)


@require_safe
@space_view(DECIDE)
def batch(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show a batch and what still stands of it."""
    found = get_object_or_404(Batch.objects.select_related("actor"), pk=pk, space=request.space)
    decisions = list(selectors.batch_decisions(found))
    context = {
        "nav": "review",
        "batch": found,
        "decisions": decisions,
        "standing": sum(1 for decision in decisions if decision.undone_at is None),
    }
    return render(request, "curation/batch.html", context)


@require_POST
@space_view(DECIDE)
def batch_undo(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take back what still stands of a batch."""
    found = get_object_or_404(Batch, pk=pk, space=request.space)
    result = services.batch_undo(batch=found, actor=request.user)
    _tell(request, result, done="undone")
    return redirect("curation:batch", slug=request.space.slug, pk=found.pk)


def _tell(request: SpaceRequest, result: BatchResult, *, done: str) -> None:
    number, left = len(result.decisions), result.refused
    if number:
        messages.success(request, f"{number} fact{'' if number == 1 else 's'} {done}.")
    if left:
        lines = [(f"{one.name}: {one.reason}",) for one in left[:MOST_REASONS]]
        if len(left) > MOST_REASONS:
            lines.append((f"and {len(left) - MOST_REASONS} more",))
        title = f"{len(left)} left as {'it was' if len(left) == 1 else 'they were'}"
        told = format_html_join("", "<li>{}</li>", lines)
        messages.warning(request, format_html("<p>{}</p><ul>{}</ul>", title, told))
    if not number and not left:
        messages.info(request, "There was nothing to be done.")
