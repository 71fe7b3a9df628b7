"""How often one token, or one person's session, may call.

Each call costs its share of a minute, and as many calls as ``API_CALLS_AT_ONCE`` may come at once
(the generic cell rate algorithm, ITU-T I.371). It is counted in the memory of the web process.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.api.entering import token_of

KEPT: Final = 10_000
_due: dict[str, float] = {}
_lock = threading.Lock()


class CallRate(BaseThrottle):
    """Refuses what comes too fast, and says after how many seconds it may come again."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        token = token_of(request)
        key = f"token {token.pk}" if token else f"person {request.user.pk}"
        self.seconds = late_by(key, time.monotonic())
        return self.seconds <= 0

    def wait(self) -> float:
        return self.seconds


def late_by(key: str, now: float) -> float:
    """Count a call and return 0; or count nothing and return after how many seconds it may come."""
    each = 60 / settings.API_CALLS_PER_MINUTE
    room = each * max(settings.API_CALLS_AT_ONCE - 1, 0)
    with _lock:
        due = max(_due.get(key, now), now)
        if due - now > room:
            return due - now - room
        if len(_due) >= KEPT:
            for old in [name for name, at in _due.items() if at <= now]:
                del _due[old]
        _due[key] = due + each
        return 0.0


def forget() -> None:
    """Begin to count anew."""
    with _lock:
        _due.clear()
