"""A process keeps what fits, and of that what was used last."""

from __future__ import annotations

import gc
import weakref

import pytest

from worker.kept import Kept


class Thing:
    def __init__(self, size: int) -> None:
        self.held_bytes = size << 40  # more than the process can have grown by
        self.itself = self  # freed by the collector alone


def get(kept: Kept, name: str, size: int = 10) -> Thing:
    thing = kept.get(name, lambda: Thing(size))
    assert isinstance(thing, Thing)
    return thing


def test_it_loads_a_thing_once():
    kept = Kept(100 << 40)
    assert get(kept, "a") is get(kept, "a")
    assert get(kept, "a") is not get(kept, "b")


def test_it_lets_go_what_was_used_longest_ago():
    kept = Kept(25 << 40)
    first, _ = get(kept, "a"), get(kept, "b")
    get(kept, "a")
    get(kept, "c")
    assert ("a" in kept, "b" in kept, "c" in kept) == (True, False, True)
    assert get(kept, "a") is first


def test_it_keeps_one_thing_that_is_too_large():
    kept = Kept(5 << 40)
    assert get(kept, "a") is get(kept, "a")
    get(kept, "b")
    assert "a" not in kept


def test_what_it_lets_go_is_freed_though_it_was_out_of_the_collectors_sight():
    kept = Kept(15 << 40)
    gone = weakref.ref(get(kept, "a"))
    assert gc.get_freeze_count() > 0
    get(kept, "b")
    assert gone() is None


def test_what_cannot_be_loaded_is_tried_again():
    kept = Kept(100)

    def broken() -> object:
        raise OSError("no room")

    for _ in range(2):
        with pytest.raises(OSError, match="no room"):
            kept.get("a", broken)
    assert "a" not in kept
