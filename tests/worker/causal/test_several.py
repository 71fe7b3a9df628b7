"""Documents that are scored at once, and memories that one thread reads."""

from __future__ import annotations

import threading

import pytest
import torch

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


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_each_document_has_its_own_memories(at_once):
    before = torch.get_num_threads()
    found = dict(rows(range(6), score, memories_of, at_once))
    assert found == {
        n: {"number": n, "read": [f"Ada {n}"], "empty": True} for n in range(6)
    }  # fmt: skip
    assert torch.get_num_threads() == before
    assert list(rows([], score, memories_of, at_once)) == []


@pytest.mark.parametrize("at_once", [1, 2])
def test_it_raises_what_scoring_or_reading_raises(at_once):
    def breaks(number, memories):
        if number == 2:
            raise FloatingPointError
        return score(number, memories)

    def broken(number):
        def read(query):
            raise LookupError

        return {"gold": read, "none": None}

    with pytest.raises(FloatingPointError):
        list(rows(range(4), breaks, memories_of, at_once))
    with pytest.raises(LookupError):
        list(rows(range(4), score, broken, at_once))


def test_nobody_waits_for_a_memory_that_is_read_no_more():
    before = threading.active_count()
    found = rows(range(50), score, memories_of, 3)
    next(found)
    found.close()
    for _ in range(500):
        if threading.active_count() <= before:
            break
        threading.Event().wait(0.01)
    assert threading.active_count() <= before
