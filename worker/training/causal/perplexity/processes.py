"""Documents scored in several processes, each with a model of its own.

They ask this process for documents and for what a memory answers, so that it alone has to do with
the database, and a document is whole or not there when one of them is killed.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

import torch

from worker.training.causal.perplexity.reads import Memories, Read
from worker.training.causal.perplexity.several import Row
from worker.types import MemoryQuery

_spawning = multiprocessing.get_context("spawn")


class ProcessEnded(RuntimeError):
    """A process that scores documents has ended before it was done."""


class ProcessRefused(ValueError):
    """What a process is to score with is refused there."""


class Scores(Protocol):
    """What scores documents by their number (``runner.Runner``)."""

    base_hash: str
    adapter: str
    said: str

    def rows(
        self, numbers: Any, memories_of: Callable[[int], Memories]
    ) -> Iterator[tuple[int, Row]]:
        """Yield documents with their rows as they are done."""
        ...


@dataclass(frozen=True)
class _Ready:
    base_hash: str
    adapter: str
    said: str


@dataclass(frozen=True)
class _Next:
    """Which document is to be scored?"""


@dataclass(frozen=True)
class _Given:
    """A document, and of each memory whether there is anything to read."""

    number: int
    memories: dict[str, bool]


@dataclass(frozen=True)
class _Look:
    number: int
    memory: str
    query: MemoryQuery


@dataclass(frozen=True)
class _Done:
    number: int
    row: Row


@dataclass(frozen=True)
class _Finished:
    """There are no more documents."""


@dataclass(frozen=True)
class _Failed:
    why: str
    refused: bool


class Processes:
    """Scores documents as what ``make`` makes does, in ``count`` processes that each make one.
    ``make`` is picklable. Raises ProcessRefused, for one of ``refusals``, and ProcessEnded.
    """

    def __init__(
        self, make: Callable[[], Scores], refusals: tuple[type[Exception], ...], count: int
    ) -> None:
        threads = max(1, torch.get_num_threads() // count)
        self._begin = lambda: self._started.append(_Process(make, refusals, threads))
        self._started: list[_Process] = []
        self._count = count
        # The first one may have to convert the base, which the others find then.
        self._begin()
        try:
            ready = self._started[0].heard()
        except BaseException:
            self.close()
            raise
        assert isinstance(ready, _Ready)
        self.base_hash, self.adapter, self.said = ready.base_hash, ready.adapter, ready.said

    def rows(
        self, numbers: Sequence[int], memories_of: Callable[[int], Memories]
    ) -> Iterator[tuple[int, Row]]:
        """Yield documents with their rows as they are done. Memories are read in the thread that
        asks for the rows."""
        while len(self._started) < min(self._count, len(numbers)):
            self._begin()
        waiting, left = iter(numbers), len(numbers)
        under_way: dict[int, Memories] = {}
        while left:
            for process in self._ready():
                said = process.heard()
                if isinstance(said, _Next):
                    number = next(waiting, None)
                    if number is not None:
                        under_way[number] = memories_of(number)
                    process.pipe.send(number if number is None else _given(number, under_way))
                elif isinstance(said, _Look):
                    read = under_way[said.number][said.memory]
                    assert read is not None
                    process.pipe.send(list(read(said.query)))
                elif isinstance(said, _Done):
                    process.pipe.send(None)
                    left -= 1
                    yield said.number, said.row
                elif isinstance(said, _Finished):
                    self._started.remove(process)
                    process.end()

    def _ready(self) -> list[_Process]:
        speaking = wait([process.pipe for process in self._started])
        return [process for process in self._started if process.pipe in speaking]

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for process in self._started:
            process.end()


def _given(number: int, under_way: dict[int, Memories]) -> _Given:
    return _Given(number, {name: read is not None for name, read in under_way[number].items()})


class _Process:
    """One of them, as this process sees it."""

    def __init__(
        self, make: Callable[[], Scores], refusals: tuple[type[Exception], ...], threads: int
    ) -> None:
        self.pipe, its = _spawning.Pipe()
        self._process: SpawnProcess = _spawning.Process(
            target=_go, args=(its, make, refusals, threads), daemon=True
        )
        self._process.start()
        its.close()  # or its end would never be seen

    @property
    def pid(self) -> int | None:
        """The number of the process, as the system has it."""
        return self._process.pid

    def heard(self) -> object:
        """Return what it says next. Raises ProcessEnded and ProcessRefused."""
        try:
            said = self.pipe.recv()
        except (EOFError, ConnectionError) as error:
            self._process.join()
            raise ProcessEnded(_why(self._process.exitcode)) from error
        if isinstance(said, _Failed) and said.refused:
            raise ProcessRefused(said.why)
        if isinstance(said, _Failed):
            raise ProcessEnded(f"A process that scores documents failed:\n{said.why}")
        return said

    def end(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _why(status: int | None) -> str:
    why = f"ended with status {status}"
    if status is not None and status < 0:
        why = f"was ended by {signal.Signals(-status).name}"
    more = ", as systems do whose memory is full" if status == -signal.SIGKILL else ""
    return f"A process that scores documents {why}{more}."


class _Asking:
    """The process that gives documents, as the one that scores them sees it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._memories: dict[int, dict[str, bool]] = {}

    def numbers(self) -> Iterator[int]:
        """Yield documents that are to be scored, as long as there are any."""
        while (given := self.answer(_Next())) is not None:
            self._memories[given.number] = given.memories
            yield given.number

    def memories(self, number: int) -> Memories:
        """Return how a document's memories are read: over there."""
        return {
            name: self._read(number, name) if there_is else None
            for name, there_is in self._memories[number].items()
        }

    def _read(self, number: int, name: str) -> Read:
        return lambda query: self.answer(_Look(number, name, query))

    def answer(self, said: object) -> Any:
        """Say something; return what is answered."""
        with self._lock:
            self._pipe.send(said)
            return self._pipe.recv()


def _go(
    pipe: Connection,
    make: Callable[[], Scores],
    refusals: tuple[type[Exception], ...],
    threads: int,
) -> None:
    """Score documents as long as there are any, and say what comes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process ends this one
    torch.set_num_threads(threads)
    asking = _Asking(pipe)
    try:
        scorer = make()
        pipe.send(_Ready(scorer.base_hash, scorer.adapter, scorer.said))
        for number, row in scorer.rows(asking.numbers(), asking.memories):
            asking.answer(_Done(number, row))
        pipe.send(_Finished())
    except (EOFError, ConnectionError):
        return  # nobody listens any more
    except refusals as error:
        pipe.send(_Failed(f"{error}", refused=True))
    except Exception:  # whatever it is: told to the process that waits, which raises it
        pipe.send(_Failed(traceback.format_exc(), refused=False))
