"""Several documents under way at once, each in a thread, whose memories are read by one thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from worker.training.causal.perplexity.reads import Memories, Read
from worker.types import MemoryQuery

Row = dict[str, Any]


class _Ended(Exception):
    """Nobody waits for the documents any more."""


@dataclass
class _Look:
    """A query of a memory that waits for its answer."""

    read: Read
    query: MemoryQuery
    answer: SimpleQueue[Sequence[str] | Exception] = field(default_factory=SimpleQueue)


@dataclass
class _Done:
    """What came of a document."""

    number: int
    row: Row


@dataclass
class _Failed:
    """What came instead of one."""

    error: BaseException


class _Left:
    """Somebody found no document that waits."""


class _Work:
    """The documents that are to be scored, and those who score them."""

    def __init__(
        self,
        numbers: Iterable[int],
        score: Callable[[int, Memories], Row],
        memories_of: Callable[[int], Memories],
    ) -> None:
        self._waiting = iter(numbers)
        self._score, self._memories_of = score, memories_of
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.said: SimpleQueue[_Look | _Done | _Failed | _Left] = SimpleQueue()

    def go(self) -> None:
        """Score one document after the other."""
        said: _Done | _Failed | None = None
        while not self._stopped.is_set() and not isinstance(said, _Failed):
            try:
                said = self._one()
            except _Ended:
                break
            except BaseException as error:  # raised again by ``rows``, in the thread that asked
                said = _Failed(error)
            if said is None:
                break
            self.said.put(said)
        self.said.put(_Left())

    def _one(self) -> _Done | None:
        with self._lock:
            number = next(self._waiting, None)
        if number is None:
            return None
        memories = {n: self._asked(r) for n, r in self._memories_of(number).items()}
        return _Done(number, self._score(number, memories))

    def _asked(self, read: Read | None) -> Read | None:
        """Return how another thread reads a memory: by asking for it."""
        if read is None:
            return None

        def asks(query: MemoryQuery) -> Sequence[str]:
            look = _Look(read, query)
            with self._lock:  # so that ``stop`` finds it, or nobody asks
                if self._stopped.is_set():
                    raise _Ended
                self.said.put(look)
            answer = look.answer.get()
            if isinstance(answer, Exception):
                raise answer
            return answer

        return asks

    def stop(self) -> None:
        """Let everybody end, who waits for an answer at once."""
        with self._lock:
            self._stopped.set()
        while not self.said.empty():
            if isinstance(said := self.said.get(), _Look):
                said.answer.put(_Ended())


def rows(
    numbers: Iterable[int],
    score: Callable[[int, Memories], Row],
    memories_of: Callable[[int], Memories],
    together: int,
) -> Iterator[tuple[int, Row]]:
    """Yield documents with what ``score`` makes of each as they are done, ``together`` of them
    under way. Memories are read in the thread that asks for the rows. Raises what scoring and
    reading raise."""
    if together == 1:
        yield from ((number, score(number, memories_of(number))) for number in numbers)
        return
    work = _Work(numbers, score, memories_of)
    for _ in range(together):
        threading.Thread(target=work.go, daemon=True).start()
    left = together
    try:
        while left:
            said = work.said.get()
            if isinstance(said, _Look):
                said.answer.put(said.read(said.query))
            elif isinstance(said, _Left):
                left -= 1
            elif isinstance(said, _Failed):
                raise said.error
            else:
                yield said.number, said.row
    finally:
        work.stop()
