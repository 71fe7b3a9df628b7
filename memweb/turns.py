"""In which order a worker that serves several queues takes their messages."""

from __future__ import annotations

from collections import Counter
from typing import Final

from kombu.utils.scheduling import priority_cycle

MOST_PASSED_OVER: Final = 20


class TurnsForAll(priority_cycle):  # type: ignore[misc]  # kombu has no types
    """The queues as they were named, the first one first; but after so many messages of others a
    queue has its turn before them, so that none waits for ever behind one that is never empty.

    An empty queue costs nothing where it stands: the worker takes from the first that is not.
    """

    def __init__(self, it: list[str] | None = None) -> None:
        super().__init__(it)
        self._passed_over: Counter[str] = Counter()

    def consume(self, n: int) -> list[str]:
        """Return the queues in the order in which to look at them."""
        named: list[str] = super().consume(n)
        return sorted(named, key=lambda queue: self._passed_over[queue] < MOST_PASSED_OVER)

    def rotate(self, last_used: str) -> None:
        """Note from which queue a message was taken."""
        self._passed_over.update(self.items)
        self._passed_over[last_used] = 0
