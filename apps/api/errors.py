"""One shape for all that goes wrong: problem details (RFC 9457, ``application/problem+json``).

>>> {"type": "/docs/errors/#not-found", "title": "Not found", "status": 404,
...  "detail": "There is no such document.", "request": "0f3a...", "errors": {"field": ["..."]}}
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.core.exceptions import ValidationError as ModelInvalid
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from apps.accounts.access import Foreign, RoleNeeded
from apps.api.refusals import refusal_of
from apps.common.jobs import TooManyOpen
from apps.common.requests import request_id
from memweb.busy import RETRY_SECONDS, is_unavailable
from memweb.full import TEXT, is_full
from memweb.problems import MEDIA_TYPE, anchor_of, title_of

logger = logging.getLogger(__name__)

PREFIX: Final = "/api/v1/docs/#"


class Problem(Exception):
    """Something that a call cannot have, with its status and a sentence."""

    status = 400

    def __init__(self, detail: str, *, status: int | None = None, **more: Any) -> None:
        self.detail, self.more = detail, more
        self.status = status or self.status
        super().__init__(detail)


class Conflict(Problem):
    """Another change came first, or the call does not fit what there is."""

    status = 409


class Unfit(Problem):
    """What was sent is understood and cannot be taken."""

    status = 422


def body_of(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """Return the problem details of an error."""
    title = title_of(status)
    return {
        "type": PREFIX + anchor_of(status),
        "title": title,
        "status": status,
        "detail": detail,
        "request": request_id(),
        **more,
    }


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the response for what a view raised; None for a fault of ours (DRF's hook)."""
    request = context.get("request")
    if isinstance(error, Foreign | RoleNeeded) and request is not None:
        request._request.refused_by = error  # the log is told (apps.audit.middleware)
    found = _problem(error)
    if found is None:
        return None
    status, detail, more, headers = found
    return problem_response(status, detail, headers, **more)


def problem_response(
    status: int, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """Return the response for an error."""
    said = body_of(status, detail, **more)
    return Response(said, status=status, headers=headers, content_type=MEDIA_TYPE)


Found = tuple[int, str, dict[str, Any], dict[str, str]]


def _problem(error: Exception) -> Found | None:
    if isinstance(error, Problem):
        return error.status, error.detail, error.more, {}
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404 | PermissionDenied):
        return _closed(error)
    if (refusal := refusal_of(error)) is not None:
        headers = {"Retry-After": "30"} if refusal[0] in (429, 503) else {}
        return *refusal, headers
    if isinstance(error, ModelInvalid):
        return 422, " ".join(error.messages), {}, {}
    return _no_room(error)


def _closed(error: Exception) -> Found:
    if isinstance(error, Http404):
        return 404, "There is nothing of that name or number here.", {}, {}
    if isinstance(error, RoleNeeded):
        return 403, f"This needs one of the roles: {', '.join(error.needed)}.", {}, {}
    return 403, str(error) or "You may not do this.", {}, {}


def _no_room(error: Exception) -> Found | None:
    if isinstance(error, RequestDataTooBig | TooManyFilesSent):
        return 413, "The request is larger than it may be.", {}, {}
    if isinstance(error, TooManyOpen):
        return error.status, str(error), {}, {"Retry-After": "30"}
    if is_full(error):
        found: Found = 507, TEXT, {}, {}
    elif is_unavailable(error):
        found = 503, "memweb is busy.", {}, {"Retry-After": str(RETRY_SECONDS)}
    else:
        return None
    logger.warning("%s", (str(error).splitlines() or [type(error).__name__])[0])
    return found


def _of_framework(error: exceptions.APIException) -> Found:
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.ValidationError):
        return 400, "Some fields are not in order.", {"errors": _by_field(error.detail)}, headers
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, getattr(error, "wait", None) or 1))
        return 429, "Too many calls in a short time.", {}, headers
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if isinstance(error, exceptions.NotAuthenticated):
        return error.status_code, "Sign in, or send a token.", {}, headers
    return error.status_code, str(error.detail), {}, headers


def _by_field(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"": detail}
