"""How often a call is tried, and how long the client waits in between."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

# What may be otherwise in a moment: the server, or what stands before it, has no room or no answer.
PASSING: Final = frozenset({408, 429, 502, 503, 504})
# Methods that can be sent again: each POST of the client has an Idempotency-Key.
REPEATABLE: Final = frozenset({"GET", "POST"})


@dataclass(frozen=True)
class Patience:
    """``tries`` of a call in all; in between ``first`` seconds, then twice as long each time up to
    ``longest``, less a random part. What ``Retry-After`` asks for is waited for as it stands, up to
    ``most``; a server that asks for more is not waited for."""

    tries: int = 4
    first: float = 0.5
    longest: float = 8.0
    most: float = 60.0

    def pause(self, failed: int, asked: float | None) -> float | None:
        """Return after how many seconds the next try comes; None for: no more. ``failed`` counts
        the tries so far, ``asked`` is what the server asks for."""
        if failed >= self.tries or (asked is not None and asked > self.most):
            return None
        usual = min(self.first * 2.0 ** (failed - 1), self.longest)
        return asked if asked is not None else usual * random.uniform(0.5, 1.0)


def retry_after(response: httpx.Response) -> float | None:
    """Return after how many seconds a call may come again, from seconds or a date (RFC 9110)."""
    given = response.headers.get("Retry-After", "").strip()
    if not given:
        return None
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
