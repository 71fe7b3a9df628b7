"""Errors of the API that no view of its own makes: one shape (RFC 9457) for all of them."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

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
