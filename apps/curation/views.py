"""Review: one candidate, a decision, the next one.

Every address answers with a whole page; htmx asks for the card alone (``#card``), and after a
decision for the next card together with what else changed on the page (``#answer``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT, DECIDE
from apps.curation import selectors, services
from apps.curation.cards import Card, Conflict, card_of, conflicts_shown
from apps.curation.forms import REASONS, DecideForm, QueueForm, RejectForm
from apps.curation.models import Candidate, Decision, Hold
from apps.curation.selectors import QueueFilter
from apps.memory.controller import AmbiguousName, ConflictError, MemoryRefusal
from apps.memory.selectors import due_counted

MOST_TRIES = 20  # to get a card before others take it
REFUSALS = (services.CurationError, MemoryRefusal, ValueError)


def get_candidate(request: SpaceRequest, pk: int) -> Candidate:
    """Return a candidate of the space. Raises Http404."""
    return get_object_or_404(
        Candidate.objects.select_related(*selectors.SHOWN_WITH), pk=pk, space=request.space
    )


def queue_sent(request: SpaceRequest) -> QueryDict:
    """Return the filter that a form carried along, as in an address."""
    return QueryDict(request.POST.get("queue", "")[:500])


def show(
    request: SpaceRequest,
    candidate: Candidate | None,
    *,
    part: str = "card",
    status: int = 200,
    problem: str = "",
    conflicts: tuple[Conflict, ...] = (),
    queue: str | None = None,
    here: str = "",
    hold: Hold | None = None,
) -> HttpResponse:
    """Show a candidate, or that nothing is left: the page, or for htmx its ``part``.

    ``queue`` is the filter as in an address; ``here`` the address of a candidate's own page;
    ``hold`` the one that was just taken. With a ``problem``, what was chosen on the card stays.
    """
    filters = QueueForm(request.GET if queue is None else QueryDict(queue), space=request.space)
    wanted = filters.wanted()
    waiting = selectors.review_queue(request.space, request.user, wanted)
    recent = list(selectors.decisions_recent(request.space, request.user))
    card = card_of(candidate, request.user) if candidate else None
    if card and problem:
        card = card.with_chosen(_picked(request))
    decides = bool(request.roles & DECIDE)
    if card and not decides:
        card = replace(card, may_decide=False)
    states = selectors.states_counted(request.space)
    context: dict[str, Any] = held(request, card, hold) | {
        "nav": "review" if decides else "audit",
        "conflicts": conflicts,
        "problem": problem,
        "filters": filters,
        "queue": filters.query(),
        "wanted": wanted,
        "left": waiting.count(),
        "open_elsewhere": [] if card else selectors.open_elsewhere(waiting, request.user),
        "elsewhere": states,
        "review_count": states[Candidate.State.PENDING],
        "proposed_relations": selectors.proposals_waiting(request.space),
        "due": due_counted(request.space),
        # Like ``open_elsewhere``, said where there is no card.
        "own_waiting": 0 if card else selectors.own_waiting(request.space, request.user),
        "recent": recent,
        "reasons": REASONS,
        "shown_at": f"{time.time():.2f}",
        "here": here,
    }
    name = "curation/review.html" + (f"#{part}" if request.htmx else "")
    return render(request, name, context, status=status)


def held(request: SpaceRequest, card: Card | None, hold: Hold | None = None) -> dict[str, Any]:
    """Hold the candidate of a card that is about to be shown, if ``hold`` was not just taken.
    Returns the ``card`` with the ``hold``, or, without its decisions, ``held_by`` when somebody
    else has it open."""
    if card is None or not card.may_decide:
        return {"card": card}
    hold = hold or services.hold_take(candidate=card.candidate, holder=request.user)
    held_by = None if hold else selectors.holder_of(card.candidate, request.user)
    return {
        "card": replace(card, may_decide=False) if held_by else card,
        "hold": hold,
        "held_by": held_by,
        "renew_seconds": settings.HOLD_SECONDS // 4,
    }


def next_candidate(
    request: SpaceRequest, wanted: QueueFilter, near: Candidate | None, *, back: bool = False
) -> tuple[Candidate | None, Hold | None]:
    """Return the next of the queue that nobody else has open, and the hold on it for who asks."""
    queue = selectors.review_queue(request.space, request.user, wanted)
    queue = queue.select_related(*selectors.SHOWN_WITH)
    step = selectors.candidate_before if back and near else selectors.candidate_after
    for _ in range(MOST_TRIES):  # another one may take the same at this moment
        free = selectors.nobody_else_has(queue, request.user)
        found = step(free, near) if near else free.first()
        if found is None and near is not None:  # the only one left
            found = free.first()
        if found is None:
            break
        # Of the version that was read: somebody may have decided it since without having it open.
        hold = services.hold_take(candidate=found, holder=request.user, version=found.version)
        if hold:
            return found, hold
    return None, None


@require_safe
@space_view(DECIDE)
def review(request: SpaceRequest) -> HttpResponse:
    """Show the next candidate of the queue; ``after`` and ``before`` say where to look."""
    filters = QueueForm(request.GET, space=request.space)
    wanted = filters.wanted()
    near = selectors.candidate_of(
        request.space, request.GET.get("after") or request.GET.get("before")
    )
    if near is not None:  # it was left without a decision
        services.hold_release(candidate=near, holder=request.user)
    candidate, hold = next_candidate(request, wanted, near, back="before" in request.GET)
    status = 422 if filters.problem else 200
    return show(request, candidate, status=status, problem=filters.problem, hold=hold)


@require_safe
@space_view(DECIDE | AUDIT)
def candidate_detail(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show one candidate at its own address, decided or not; to auditors without decisions."""
    candidate = get_candidate(request, pk)
    return show(request, candidate, here=request.path)


