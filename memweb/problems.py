"""Errors of the API that no view of its own makes: one shape (RFC 9457) for all of them."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"


def problem_text(status: int, detail: str, request: str = "") -> bytes:
    """Return the body of an error; ``request`` is the id under which the log has the call."""
    title = HTTPStatus(status).phrase
    kind = f"/api/v1/docs/#{title.lower().replace(' ', '-')}"
    said = {"type": kind, "title": title, "status": status, "detail": detail, "request": request}
    return json.dumps(said).encode()


def problem_page(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return the answer to a call of the API that failed outside of its view."""
    known = str(request.META.get("REQUEST_ID", ""))
    return HttpResponse(problem_text(status, detail, known), MEDIA_TYPE, status)
