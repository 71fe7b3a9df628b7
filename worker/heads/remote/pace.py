"""How fast, and how many at a time, a process asks its server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """Whoever waited for an answer does so no more."""


class Pace:
    """Lets at most ``at_once`` requests be under way and begins at most ``per_minute`` in a minute,
    evenly (0: any number), for all threads of the process."""

    def __init__(self, at_once: int, per_minute: int = 0) -> None:
        self._room = threading.Semaphore(at_once)
        self._between = 60.0 / per_minute if per_minute else 0.0
        self._lock = threading.Lock()
        self._next = 0.0

    @contextmanager
    def turn(self, stop: threading.Event) -> Iterator[None]:
        """Wait for a turn and hold it. Raises Stopped."""
        while not self._room.acquire(timeout=0.1):
            if stop.is_set():
                raise Stopped
        try:
            if stop.wait(self._wait()):
                raise Stopped
            yield
        finally:
            self._room.release()

    def _wait(self) -> float:
        """Take the next free moment and return how far off it is."""
        if not self._between:
            return 0.0
        with self._lock:
            now = time.monotonic()
            begin = max(now, self._next)
            self._next = begin + self._between
        return begin - now
