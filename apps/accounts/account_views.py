"""What everybody does about their own account: the password, tokens for programs, and where they
are signed in."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import UserRequest, signed_in
from apps.accounts.forms import OwnPasswordForm, TokenForm
from apps.accounts.models import AccessToken
from apps.accounts.selectors import sessions_of
from apps.accounts.services import password_set
from apps.accounts.sessions import sessions_end
from apps.accounts.tokens import TokenNotMade, token_make, token_revoke, tokens_of


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


@require_POST
@signed_in
def token_new(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    user = cast(UserRequest, request).user
    form = TokenForm(request.POST, user=user)
    if form.is_valid():
        try:
            token, text = token_make(user=user, **form.cleaned_data)
        except TokenNotMade as error:
            form.add_error(None, str(error))
        else:
            context = {"token": token, "text": text}
            return render(request, "accounts/token_made.html", context, status=201)
    return _page(request, OwnPasswordForm(user), form)


@require_POST
@signed_in
def token_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of one's tokens."""
    user = cast(UserRequest, request).user
    token = get_object_or_404(AccessToken, user=user, pk=pk)
    if token_revoke(token=token, actor=user):
        messages.success(request, f"The token “{token.name}” opens nothing any more.")
    else:
        messages.info(request, "That token has ended before.")
    return redirect("accounts:account")


def _page(
    request: HttpRequest, form: OwnPasswordForm, token_form: TokenForm | None = None
) -> HttpResponse:
    user = cast(UserRequest, request).user
    context = {
        "form": form,
        "token_form": token_form or TokenForm(user=user),
        "tokens": tokens_of(user),
        "sessions": sessions_of(user),
    }
    is_wrong = form.errors or (token_form is not None and token_form.errors)
    return render(request, "accounts/account.html", context, status=422 if is_wrong else 200)
