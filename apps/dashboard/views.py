from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import SpaceRequest, UserRequest, signed_in, space_view
from apps.accounts.models import Space, User
from apps.accounts.selectors import ADMINISTER, AUDIT, READ
from apps.audit.selectors import events_shown
from apps.audit.versions import FIELD, ChangedMeanwhile, version_of
from apps.common.once import once
from apps.common.worker_status import worker_alive
from apps.dashboard.forms import (
    InvitationForm,
    RoleForm,
    SpaceForm,
    SpaceOpenForm,
    SpaceSettingsForm,
)
from apps.dashboard.selectors import figures_of, invitations_open, people_of
from apps.dashboard.services import (
    NameGivesNoSlug,
    space_change,
    space_create,
    space_shown,
)
from apps.evaluation.services.schedules import falls_unseen
from apps.provenance.verification_selectors import verification_trouble
from apps.webhooks.selectors import endpoints_ended

RECENT = 8


@require_safe
@space_view(READ)
def space(request: SpaceRequest) -> HttpResponse:
    """The dashboard: what the space holds, what waits, what happened, whether a worker listens."""
    context = {
        "nav": "dashboard",
        "figures": figures_of(request.space),
        "worker_alive": worker_alive(),
        "recent_facts": request.space.triples.filter(status="active")
        .select_related("subject", "relation", "object")
        .order_by("-recorded_at", "-pk")[:RECENT],
        "failed_extractions": request.space.extractions.filter(state="failed").select_related(
            "document"
        )[:RECENT],
    }
    if request.roles & AUDIT:
        context["verification_trouble"] = verification_trouble(request.space)
        context["falls"] = falls_unseen(request.space)
    if request.roles & ADMINISTER:
        context["ended_webhooks"] = endpoints_ended(request.space)
    context["events"] = events_shown(space=request.space, roles=request.roles)[:RECENT]
    template = "dashboard/space.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#live"
    return render(request, template, context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def space_new(request: HttpRequest) -> HttpResponse:
    """Open a new space."""
    user = cast(UserRequest, request).user
    form = SpaceOpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _made(user, form)))
        except NameGivesNoSlug as error:
            form.add_error("name", str(error))
    status = 422 if form.errors else 200
    return render(request, "dashboard/space_new.html", {"form": form}, status=status)


def _made(user: User, form: SpaceOpenForm) -> str:
    return reverse("dashboard:space", args=[space_create(actor=user, **form.opened_with()).slug])


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def settings(request: SpaceRequest) -> HttpResponse:
    """Name, review rule and members of the space."""
    form = SpaceSettingsForm(request.POST or None, instance=request.space)
    if request.method == "POST" and form.is_valid():
        request.space.refresh_from_db()  # the form wrote its values into the instance
        version, mine = request.POST.get(FIELD), form.cleaned_data
        try:
            space_change(space=request.space, actor=request.user, version=version, **mine)
        except ChangedMeanwhile as error:
            request.space.refresh_from_db()
            again = SpaceSettingsForm(instance=request.space, initial=error.merged(mine))
            return settings_page(request, again, error.shown(mine, _labels(form)))
        messages.success(request, "Saved.")
        return redirect("dashboard:settings", slug=request.space.slug)
    return settings_page(request, form)


def _labels(form: SpaceForm) -> dict[str, str]:
    return {name: str(field.label or "") for name, field in form.fields.items()}


def settings_page(
    request: SpaceRequest,
    form: SpaceForm,
    meanwhile: list[dict[str, Any]] | None = None,
    *,
    role_form: RoleForm | None = None,
    invite_form: InvitationForm | None = None,
) -> HttpResponse:
    """Render the settings with what was filled in, and with what others changed ``meanwhile``."""
    role_form, invite_form = role_form or RoleForm(), invite_form or InvitationForm()
    version = request.POST.get(FIELD) if meanwhile is None else None
    if version is None:
        standing = Space.objects.get(pk=request.space.pk)  # the form may have changed the instance
        version = version_of(standing, space_shown(standing))
    context = {
        "nav": "settings",
        "form": form,
        "role_form": role_form,
        "invite_form": invite_form,
        "people": people_of(request.space),
        "invitations": invitations_open(request.space),
        "version": version,
        "meanwhile": meanwhile,
    }
    status = 422 if form.errors or role_form.errors or invite_form.errors else 200
    status = 409 if meanwhile is not None else status
    return render(request, "dashboard/settings.html", context, status=status)
