"""Decisions on disputes: keep the fact that a sentence denies, retract it, or end it."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import DECIDE
from apps.curation import services
from apps.curation.forms import EndForm
from apps.curation.views import decide, get_candidate, show


@require_POST
@space_view(DECIDE)
def dispute_keep(request: SpaceRequest, pk: int) -> HttpResponse:
    """Keep the fact; the sentence was read and does not count."""
    return decide(request, pk, services.dispute_keep)


@require_POST
@space_view(DECIDE)
def dispute_retract(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take the fact out of the memory."""
    return decide(request, pk, services.dispute_retract)


@require_POST
@space_view(DECIDE)
def dispute_end(request: SpaceRequest, pk: int) -> HttpResponse:
    """Say until when the fact held."""
    form = EndForm(request.POST)
    if not form.is_valid():
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
        queue = request.POST.get("queue", "")[:500]
        return show(request, get_candidate(request, pk), status=422, problem=problem, queue=queue)
    return decide(request, pk, services.dispute_end, valid_to=form.cleaned_data["valid_to"])
