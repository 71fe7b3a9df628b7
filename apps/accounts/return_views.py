"""Back to where one was: what is shown when a session has ended under an open page, and when a page
is older than the sign-in."""

from __future__ import annotations

import inspect
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts.forms import SignInForm
from apps.accounts.kept import FIELD, Kept, is_from_here, kept_from, kept_of

NOT_KEPT = "What you sent could not be kept. Your browser may still have it: go back to see."


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Answer a request that needs somebody who is signed in.

    A page is asked for again after the sign-in. What was sent is carried through it. A fragment of
    an open page gets 401 and leaves the page, with all that was typed there, as it is.
    """
    if request.method not in ("GET", "HEAD"):
        return _sign_in_page(request, kept_of(request))
    if not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    context = {"next": _page_behind(request)}
    return render(request, "accounts/signed_out.html", context, status=401)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is not this session's (``CSRF_FAILURE_VIEW``).

    A page of ours that is older than the sign-in is the common cause: what it sent is shown and can
    be sent anew. From another site, the request is refused.
    """
    if request.method != "POST" or not is_from_here(request):
        return render(request, "403_csrf.html", status=403)
    is_sign_in = request.path == reverse("accounts:sign-in")
    kept = kept_from(request.POST.get(FIELD, "")) if is_sign_in else kept_of(request)
    if not request.user.is_authenticated:
        return _sign_in_page(request, kept, ended=not is_sign_in)
    if kept is None:
        return render(request, "403_csrf.html", status=403)
    return send_again(request, kept)


def send_again(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Show what was sent, with a button that sends it now."""
    return _instead(request, "accounts/send_again.html", {"kept": kept}, status=200)


def _sign_in_page(request: HttpRequest, kept: Kept | None, *, ended: bool = True) -> HttpResponse:
    context = {
        "form": SignInForm(request),
        "kept": kept.signed() if kept else "",
        "ended": ended,
        "not_kept": NOT_KEPT if ended and kept is None else "",
        "files": bool(request.FILES),
        "next": _page_behind(request),
    }
    return _instead(request, "accounts/sign_in.html", context, status=401)


def _instead(
    request: HttpRequest, template: str, context: dict[str, object], *, status: int
) -> HttpResponse:
    """Render a whole page; an open page that sent a part of itself shows it in its main part."""
    if not request.headers.get("HX-Request"):
        return render(request, template, context, status=status)
    response = render(request, template, context, status=422)
    response["HX-Retarget"] = response["HX-Reselect"] = "#main"
    response["HX-Reswap"] = "outerHTML"
    return response


def _page_behind(request: HttpRequest) -> str:
    """Return the address of the page that sent the request, if it is one of ours: where to go on
    after signing in. The request's own address may be open to POST alone."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}):
        return ""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def page_at(url: str) -> str:
    """Return ``url``, or where that takes forms alone the page above it that it belongs to:
    ``/s/atlas/review/7/`` for ``/s/atlas/review/7/accept/``. An address that there is not stays as
    it is, so that whoever follows it is told so."""
    path = urlsplit(url).path
    try:
        if _takes_get(resolve(path).func):
            return url
    except Resolver404:
        return url
    while len(path) > 1:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            if _takes_get(resolve(path).func):
                return path
        except Resolver404:
            continue
    return ""


def _takes_get(view: Any) -> bool:
    """Tell whether a view answers GET, by what it or a decorator around it says of methods."""
    if view_class := getattr(view, "view_class", None):
        return "get" in view_class.http_method_names and hasattr(view_class, "get")
    while view is not None:
        # Where ``require_http_methods`` keeps what it was given; it tells nobody else.
        methods = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if methods is not None:
            return "GET" in methods
        view = getattr(view, "__wrapped__", None)
    return True
