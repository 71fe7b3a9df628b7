"""The timeline: what happened in a space, and one event alone."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.audit.models import Event
from apps.audit.selectors import events_of, together_with
from apps.provenance.changed_rows import changes_shown
from apps.provenance.details import details_of
from apps.provenance.forms import EventFilterForm
from apps.provenance.services.sealed_form import recorded, sealed_form

PAGE_SIZE = 50
SHOWN_CHANGES = 50
SHOWN_TOGETHER = 20


@require_safe
@space_view(AUDIT)
def timeline(request: SpaceRequest) -> HttpResponse:
    """List the events of the space, filtered by the address."""
    form = EventFilterForm(request.GET, space=request.space)
    status = 200 if form.is_valid() else 422
    events = form.narrow(events_of(request.space))
    template = "provenance/timeline.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#events"
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "nav": "audit"}
    return render(request, template, context, status=status)


@require_safe
@space_view(AUDIT)
def event(request: SpaceRequest, pk: int) -> HttpResponse:
    """One event: what it records, the rows that it changed, and how it is sealed."""
    row = get_object_or_404(events_of(request.space), pk=pk)
    template = "provenance/event.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#unfolded"
    return render(request, template, {"nav": "audit", **event_context(row, request.space.slug)})


def event_context(row: Event, slug: str) -> dict[str, Any]:
    """Return what the page of an event shows; ``slug`` is that of its space, for links."""
    known = recorded(row)
    changes = changes_shown(known.changes[:SHOWN_CHANGES], slug)
    return {
        "event": row,
        "lines": details_of(row.payload or {}, slug),
        "changes": changes,
        "more_changes": known.count - len(changes),
        "form": sealed_form(row, known),
        "together": together_with(row)[:SHOWN_TOGETHER],
        "shown_leaves": SHOWN_CHANGES,
    }
