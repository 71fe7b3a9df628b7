"""Several documents under way at once, whose memories are read by one thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import torch

from worker.training.causal.perplexity.calls import Read
from worker.types import MemoryQuery

Memories = Mapping[str, Read | None]  # None is an empty one
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
    row: Row | Exception


class _Work:
    """The documents that are to be scored, and those who score them."""

    def __init__(
        self,
        numbers: Iterable[int],
        score: Callable[[int, Memories], Row],
        memories_of: Callable[[int], Memories],
        threads: int,
    ) -> None:
        self._waiting = iter(list(numbers))
        self._score, self._memories_of, self._threads = score, memories_of, threads
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.said: SimpleQueue[_Look | _Done] = SimpleQueue()

    def go(self) -> None:
        """Score one document after the other."""
        torch.set_num_threads(self._threads)
        while not self._stopped.is_set():
            with self._lock:
                number = next(self._waiting, None)
            if number is None:
                return
            row: Row | Exception
            try:
                memories = {n: self._asked(r) for n, r in self._memories_of(number).items()}
                row = self._score(number, memories)
            except _Ended:
                return
            except Exception as error:  # raised again by ``rows``, in the thread that asked
                row = error
            self.said.put(_Done(number, row))

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
    numbers: Sequence[int],
    score: Callable[[int, Memories], Row],
    memories_of: Callable[[int], Memories],
    at_once: int,
) -> Iterator[tuple[int, Row]]:
    """Yield documents with what ``score`` makes of each as they are done, ``at_once`` of them under
    way, each with its share of the threads that torch computes with. Memories are read in the
    thread that asks for the rows. Raises what scoring and reading raise."""
    if at_once == 1:
        yield from ((number, score(number, memories_of(number))) for number in numbers)
        return
    whole = torch.get_num_threads()
    work = _Work(numbers, score, memories_of, max(1, whole // at_once))
    for _ in range(at_once):
        threading.Thread(target=work.go, daemon=True).start()
    left = len(numbers)
    try:
        while left:
            said = work.said.get()
            if isinstance(said, _Look):
                said.answer.put(said.read(said.query))
                continue
            if isinstance(said.row, Exception):
                raise said.row
            left -= 1
            yield said.number, said.row
    finally:
        work.stop()
        torch.set_num_threads(whole)
