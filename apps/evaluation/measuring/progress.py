"""Saying how far an evaluation is, on standard error, without saying it too often."""

from __future__ import annotations

import time
from collections.abc import Callable

Tell = Callable[[str], None]


class Progress:
    """Tells "label: done of total" at most every ``every`` seconds, and the last count always."""

    def __init__(self, tell: Tell, label: str, total: int, *, every: float = 3.0) -> None:
        self.tell, self.label, self.total, self.every = tell, label, total, every
        self.began = self.told = time.monotonic()

    def at(self, done: int) -> None:
        """Tell that ``done`` of the total are done, if it is time to."""
        now = time.monotonic()
        if done < self.total and now - self.told < self.every:
            return
        self.told = now
        self.tell(f"{self.label}: {done} of {self.total}, {now - self.began:.0f} s")
