"""Refused accesses of a space, and the log of the site: sign-ins, accounts, spaces opened."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, UserRequest, View, signed_in, space_view
from apps.accounts.selectors import AUDIT
from apps.audit.models import Event
from apps.audit.refusals import ACTION
from apps.audit.selectors import events_of
from apps.provenance.forms import RefusalsForm, SiteLogForm
from apps.provenance.verification_selectors import verification_trouble
from apps.provenance.views.timeline import PAGE_SIZE, event_context

MOST_PEOPLE = 10


@require_safe
@space_view(AUDIT)
def refusals(request: SpaceRequest) -> HttpResponse:
    """Who was refused what in the space."""
    refused = events_of(request.space).filter(action=ACTION)
    form = RefusalsForm(request.GET, events=refused)
    status = 200 if form.is_valid() else 422
    found = form.narrow(refused)
    people = found.order_by().values("actor", "actor_label")
    counted = people.annotate(times=Count("pk"), last=Max("created_at")).order_by("-times")
    context = {
        "nav": "audit",
        "form": form,
        "page": _page(request, found),
        "people": counted[:MOST_PEOPLE],
    }
    return render(request, "provenance/refusals.html", context, status=status)


def staff_view(view: View) -> View:
    """Guard a page of those who run the site."""

    @signed_in
    def guarded(request: UserRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_staff:
            raise PermissionDenied("this is for those who run the site")
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@staff_view
def site_log(request: UserRequest) -> HttpResponse:
    """The site's own log: sign-ins, accounts, sessions, spaces opened, foreign spaces refused."""
    events = _site_events()
    form = SiteLogForm(request.GET, events=events)
    status = 200 if form.is_valid() else 422
    template = "provenance/site_log.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#events"
    context = {
        "form": form,
        "page": _page(request, form.narrow(events)),
        "trouble": verification_trouble(None),
    }
    return render(request, template, context, status=status)


@require_safe
@staff_view
def site_event(request: UserRequest, pk: int) -> HttpResponse:
    """One event of the site's own log."""
    row = get_object_or_404(_site_events(), pk=pk)
    template = "provenance/site_event.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#unfolded"
    return render(request, template, event_context(row, ""))


def _site_events() -> Any:
    return Event.objects.filter(space=None).select_related("actor").order_by("-pk")


def _page(request: UserRequest, events: Any) -> Any:
    return Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
