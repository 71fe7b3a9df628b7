"""What holds for every request of somebody who is, or should be, signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from apps.accounts.access import SignInFirst
from apps.accounts.return_views import sign_in_first
from apps.accounts.sessions import SessionStore


class SignedInMiddleware:
    """Leads to the sign-in, notes that people are active, and keeps their pages out of caches.

    A fragment that an open page fetches by itself is no activity: a page left open would else hold
    its session for ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        fetched = request.method == "GET" and request.headers.get("HX-Request")
        session = request.session
        if isinstance(session, SessionStore) and session.accessed and not fetched:
            session.seen()
        # Static files never come here: what does is somebody's own, or holds their token.
        patch_cache_control(response, no_store=True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return sign_in_first(request) if isinstance(error, SignInFirst) else None
