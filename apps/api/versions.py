"""Versions: the ``ETag`` of what stands there, and what callers say of versions."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from apps.api.errors import Problem


class Outdated(Problem):
    """Somebody changed it since the caller read it."""

    status = 412


def etag_of(data: Any) -> str:
    """Return the version of a representation: a hash of all that it says."""
    said = json.dumps(data, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def names(header: str | None, etag: str) -> bool:
    """Tell whether a header of versions names this one."""
    given = [one.strip().removeprefix("W/") for one in (header or "").split(",")]
    return "*" in given or etag in given


def check_match(request: Request, data: Any) -> None:
    """Raise Outdated where the caller has another version in mind."""
    header = request.headers.get("If-Match")
    if header is not None and not names(header, etag_of(data)):
        raise Outdated("It was changed since you read it. Read it again.")
