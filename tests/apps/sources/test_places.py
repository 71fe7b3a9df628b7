"""Files are read few at once and in turn: nobody waits for another person's files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from apps.sources.errors import TooBusy, TooManyFiles
from apps.sources.places import SMALL_BYTES, Places

LARGE = SMALL_BYTES + 1


def places(number: int = 4) -> Places:
    return Places(number, each=2, most_waiting=8)


class Reader:
    """A file that is being read, or waits for its place, in a thread of its own."""

    def __init__(self, there: Places, person: str, size: int, order: list[str], name: str) -> None:
        self.done = threading.Event()
        self.reading = threading.Event()

        def read() -> None:
            with there.one(person, size=size, seconds=20):
                order.append(name)
                self.reading.set()
                self.done.wait(20)

        self.thread = threading.Thread(target=read, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.done.set()
        self.thread.join(20)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_person_leaves_a_place_to_others_and_small_files_have_their_own():
    there, order = places(), []
    hostile = [Reader(there, "mallory", LARGE, order, f"m{n}") for n in range(8)]
    wait_until(lambda: len(order) == 2)
    with there.one("carol", size=40, seconds=0.1), there.one("bob", size=LARGE, seconds=0.1):
        assert order == ["m0", "m1"]
        with pytest.raises(TooBusy), there.one("dave", size=LARGE, seconds=0.05):
            raise AssertionError
    for one in hostile:
        one.end()
    assert sorted(order) == [f"m{n}" for n in range(8)]


def test_a_free_place_goes_to_who_has_none_and_was_called_longest_ago():
    there, order = places(2), []  # one place, and the one that is kept for small files
    first = Reader(there, "alice", LARGE, order, "a1")
    wait_until(lambda: order == ["a1"])
    rest = {}
    for person, name in (("alice", "a2"), ("alice", "a3"), ("bob", "b1"), ("bob", "b2")):
        rest[name] = Reader(there, person, LARGE, order, name)
        wait_until(lambda: len(there._waiting) == len(rest))
    first.end()
    for name in ("b1", "a2", "b2", "a3"):
        assert rest[name].reading.wait(20)
        rest[name].end()
    assert order == ["a1", "b1", "a2", "b2", "a3"]


def test_only_so_many_files_of_one_person_wait():
    there, order = Places(2, each=1, most_waiting=2), []
    readers = [Reader(there, "mallory", LARGE, order, str(n)) for n in range(3)]
    wait_until(lambda: len(there._waiting) == 2)
    with pytest.raises(TooManyFiles) as refused, there.one("mallory", size=LARGE, seconds=1):
        raise AssertionError
    assert refused.value.status == 429
    with there.one("carol", size=40, seconds=1):
        pass
    for one in readers:
        one.end()


def test_who_gives_up_waiting_and_who_fails_leave_nothing_behind():
    there = places(2)
    with ExitStack() as held:
        held.enter_context(there.one("a", size=LARGE, seconds=1))
        with pytest.raises(TooBusy), there.one("b", size=LARGE, seconds=0.01):
            raise AssertionError
    with pytest.raises(ValueError, match="damaged"), there.one("b", size=LARGE, seconds=1):
        raise ValueError("damaged")
    for person in "abc":
        with there.one(person, size=LARGE, seconds=0.01), there.one(person, size=1, seconds=0.01):
            pass
