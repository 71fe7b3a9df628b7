"""What a run trains on, made ahead of it by processes of their own.

A device takes a batch in milliseconds, and a processor makes the texts of one in tenths of a
second. So each of some forked processes makes every so-many-th part of an epoch, and where no new
part is there the run goes over an earlier one again, with its words masked anew.
"""

from __future__ import annotations

import itertools
import multiprocessing
import queue
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

from worker.training.redocred import GoldDocument
from worker.training.write_corpus import Corpus

Made = TypeVar("Made")
PARTS = 12  # of an epoch
KEPT = 900  # parts that may be gone over again
LONGEST_WAIT = 600.0  # seconds for the first part


class MakingFailed(RuntimeError):
    """A process that makes batches ended with an error."""


@dataclass
class Slice(Corpus):
    """One of the ``parts`` of a corpus: every text comes once in an epoch, in one of them."""

    part: int = 0
    parts: int = 1

    def _composed(self, rng: random.Random) -> Iterator[GoldDocument]:
        return itertools.islice(super()._composed(rng), self.part, None, self.parts)


def slice_of(data: Corpus, part: int, parts: int) -> Slice:
    """Return one part of a corpus."""
    fields = {name: getattr(data, name) for name in data.__dataclass_fields__}
    fields["train"] = data.train[part::parts]
    fields["documents"] = data.documents[part::parts]
    return Slice(**fields, part=part, parts=parts)


def share_of(count: int, number: int) -> int:
    """Return how many of ``count`` in an epoch come in part ``number`` of it."""
    part = number % PARTS
    return count * (part + 1) // PARTS - count * part // PARTS


def seeded(seed: int, number: int) -> random.Random:
    """Seed all generators for part ``number`` of a run and return one for it alone."""
    own = (seed * 1_000_003 + number) % 2**31
    random.seed(own)
    torch.manual_seed(own)
    return random.Random(own)


class Ahead(Generic[Made]):
    """Parts that ``workers`` processes make with ``make``, in the order in which they are done.

    The processes are forked at once, so it should be made before a device is used. What ``make``
    returns is sent as it is pickled: arrays, not tensors. None is passed over.
    """

    def __init__(
        self, make: Callable[[int], Made | None], workers: int, first: int = 0, kept: int = KEPT
    ) -> None:
        context: Any = multiprocessing.get_context("fork")
        self.queue = context.Queue(2 * workers)
        self.kept: list[Made] = []
        self.most, self.made = kept, 0
        self.least = 2 * workers  # so that no run begins with one part alone, again and again
        self.rng = random.Random(first)
        self.processes = [
            context.Process(
                target=_make_every, args=(make, self.queue, first + n, workers), daemon=True
            )
            for n in range(workers)
        ]
        for process in self.processes:
            process.start()

    def next(self, *, again: bool = True) -> Made | None:
        """Return a new part, or with ``again`` an earlier one where no new one is ready; None where
        a new part holds nothing. Raises MakingFailed."""
        try:
            enough = again and len(self.kept) >= self.least
            found: Made | MakingFailed | None = self.queue.get(
                timeout=0.001 if enough else LONGEST_WAIT
            )
        except queue.Empty:
            if not all(process.is_alive() for process in self.processes):
                raise MakingFailed("a process that makes batches was ended") from None
            if not self.kept:
                raise MakingFailed("no part was made in time") from None
            return self.rng.choice(self.kept)
        if isinstance(found, MakingFailed):
            raise found
        self.made += 1
        if found is not None:
            self.kept = [*self.kept[-self.most + 1 :], found]
        return found

    def close(self) -> None:
        """End the processes."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()
        self.queue.cancel_join_thread()
        self.queue.close()


def _make_every(make: Callable[[int], Any], made: Any, first: int, step: int) -> None:
    torch.set_num_threads(1)
    try:
        for number in itertools.count(first, step):
            made.put(make(number))
    except Exception as error:
        made.put(MakingFailed(f"{type(error).__name__}: {error}"))
