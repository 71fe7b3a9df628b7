"""Single sign-on: to the provider and back.

What is needed on the way back lies in a signed cookie of the browser that left, so nobody can be
made to come back from somebody else's sign-in.
"""

from __future__ import annotations

import logging
import math
import secrets
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from apps.accounts.addresses import client_address
from apps.accounts.browsers import browser_of
from apps.accounts.devices import device_remember
from apps.accounts.forms import SignInForm
from apps.accounts.hashing import Places
from apps.accounts.models import User
from apps.accounts.oidc import Flow, Person, ProofRefused, ProviderFailed, provider
from apps.accounts.return_views import page_at
from apps.accounts.services import (
    Attempt,
    sign_in_begin,
    sign_in_succeeded,
    sign_in_unchecked,
    sign_on_failed,
)
from apps.accounts.sessions import session_begin
from apps.accounts.sign_on import SignOnRefused, person_sign_on
from memweb.busy import Busy

logger = logging.getLogger(__name__)
COOKIE: Final = "sign_on"
STANDS_SECONDS: Final = 600  # that somebody may take at the provider
MOST_FLOWS: Final = 3  # of one browser at a time, in several tabs
LONGEST_NEXT: Final = 500
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
# A provider that answers slowly would else hold all threads of the web process.
PLACES: Final = Places(6, line=12)

CANCELLED = "You were not signed in: it was cancelled."
STALE = "This sign-in was begun elsewhere, is over, or took too long. Please try again."
DOWN = "{name} cannot be reached just now. Please try again in a moment."
REFUSED = "{name} could not say who you are. Please try again."


@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    onwards = _next(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(onwards or settings.LOGIN_REDIRECT_URL)
    flow = Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(48), onwards)
    state = secrets.token_urlsafe(32)
    try:
        with PLACES.take():
            address = provider().leave_to(state=state, flow=flow, back=_back(request))
    except ProviderFailed as error:
        logger.warning("single sign-on: %s", error)
        return _page(request, DOWN, status=503, onwards=onwards)
    response = HttpResponse(status=302, headers={"Location": address})
    _keep(response, {**_flows(request), state: flow})
    return response


@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Take somebody who comes from the provider, and sign them in."""
    flows = _flows(request)
    flow = flows.pop(request.GET.get("state", ""), None)
    response = _returned(request, flow) if flow else _page(request, STALE, status=400)
    _keep(response, flows)
    return response


def _returned(request: HttpRequest, flow: Flow) -> HttpResponse:
    """Answer somebody who left from this browser, and came back."""
    if error := request.GET.get("error"):
        if error == "access_denied":
            return _page(request, CANCELLED, onwards=flow.next)
        logger.warning("single sign-on: the provider refused with an error")
        return _page(request, REFUSED, status=503, onwards=flow.next)
    browser = browser_of(request.headers.get("User-Agent", ""))
    attempt = Attempt("", client_address(request), browser=browser)
    if wait := sign_in_begin(attempt):
        return _wait(request, math.ceil(wait.total_seconds()), flow.next)
    by = settings.OIDC_NAME
    try:
        person = _person(request, flow)
    except Busy:
        sign_in_unchecked(attempt)
        raise
    except ProviderFailed as error:
        sign_in_unchecked(attempt)
        logger.warning("single sign-on: %s", error)
        return _page(request, DOWN, status=503, onwards=flow.next)
    except ProofRefused as error:
        sign_on_failed(attempt, by=by, why=str(error))
        return _page(request, REFUSED, status=403, onwards=flow.next)
    try:
        user = person_sign_on(person)
    except SignOnRefused as error:
        name = person.mail or person.username
        sign_on_failed(attempt, by=by, why=_reason(error), name=name, user=error.user)
        return _page(request, str(error), status=403, onwards=flow.next)
    sign_in_succeeded(attempt)
    return _signed_in(request, user, flow.next)


def _person(request: HttpRequest, flow: Flow) -> Person:
    """Return who it is. Raises Busy, ProviderFailed and ProofRefused."""
    if request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER:  # RFC 9207
        raise ProofRefused("another provider answered")
    code = request.GET.get("code", "")
    if not code:
        raise ProofRefused("there was no code")
    with PLACES.take():
        return provider().person(code=code, flow=flow, back=_back(request))


def _signed_in(request: HttpRequest, user: User, onwards: str) -> HttpResponse:
    with transaction.atomic():
        login(request, user, backend=BACKEND)
        session_begin(request, user, by=settings.OIDC_NAME)
    response = redirect(_next(request, onwards) or settings.LOGIN_REDIRECT_URL)
    device_remember(request, response, user.get_username())
    return response


def _reason(error: SignOnRefused) -> str:
    """Return why somebody was refused, as the log says it: the first words without the capital."""
    said = str(error).partition(".")[0]
    return said[:1].lower() + said[1:]


def _next(request: HttpRequest, url: str) -> str:
    """Return where to go on to, if that is a page of this site."""
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(url, hosts, require_https=request.is_secure()):
        return ""
    page = page_at(url)
    is_door = page.startswith(resolve_url(settings.LOGIN_URL))
    return "" if is_door or len(page) > LONGEST_NEXT else page


def _back(request: HttpRequest) -> str:
    """Return the address that the operator registers at the provider."""
    path = reverse("sign-on:back")
    return (
        settings.SITE_ADDRESS + path if settings.SITE_ADDRESS else request.build_absolute_uri(path)
    )


def _flows(request: HttpRequest) -> dict[str, Flow]:
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=STANDS_SECONDS)
    except signing.BadSignature:
        return {}
    return {state: Flow(*flow) for state, flow in kept.items()}


def _keep(response: HttpResponse, flows: dict[str, Flow]) -> None:
    path = reverse("sign-on:leave")
    if not flows:
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
        return
    kept = {
        state: [flow.nonce, flow.verifier, flow.next]
        for state, flow in list(flows.items())[-MOST_FLOWS:]
    }
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=COOKIE, compress=True),
        max_age=STANDS_SECONDS,
        path=path,
        samesite="Lax",
        httponly=True,
        secure=settings.HTTPS,
    )


def _wait(request: HttpRequest, seconds: int, onwards: str) -> HttpResponse:
    said = SignInForm.error_messages["wait"] % {"seconds": seconds}
    response = _page(request, said, status=429, onwards=onwards)
    response["Retry-After"] = str(seconds)
    return response


def _page(
    request: HttpRequest, trouble: str, *, status: int = 200, onwards: str = ""
) -> HttpResponse:
    """Show the sign-in page with what is the matter."""
    context: dict[str, Any] = {
        "form": SignInForm(request),
        "trouble": trouble.replace("{name}", settings.OIDC_NAME),
        "next": onwards,
    }
    return render(request, "accounts/sign_in.html", context, status=status)
