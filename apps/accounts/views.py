from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.access import UserRequest, signed_in
from apps.accounts.devices import device_remember
from apps.accounts.forms import SignInForm
from apps.accounts.kept import FIELD, kept_from
from apps.accounts.return_views import page_at, send_again
from apps.accounts.selectors import spaces_of
from apps.accounts.services import signed_out
from apps.accounts.sessions import session_begin


class SignInView(LoginView):
    """Django's own sign-in with our form; a failed try answers with 422 so that it is no 200."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override]
        """Return where to go on to; nowhere in particular when that would be this very page."""
        url = page_at(super().get_redirect_url())
        return "" if urlsplit(url).path == self.request.path else url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(kept=self.request.POST.get(FIELD, ""), **kwargs)

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        with transaction.atomic():
            response = super().form_valid(form)
            session_begin(self.request, form.get_user())
        if kept := kept_from(self.request.POST.get(FIELD, "")):
            response = send_again(self.request, kept)
        device_remember(self.request, response, form.get_user().get_username())
        return response

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        response = super().form_invalid(form)
        response.status_code = 422
        if form.wait_seconds:
            response.status_code = 429
            response["Retry-After"] = str(form.wait_seconds)
        return response


class SignOutView(LogoutView):
    """Django's own sign-out, of which the log is told."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        if request.user.is_authenticated:
            signed_out(request.user)
        return super().post(request, *args, **kwargs)


@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin site has no door of its own: one page signs people in and counts their tries."""
    if request.user.is_authenticated:
        raise PermissionDenied("this account has no place in the admin site")
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Show the spaces; somebody with a single one goes straight there."""
    user = cast(UserRequest, request).user
    spaces = list(spaces_of(user))
    if len(spaces) == 1 and "all" not in request.GET:
        return redirect("dashboard:space", slug=spaces[0].slug)
    return render(request, "accounts/home.html", {"my_spaces": spaces})
