from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import SpaceRequest, UserRequest, signed_in, space_view
from apps.accounts.models import Space, User
from apps.accounts.selectors import ADMINISTER, READ
from apps.audit.selectors import events_shown
from apps.audit.versions import FIELD, ChangedMeanwhile, version_of
from apps.common.once import once
from apps.common.worker_status import worker_alive
from apps.dashboard.forms import RevokeForm, RoleForm, SpaceForm, SpaceSettingsForm
from apps.dashboard.selectors import figures_of
from apps.dashboard.services import (
    LastOwner,
    NameGivesNoSlug,
    role_grant,
    role_revoke,
    space_change,
    space_create,
    space_shown,
)

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
    form = SpaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _made(user, form)))
        except NameGivesNoSlug as error:
            form.add_error("name", str(error))
    status = 422 if form.errors else 200
    return render(request, "dashboard/space_new.html", {"form": form}, status=status)


def _made(user: User, form: SpaceForm) -> str:
    return reverse("dashboard:space", args=[space_create(actor=user, **form.cleaned_data).slug])


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
            return _settings_page(request, again, RoleForm(), error.shown(mine, _labels(form)))
        messages.success(request, "Saved.")
        return redirect("dashboard:settings", slug=request.space.slug)
    return _settings_page(request, form, RoleForm())


def _labels(form: SpaceForm) -> dict[str, str]:
    return {name: str(field.label or "") for name, field in form.fields.items()}


def _settings_page(
    request: SpaceRequest,
    form: SpaceForm,
    role_form: RoleForm,
    meanwhile: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    memberships = request.space.memberships.select_related("user").order_by(
        "user__username", "role"
    )
    version = request.POST.get(FIELD) if meanwhile is None else None
    if version is None:
        standing = Space.objects.get(pk=request.space.pk)  # the form may have changed the instance
        version = version_of(standing, space_shown(standing))
    context = {
        "nav": "settings",
        "form": form,
        "role_form": role_form,
        "memberships": memberships,
        "version": version,
        "meanwhile": meanwhile,
    }
    status = 422 if form.errors or role_form.errors else 200
    status = 409 if meanwhile is not None else status
    return render(request, "dashboard/settings.html", context, status=status)


@require_POST
@space_view(ADMINISTER)
def grant(request: SpaceRequest) -> HttpResponse:
    """Give somebody a role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, SpaceSettingsForm(instance=request.space), form)
    person, role = form.cleaned_data["username"], form.cleaned_data["role"]
    role_grant(space=request.space, actor=request.user, user=person, role=role)
    messages.success(request, f"{person.label} is now {role}.")
    return redirect("dashboard:settings", slug=request.space.slug)


@require_POST
@space_view(ADMINISTER)
def revoke(request: SpaceRequest) -> HttpResponse:
    """Take a role away."""
    form = RevokeForm(request.POST, space=request.space)
    if not form.is_valid():
        messages.error(request, "That person does not hold that role.")
    else:
        try:
            role_revoke(space=request.space, actor=request.user, **form.cleaned_data)
        except LastOwner as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Role taken away.")
    if request.user.memberships.filter(space=request.space, role="owner").exists():
        return redirect("dashboard:settings", slug=request.space.slug)
    return redirect("accounts:home")
