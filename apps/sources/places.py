"""Who may read a file now: few at once, people in turn, small files not behind large ones."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from apps.sources.errors import TooBusy, TooManyFiles

SMALL_BYTES = 64 * 1024


@dataclass
class _Waiting:
    """A file that waits for a place."""

    person: Hashable
    small: bool
    number: int
    called: threading.Event = field(default_factory=threading.Event)
    kept: bool = False  # in the place that is kept for small files


class Places:
    """Places for reading files, for the threads of one process.

    Of ``number`` places one is kept for small files. A person has at most ``each`` of the others
    and one small file, and may have ``most_waiting`` files waiting. A place that falls free goes to
    who has the fewest, and then to who was called longest ago.
    """

    def __init__(self, number: int, *, each: int, most_waiting: int) -> None:
        self._free, self._each, self._most_waiting = number - 1, each, most_waiting
        self._kept_is_free = True
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: list[_Waiting] = []
        self._busy: Counter[Hashable] = Counter()
        self._called: dict[Hashable, int] = {}

    @contextmanager
    def one(self, person: Hashable, *, size: int, seconds: float) -> Iterator[None]:
        """Hold a place for a file of ``size`` bytes, and wait at most ``seconds`` for it.

        Raises TooBusy, and TooManyFiles when too many of the person's files wait already.
        """
        with self._lock:
            if sum(one.person == person for one in self._waiting) >= self._most_waiting:
                raise TooManyFiles
            mine = _Waiting(person, size <= SMALL_BYTES, next(self._numbers))
            self._waiting.append(mine)
            self._call()
        if not mine.called.wait(seconds):
            with self._lock:
                if not mine.called.is_set():
                    self._waiting.remove(mine)
                    raise TooBusy
        try:
            yield
        finally:
            with self._lock:
                self._leave(mine)
                self._call()

    def _leave(self, one: _Waiting) -> None:
        if one.kept:
            self._kept_is_free = True
            return
        self._free += 1
        self._busy[one.person] -= 1
        if not self._busy[one.person]:
            del self._busy[one.person]

    def _call(self) -> None:
        """Give every free place to whose turn it is."""
        while ready := [one for one in self._waiting if self._fits(one)]:
            first = min(ready, key=self._turn)
            self._waiting.remove(first)
            if first.small and self._kept_is_free:
                self._kept_is_free, first.kept = False, True
            else:
                self._free -= 1
                self._busy[first.person] += 1
            self._called[first.person] = next(self._numbers)
            first.called.set()
        if not self._waiting and not self._busy:
            self._called.clear()

    def _fits(self, one: _Waiting) -> bool:
        if one.small and self._kept_is_free:
            return True
        return self._free > 0 and self._busy[one.person] < self._each

    def _turn(self, one: _Waiting) -> tuple[int, int, bool, int]:
        called = self._called.get(one.person, -1)
        return self._busy[one.person], called, not one.small, one.number
