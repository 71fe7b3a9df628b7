"""The people of a space: roles, and invitations by a link."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import SpaceRequest, UserRequest, space_view
from apps.accounts.devices import device_remember
from apps.accounts.forms import NewAccountForm
from apps.accounts.models import Invitation, Role, User
from apps.accounts.selectors import ADMINISTER, roles_of
from apps.accounts.sessions import session_begin
from apps.common.once import FIELD, digest_of, once
from apps.dashboard.forms import InvitationForm, RevokeForm, RoleForm, SpaceSettingsForm
from apps.dashboard.invitations import (
    STANDS_FOR,
    InvitationOver,
    invitation_accept,
    invitation_accept_as_new,
    invitation_create,
    invitation_open,
    invitation_revoke,
)
from apps.dashboard.services import LastOwner, role_grant, role_revoke
from apps.dashboard.views import settings_page

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_POST
@space_view(ADMINISTER)
def grant(request: SpaceRequest) -> HttpResponse:
    """Give somebody a role; a name that nobody has leads to an invitation."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        invite = None
        if form.has_error("username", "unknown"):
            given = {"label": form.data.get("username", ""), "roles": [form.data.get("role", "")]}
            invite = InvitationForm(initial=given)
        space_form = SpaceSettingsForm(instance=request.space)
        return settings_page(request, space_form, role_form=form, invite_form=invite)
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


@require_POST
@space_view(ADMINISTER)
def invite(request: SpaceRequest) -> HttpResponse:
    """Make an invitation and show its link, this once."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        space_form = SpaceSettingsForm(instance=request.space)
        return settings_page(request, space_form, invite_form=form)
    token = _token(request)

    def make() -> str:
        made = form.cleaned_data
        invitation_create(space=request.space, actor=request.user, token=token, **made)
        return reverse("dashboard:settings", args=[request.space.slug])

    once(request, make)
    link = request.build_absolute_uri(reverse("dashboard:invitation", args=[token]))
    context = {
        "nav": "settings",
        "link": link,
        "label": form.cleaned_data["label"],
        "days": STANDS_FOR.days,
    }
    return render(request, "dashboard/invited.html", context)


def _token(request: SpaceRequest) -> str:
    """Return a token that nobody can guess. A form that is sent twice makes one invitation, and
    shows its link twice: so the token follows from what was sent, by the secret key."""
    if not request.POST.get(FIELD):
        return secrets.token_urlsafe(32)
    said = f"{request.user.pk} {digest_of(request)}"
    return salted_hmac("dashboard.invitation", said, algorithm="sha256").hexdigest()


@require_POST
@space_view(ADMINISTER)
def uninvite(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(Invitation, space=request.space, pk=pk)
    if invitation_revoke(invitation=invitation, actor=request.user):
        messages.success(request, "The invitation is taken back; its link opens nothing now.")
    else:
        messages.info(request, "The invitation was used or taken back before.")
    return redirect("dashboard:settings", slug=request.space.slug)


@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link leads: join as who is signed in, or make an account."""
    try:
        if request.method != "POST":
            return _invitation_page(request, token, NewAccountForm())
        if request.user.is_authenticated:
            space = invitation_accept(token=token, user=cast(UserRequest, request).user)
            messages.success(request, f"Welcome to {space.name}.")
            return redirect("dashboard:space", slug=space.slug)
        return _join_as_new(request, token)
    except InvitationOver as error:
        return render(request, "dashboard/invitation_over.html", {"text": str(error)}, status=410)


def _join_as_new(request: HttpRequest, token: str) -> HttpResponse:
    invitation_open(token)  # no password is hashed for a link that opens nothing
    form = NewAccountForm(request.POST)
    if not form.is_valid():
        return _invitation_page(request, token, form)
    user: User = form.save(commit=False)
    try:
        space = invitation_accept_as_new(token=token, user=user)
    except IntegrityError:
        form.add_error("username", "Somebody has just taken this name.")
        return _invitation_page(request, token, form)
    with transaction.atomic():
        login(request, user, backend=BACKEND)
        session_begin(request, user)
    messages.success(request, f"Welcome to {space.name}.")
    response = redirect("dashboard:space", slug=space.slug)
    device_remember(request, response, user.get_username())
    return response


def _invitation_page(request: HttpRequest, token: str, form: NewAccountForm) -> HttpResponse:
    found = invitation_open(token)
    held = frozenset[str]()
    if request.user.is_authenticated:
        held = roles_of(user=cast(UserRequest, request).user, space=found.space)
    context = {
        "invitation": found,
        "roles": [Role(role).label for role in found.roles],
        "held": held.issuperset(found.roles),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "dashboard/invitation.html", context, status=status)
