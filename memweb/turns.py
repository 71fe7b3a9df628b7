"""In which order a worker that serves several queues takes their messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

MOST_PASSED_OVER: Final = 20


class TurnsForAll:
    """The queues as they were named, the first one first; but after so many messages of others a
    queue has its turn before them, so that none waits for ever behind one that is never empty.

    An empty queue costs nothing where it stands: the worker takes from the first that is not.
    Kombu makes one for each connection (``queue_order_strategy``) and calls its three methods, as
    those of ``kombu.utils.scheduling.priority_cycle``.
    """

    def __init__(self) -> None:
        self._queues: list[str] = []
        self._passed_over: Counter[str] = Counter()

    def update(self, queues: Iterable[str]) -> None:
        """Take the queues that the worker serves, the first one first."""
        self._queues = list(queues)

    def consume(self, most: int) -> list[str]:
        """Return the queues in the order in which to look at them."""
        return sorted(
            self._queues[:most], key=lambda queue: self._passed_over[queue] < MOST_PASSED_OVER
        )

    def rotate(self, last_used: str) -> None:
        """Note from which queue a message was taken."""
        self._passed_over.update(self._queues)
        self._passed_over[last_used] = 0
