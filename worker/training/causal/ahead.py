"""Epochs that other processes make while this one computes: a GPU is quicker than what feeds it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import count
from typing import Generic, TypeVar

Made = TypeVar("Made")
_make: Callable[[int], object]


class Ahead(Generic[Made]):
    """Yields what ``make`` makes of the numbers from 0 on, in their order, each made in one of
    some processes; as many are made ahead as there are processes.

    The processes are forked, so ``make`` need not be picklable; what it returns does. It has to
    make the same of a number in every process.
    """

    def __init__(self, make: Callable[[int], Made], processes: int) -> None:
        self.processes = processes
        self._pool = ProcessPoolExecutor(
            processes, multiprocessing.get_context("fork"), _keep, (make,)
        )

    def since(self, first: int) -> Iterator[Made]:
        """Yield what is made of ``first`` and of each number after it, without end."""
        waiting: list[Future[Made]] = []
        for number in count(first):
            waiting.append(self._pool.submit(_made, number))  # type: ignore[arg-type]
            if len(waiting) == self.processes:
                yield waiting.pop(0).result()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _keep(make: Callable[[int], object]) -> None:
    global _make
    _make = make


def _made(number: int) -> object:
    return _make(number)