def decide(
    request: SpaceRequest, pk: int, service: Callable[..., Decision], **arguments: Any
) -> HttpResponse:
    """Run a decision service on what the reviewer was shown and go on to the next candidate.

    An older version and another's decision answer 409, a refusal of the memory 422; both with
    the candidate as it stands now.
    """
    candidate = get_candidate(request, pk)
    form = DecideForm(request.POST, space=request.space)
    queue = request.POST.get("queue", "")[:500]
    if not form.is_valid():
        problem = "The page was not sent whole. Here is the fact once more."
        return show(request, candidate, status=422, problem=problem, queue=queue)
    if service in (services.candidate_accept, services.candidate_supersede):
        arguments |= {
            "picked": form.picked(),
            "despite_conflicts": form.cleaned_data["despite_conflicts"],
        }
    try:
        decision = service(
            candidate=candidate,
            actor=request.user,
            version=form.cleaned_data["version"],
            seconds=form.seconds(),
            **arguments,
        )
    except REFUSALS as error:
        return refused(request, candidate, error, queue)
    return decided(request, decision, queue)


def refused(
    request: SpaceRequest, candidate: Candidate, error: Exception, queue: str
) -> HttpResponse:
    """Show the candidate as it stands now and why the decision was not taken."""
    if isinstance(error, services.NotAllowed):
        return render(request, "curation/not_allowed.html", {"text": str(error)}, status=403)
    now = get_candidate(request, candidate.pk)
    if isinstance(error, services.DecidedAlready):
        return show(request, now, status=409, problem=str(error), queue=queue)
    conflicts: tuple[Conflict, ...] = ()
    problem = str(error)
    if isinstance(error, ConflictError):
        conflicts = conflicts_shown(now, error.conflicts)
        problem = f"{error} Supersede it, keep both, reject this one or defer it."
    elif isinstance(error, AmbiguousName):
        problem = f"Several entities are called “{error.name}”: pick the one that is meant."
    return show(request, now, status=422, problem=problem, conflicts=conflicts, queue=queue)


def _picked(request: SpaceRequest) -> services.Picked:
    """Return what was picked on the card that was sent, if it was sent whole."""
    form = DecideForm(request.POST, space=request.space)
    return form.picked() if form.is_valid() else services.Picked()


def decided(request: SpaceRequest, decision: Decision, queue: str) -> HttpResponse:
    """Go on to the next candidate, with a message that can undo the decision."""
    message = render_to_string(
        "curation/toast.html",
        {"decision": decision, "space": request.space, "queue": queue},
        request,
    )
    messages.success(request, mark_safe(message))  # noqa: S308 - a template escaped it
    if not request.htmx:
        query = QueryDict(queue, mutable=True)
        query["after"] = str(decision.candidate_id)
        address = reverse("curation:review", args=[request.space.slug])
        return redirect(f"{address}?{query.urlencode()}")
    wanted = QueueForm(QueryDict(queue), space=request.space).wanted()
    candidate, hold = next_candidate(request, wanted, decision.candidate)
    return show(request, candidate, part="answer", queue=queue, hold=hold)


@require_POST
@space_view(DECIDE)
def candidate_accept(request: SpaceRequest, pk: int) -> HttpResponse:
    """Accept a candidate; with ``despite_conflicts`` beside what it contradicts."""
    return decide(request, pk, services.candidate_accept)


@require_POST
@space_view(DECIDE)
def candidate_reject(request: SpaceRequest, pk: int) -> HttpResponse:
    """Reject a candidate for a quick reason or in words."""
    form = RejectForm(request.POST)
    if not form.is_valid():
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
        queue = request.POST.get("queue", "")[:500]
        return show(request, get_candidate(request, pk), status=422, problem=problem, queue=queue)
    return decide(request, pk, services.candidate_reject, reason=form.cleaned_data["reason"])


@require_POST
@space_view(DECIDE)
def candidate_defer(request: SpaceRequest, pk: int) -> HttpResponse:
    """Defer a candidate."""
    return decide(request, pk, services.candidate_defer)


@require_POST
@space_view(DECIDE)
def decision_undo(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a decision back and show its candidate again."""
    decision = get_object_or_404(
        Decision.objects.select_related("candidate"), pk=pk, candidate__space=request.space
    )
    queue = request.POST.get("queue", "")[:500]
    try:
        candidate = services.decision_undo(decision=decision, actor=request.user)
    except REFUSALS as error:
        candidate = get_candidate(request, decision.candidate_id)
        return show(request, candidate, status=409, problem=str(error), queue=queue)
    messages.info(request, "Undone. The fact waits for a decision again.")
    if not request.htmx:
        address = reverse("curation:candidate-detail", args=[request.space.slug, candidate.pk])
        return redirect(f"{address}?{queue}" if queue else address)
    return show(request, get_candidate(request, candidate.pk), part="answer", queue=queue)
