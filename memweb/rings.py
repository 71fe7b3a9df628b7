"""When the sweepers are rung for: every so many seconds, by a clock that nobody can set.

Celery's own scheduler goes by the time of day: set back by three hours, it rings for nothing for
three hours, and a file keeps that over a restart.
"""

from __future__ import annotations

import time
from typing import Any

from celery.beat import Scheduler

LONGEST_WAIT = 300.0


class SteadyScheduler(Scheduler):
    """Rings for each entry at the start and then every ``schedule`` seconds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._due: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Ring for what is due; return the seconds until the next one is."""
        waits = [float(self.max_interval or LONGEST_WAIT)]
        for name, entry in self.schedule.items():
            now = time.monotonic()
            if now >= self._due.get(name, now):
                every: Any = entry.schedule
                self._due[name] = now + every.run_every.total_seconds()
                self.apply_entry(entry, producer=self.producer)
            waits.append(self._due[name] - time.monotonic())
        return max(0.0, min(waits))
