"""Answers requests that would give a person more open jobs than one may have, and says with every
"not now" when to come again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from apps.common.jobs import TooManyOpen

RETRY_SECONDS = 30
NOT_NOW = (429, 503)


class TooManyOpenMiddleware(MiddlewareMixin):
    """Turns TooManyOpen, where a view does not show it itself, into a page with status 429, and
    into JSON for a program that asks for that. Pages that show it themselves, and those that are
    too busy, get their ``Retry-After`` here as well."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the response for TooManyOpen and nothing for any other error."""
        if not isinstance(error, TooManyOpen):
            return None
        if request.accepts("text/html"):
            response = render(request, "429.html", {"reason": str(error)}, status=error.status)
        else:
            response = JsonResponse({"error": str(error)}, status=error.status)
        return response

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Say when to try again where a page refuses for now and does not say it itself."""
        if response.status_code in NOT_NOW:
            response.headers.setdefault("Retry-After", str(RETRY_SECONDS))
        return response
