"""Errors of the API that no view of its own makes: one shape (RFC 9457) for all of them."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.views import defaults

PREFIX = ("/api/", "/v1/")
MEDIA_TYPE = "application/problem+json"
# As RFC 9110 calls them, whichever names a version of Python has.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title_of(status: int) -> str:
    """Return what a status is called: "Not Found"."""
    try:
        return TITLES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def anchor_of(status: int) -> str:
    """Return the place of a status on the page of the documentation."""
    return title_of(status).lower().replace(" ", "-")


def problem_text(status: int, detail: str, request: str = "") -> bytes:
    """Return the body of an error; ``request`` is the id under which the log has the call."""
    kind, title = f"/api/v1/docs/#{anchor_of(status)}", title_of(status)
    said = {"type": kind, "title": title, "status": status, "detail": detail, "request": request}
    return json.dumps(said).encode()


def problem_page(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return the answer to a call of the API that failed outside of its view."""
    known = str(request.META.get("REQUEST_ID", ""))
    return HttpResponse(problem_text(status, detail, known), MEDIA_TYPE, status)


def not_in_order(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what is refused before any view (``handler400``): another charset, another host."""
    if not request.path.startswith(PREFIX):
        return defaults.bad_request(request, exception)
    said = str(exception) if isinstance(exception, BadRequest) else ""
    return problem_page(request, 400, said or "The request is not in order.")


def not_there(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that nobody has (``handler404``)."""
    if not request.path.startswith(PREFIX):
        return defaults.page_not_found(request, exception)
    return problem_page(request, 404, "There is no such address.")
