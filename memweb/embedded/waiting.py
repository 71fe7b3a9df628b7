"""How long to wait for a program that has to start or answer, on a machine that may be busy."""

from __future__ import annotations

import os
from typing import Final

MOST_TIMES: Final = 10.0


def for_load(seconds: float) -> float:
    """Return how long what takes at most ``seconds`` on an idle machine may take now: so many
    times as long as processes wait for each core (load average of the last minute), ten times at
    most. Whoever waits asks again and again, since the load may have risen meanwhile.
    """
    return seconds * min(MOST_TIMES, max(1.0, _load() / _cores()))


def _load() -> float:
    try:
        return os.getloadavg()[0]
    except OSError:  # this system does not say
        return 0.0


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
