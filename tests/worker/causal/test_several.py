"""Documents that are scored at once, in threads and in processes."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial

import pytest
import torch

from worker.training.causal.perplexity.processes import ProcessEnded, Processes, ProcessRefused
from worker.training.causal.perplexity.several import rows
from worker.types import MemoryQuery

QUERY = MemoryQuery("place of birth", subject="Ada")


def score(number, memories):
    read = memories["gold"]
    return {"number": number, "read": list(read(QUERY)), "empty": memories["none"] is None}


def memories_of(number):
    def read(query):
        assert threading.current_thread() is threading.main_thread()
        return [f"{query.subject} {number}"]

    return {"gold": read, "none": None}


class Scorer:
    """Scores as ``score`` does, two documents at a time; at one number something happens."""

    base_hash, adapter, said = "b", "a", "s"

    def __init__(self, at=-1, what=None):
        self.at, self.what = at, what
        if at is None:
            raise what

    def score(self, number, memories):
        if number == self.at and isinstance(self.what, Exception):
            raise self.what
        if number == self.at and self.what:
            os.kill(os.getpid(), self.what)
        return {**score(number, memories), "threads": torch.get_num_threads(), "pid": os.getpid()}

    def rows(self, numbers, memories_of):
        yield from rows(numbers, self.score, memories_of, 2)


def in_processes(count, at=-1, what=None):
    return Processes(partial(Scorer, at, what), (FloatingPointError,), count)


@pytest.mark.parametrize("together", [1, 2, 9])
def test_each_document_has_its_own_memories(together):
    found = dict(rows(range(6), score, memories_of, together))
    assert found == {
        n: {"number": n, "read": [f"Ada {n}"], "empty": True} for n in range(6)
    }  # fmt: skip
    assert list(rows([], score, memories_of, together)) == []


@pytest.mark.parametrize("together", [1, 2])
def test_it_raises_what_scoring_or_reading_raises(together):
    def breaks(number, memories):
        if number == 2:
            raise FloatingPointError
        return score(number, memories)

    def broken(number):
        def read(query):
            raise LookupError

        return {"gold": read, "none": None}

    with pytest.raises(FloatingPointError):
        list(rows(range(4), breaks, memories_of, together))
    with pytest.raises(LookupError):
        list(rows(range(4), score, broken, together))


def ends_again(before):
    for _ in range(500):
        if threading.active_count() <= before:
            return True
        threading.Event().wait(0.01)
    return False


def test_nobody_waits_for_a_memory_that_is_read_no_more():
    before = threading.active_count()
    found = rows(range(50), score, memories_of, 3)
    next(found)
    found.close()
    assert ends_again(before)


def test_nobody_waits_where_there_are_no_numbers_to_be_had():
    def numbers():
        yield 0
        raise EOFError

    before = threading.active_count()
    with pytest.raises(EOFError):
        list(rows(numbers(), score, memories_of, 3))
    assert ends_again(before)


def test_processes_share_the_documents_and_one_thread_reads_the_memories():
    several = in_processes(2)
    try:
        assert (several.base_hash, several.adapter, several.said) == ("b", "a", "s")
        found = dict(several.rows(range(40), memories_of))
    finally:
        several.close()
    assert len({row.pop("pid") for row in found.values()} - {os.getpid()}) in (1, 2)
    threads = max(1, torch.get_num_threads() // 2)
    assert found == {
        n: {"number": n, "read": [f"Ada {n}"], "empty": True, "threads": threads}
        for n in range(40)
    }  # fmt: skip


def test_a_process_that_is_killed_fails_or_is_refused_ends_all():
    for what, said in (
        (signal.SIGKILL, "was ended by SIGKILL, as systems do whose memory is full"),
        (ZeroDivisionError("nothing left"), "nothing left"),
    ):
        several = in_processes(1, 3, what)
        found = []
        with pytest.raises(ProcessEnded, match=said):
            found += several.rows(range(6), memories_of)
        several.close()
    with pytest.raises(ProcessRefused, match=r"^too small$"):
        in_processes(1, None, FloatingPointError("too small"))
    assert issubclass(ProcessRefused, ValueError)
