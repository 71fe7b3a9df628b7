"""What the running code works for: a request of the web, a job, a task or a command.

The name of it stands in every event that is written meanwhile, and in the log's lines of what was
refused, so that all that came of one request can be found.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

from django.http import HttpRequest

LONGEST: Final = 80
HEADER: Final = "X-Request-ID"
_current: ContextVar[str] = ContextVar("request", default="")


def request_id() -> str:
    """Return what is being done: 32 hexadecimal digits for a request of the web,
    ``job:curation.extraction:7``, ``task:memory.embed_pending``, ``command:ingest``, or nothing."""
    return _current.get()


def new_id() -> str:
    """Return an id for a request of the web."""
    return uuid.uuid4().hex


@contextlib.contextmanager
def during(name: str) -> Iterator[None]:
    """Do what follows under that name; what was being done before goes on afterwards."""
    token = _current.set(name[:LONGEST])
    try:
        yield
    finally:
        _current.reset(token)


def announced_bytes(request: HttpRequest) -> int:
    """Return how long the body of a request is said to be."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
