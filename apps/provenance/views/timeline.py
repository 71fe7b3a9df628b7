"""The timeline: what happened in a space, and one event alone."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.audit.selectors import events_of
from apps.provenance.forms import EventFilterForm

PAGE_SIZE = 50


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
