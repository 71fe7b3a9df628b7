"""What everybody does about their own account: the password, and where they are signed in."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import UserRequest, signed_in
from apps.accounts.forms import OwnPasswordForm
from apps.accounts.selectors import sessions_of
from apps.accounts.services import password_set
from apps.accounts.sessions import sessions_end


@require_safe
@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Show the account."""
    user = cast(UserRequest, request).user
    return _page(request, OwnPasswordForm(user))


@sensitive_post_parameters()
@require_POST
@signed_in
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session ends."""
    user = cast(UserRequest, request).user
    form = OwnPasswordForm(user, request.POST)
    if not form.is_valid():
        return _page(request, form)
    with transaction.atomic():
        password_set(user=user, password=form.cleaned_data["new_password1"], actor=user)
        update_session_auth_hash(request, user)
        sessions_end(user, keep=request.session.session_key)
    messages.success(request, "Your password is changed, and all other sessions have ended.")
    return redirect("accounts:account")


@require_POST
@signed_in
def session_end(request: HttpRequest) -> HttpResponse:
    """End one of one's other sessions, or without naming one all of them."""
    user, own = cast(UserRequest, request).user, request.session.session_key
    ended = sessions_end(user, keep=own, mark=request.POST.get("session"))
    said = {0: "That session has ended before.", 1: "One session ended."}
    messages.success(request, said.get(ended, f"{ended} sessions ended."))
    return redirect("accounts:account")


def _page(request: HttpRequest, form: OwnPasswordForm) -> HttpResponse:
    user = cast(UserRequest, request).user
    context = {"form": form, "sessions": sessions_of(user)}
    status = 422 if form.errors else 200
    return render(request, "accounts/account.html", context, status=status)
