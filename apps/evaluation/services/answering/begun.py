"""What a worker's process has found so far of cases that take more than one slice.

It is kept by the process that found it, and nowhere else: nothing of it has to be erased with a
document, and a worker that starts anew begins such a case anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
KEPT_SECONDS: Final = 3600.0  # after which nobody goes on with it any more


class Begun(Generic[T]):
    """What was begun, by what it is of."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[float, T]] = {}

    def of(self, key: object, new: Callable[[], T]) -> T:
        """Return what was begun under a key, or begin it."""
        now = time.monotonic()
        old = [one for one, (since, _) in self._kept.items() if now - since > KEPT_SECONDS]
        for one in old:
            del self._kept[one]
        found = self._kept[key][1] if key in self._kept else new()
        self._kept[key] = (now, found)
        return found

    def end(self, key: object) -> None:
        """Forget what has come to its end."""
        self._kept.pop(key, None)
