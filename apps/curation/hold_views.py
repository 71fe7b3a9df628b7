"""Who has which card open: the open card renews its hold, leaving it lets go."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import DECIDE
from apps.curation import selectors, services
from apps.curation.cards import card_of
from apps.curation.forms import QueueForm
from apps.curation.views import get_candidate, held, queue_sent, show


@require_safe
@space_view(DECIDE)
def hold_renew(request: SpaceRequest, pk: int) -> HttpResponse:
    """Renew the hold of the card that is open; say when it was decided or taken over, and how many
    are left by now. The page asks for it by itself: a GET is no activity that would keep the
    session, and leaves what is typed alone when the session has ended."""
    candidate = get_candidate(request, pk)
    card = card_of(candidate, request.user)
    queue = QueryDict(request.GET.get("queue", "")[:500])
    wanted = QueueForm(queue, space=request.space).wanted()
    context = held(request, card) | {
        "queue": queue.urlencode(),
        "wanted": wanted,
        "left": selectors.review_queue(request.space, request.user, wanted).count(),
        "elsewhere": selectors.states_counted(request.space),
        "proposed_relations": selectors.proposals_waiting(request.space),
    }
    return render(request, "curation/review.html#renewed", context)


@require_POST
@space_view(DECIDE)
def hold_release(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let go of a card that was left, unless the same person has opened it again since."""
    candidate = get_candidate(request, pk)
    services.hold_release(candidate=candidate, holder=request.user, until=_until(request))
    return HttpResponse(status=204)


def _until(request: SpaceRequest) -> datetime | None:
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        return None
    return until if until is not None and is_aware(until) else None


@require_POST
@space_view(DECIDE)
def hold_take_over(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a card from who has it open and show it."""
    candidate = get_candidate(request, pk)
    queue = queue_sent(request).urlencode()
    if card_of(candidate, request.user).may_decide:
        services.hold_take(candidate=candidate, holder=request.user, over=True)
    if not request.htmx:
        address = redirect("curation:candidate-detail", request.space.slug, pk)
        if queue:
            address["Location"] += f"?{queue}"
        return address
    return show(request, get_candidate(request, pk), part="answer", queue=queue)
