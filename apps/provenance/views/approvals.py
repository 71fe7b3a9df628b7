"""Who approved what."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.provenance.forms import ApprovalsForm
from apps.provenance.selectors.approvals import approvals_of, decisions_in


@require_safe
@space_view(AUDIT)
def approvals(request: SpaceRequest) -> HttpResponse:
    """Count the decisions of the space per person and per relation."""
    form = ApprovalsForm(request.GET, space=request.space)
    status = 200 if form.is_valid() else 422
    template = "provenance/approvals.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#tallies"
    counted = approvals_of(form.narrow(decisions_in(request.space)))
    context = {"nav": "audit", "form": form, "approvals": counted, "period": form.period}
    return render(request, template, context, status=status)
