"""Candidates as a list, and many decisions at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT, DECIDE
from apps.curation import selectors, services
from apps.curation.cards import rows_of
from apps.curation.forms import REASONS, BatchForm, ListForm
from apps.curation.models import Batch, Candidate
from apps.curation.services import BatchResult
from apps.curation.views import queue_sent

PAGE_SIZE = 50
MOST_AT_ONCE = 500  # decisions that one request makes
FIRST_SHOWN = 10
DONE = {"accept": "accepted", "reject": "rejected", "defer": "deferred"}
MOST_REASONS = 10  # refusals that are told one by one


@require_safe
@space_view(DECIDE)
def candidate_list(request: SpaceRequest) -> HttpResponse:
    """Show the candidates of a state with their sentences, those that wait with a box to tick."""
    return _show_list(request, QueryDict(request.GET.urlencode()))


def _show_list(
    request: SpaceRequest, query: QueryDict, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    filters = ListForm(query, space=request.space)
    wanted = filters.wanted(states=tuple(Candidate.State.values))
    if filters.problem and not problem:
        status, problem = 422, filters.problem
    shown = _in_order(selectors.candidates_shown(request.space, wanted), filters)
    page = Paginator(selectors.for_table(shown), PAGE_SIZE).get_page(query.get("page"))
    may_own = selectors.may_decide_own(space=request.space, user=request.user)
    rows = rows_of(list(page), user=request.user, may_own=may_own)
    is_open = wanted.state in Candidate.OPEN
    matching = selectors.review_queue(request.space, request.user, wanted).count() if is_open else 0
    context = {
        "nav": "review",
        "filters": filters,
        "queue": filters.query(),
        "wanted": wanted,
        "tabs": _tabs(request, filters),
        "page": page,
        "rows": rows,
        "is_open": is_open,
        "on_page": sum(1 for row in rows if row.may_decide and not row.open_with),
        "matching": matching,
        "most": MOST_AT_ONCE,
        "reasons": REASONS,
        "problem": problem,
    }
    return render(request, "curation/candidate_list.html", context, status=status)


def _in_order(rows: QuerySet[Candidate], filters: ListForm) -> QuerySet[Candidate]:
    return selectors.sorted_by(rows, filters.cleaned_data.get("order") or "")


def _tabs(request: SpaceRequest, filters: ListForm) -> list[tuple[str, str, int, str]]:
    """Return state, name, number and address of each state, with the other filters kept."""
    counted = selectors.states_counted(request.space)
    tabs = []
    for state, label in Candidate.State.choices:
        query = QueryDict(filters.query(), mutable=True)
        query["state"] = state
        tabs.append((state, label, counted[state], query.urlencode()))
    return tabs


@require_POST
@space_view(DECIDE)
def batch_decide(request: SpaceRequest) -> HttpResponse:
    """Accept, reject or defer the candidates that are ticked, or, once the number is confirmed, all
    that the page showed or that match the filter."""
    form = BatchForm(request.POST)
    queue = queue_sent(request)
    if not form.is_valid():
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _show_list(request, queue, status=422, problem=problem)
    sent = form.cleaned_data
    if sent["scope"] in ("page", "all"):
        return _confirm(request, form, queue)
    result = services.candidates_decide_batch(
        space=request.space,
        actor=request.user,
        candidates=form.pairs,
        action=sent["action"],
        reason=sent["reason"],
    )
    _tell(request, result, done=DONE[sent["action"]])
    if result.batch is None:
        return _redirect(reverse("curation:candidate-list", args=[request.space.slug]), queue)
    address = reverse("curation:batch", args=[request.space.slug, result.batch.pk])
    return _redirect(address, queue)


def _redirect(address: str, queue: QueryDict) -> HttpResponse:
    return redirect(f"{address}?{queue.urlencode()}" if queue else address)


def _confirm(request: SpaceRequest, form: BatchForm, queue: QueryDict) -> HttpResponse:
    """Ask before many are decided: their number, the filter in words and the first of them."""
    filters = ListForm(queue, space=request.space)
    wanted = filters.wanted()
    waiting = selectors.review_queue(request.space, request.user, wanted)
    free = _in_order(selectors.nobody_else_has(waiting, request.user), filters)
    pairs = form.pairs
    if form.cleaned_data["scope"] == "all":
        pairs = list(free.values_list("pk", "version")[:MOST_AT_ONCE])
    if not pairs:
        return _show_list(request, queue, status=422, problem="No fact is chosen.")
    first = selectors.for_table(waiting.filter(pk__in=[pk for pk, _ in pairs[:FIRST_SHOWN]]))
    context = {
        "nav": "review",
        "filters": filters,
        "wanted": wanted,
        "queue": queue.urlencode(),
        "action": form.cleaned_data["action"],
        "reason": form.cleaned_data["reason"],
        "number": len(pairs),
        "more": free.count() - len(pairs) if form.cleaned_data["scope"] == "all" else 0,
        "chosen": " ".join(f"{pk}:{version}" for pk, version in pairs),
        "rows": rows_of(list(first), user=request.user, may_own=True),
    }
    return render(request, "curation/batch_confirm.html", context)


@require_safe
@space_view(DECIDE | AUDIT)
def batch(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show a batch and what still stands of it."""
    found = get_object_or_404(Batch.objects.select_related("actor"), pk=pk, space=request.space)
    decisions = list(selectors.batch_decisions(found))
    context = {
        "nav": "review",
        "queue": request.GET.urlencode()[:500],
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
    return _redirect(reverse("curation:batch", args=[request.space.slug, pk]), queue_sent(request))


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
