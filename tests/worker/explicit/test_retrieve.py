"""The nearest memories, as many as fit, and nothing that is refused or broken."""

from __future__ import annotations

import numpy as np
import torch

from worker.explicit.encode import Memory
from worker.explicit.retrieve import Attended, Held, Index

WORDS = ("ada", "london", "engine", "paris", "bread")


def embed(text: str) -> np.ndarray:
    vector = np.array([text.lower().count(word) for word in WORDS], dtype=np.float32)
    return vector / (np.linalg.norm(vector) or 1)


def memory(tokens: int = 4) -> Memory:
    empty = torch.zeros(1, 1, tokens, 8)
    return Memory((0,), empty, empty, torch.zeros(1, 1, tokens, dtype=torch.long))


SIZE = memory().bytes
TEXTS = {"a": "ada", "l": "london", "e": "engine", "p": "paris", "b": "bread"}


def attended(*, limit: int = 10 * SIZE, most: int = 100, broken: str = "", per_chunk: int = 2):
    reads: list[str] = []

    def read(name: str) -> Memory:
        reads.append(name)
        if name == broken:
            raise ValueError("was cut or altered")
        return memory()

    index = Index(list(TEXTS), np.stack([embed(text) for text in TEXTS.values()]))
    return Attended(index, Held(read, limit), embed, most, per_chunk), reads


def nothing(name: str) -> bool:
    return False


def test_it_takes_the_nearest_and_reads_each_once():
    context, reads = attended()
    assert len(context.follow(["ada in london"], nothing)) == 2
    assert context.names == ["a", "l"]
    context.follow(["ada in london", "london had an engine"], nothing)
    assert context.names == ["a", "l", "e"]  # those that stay keep their places
    assert reads == ["a", "l", "e"]
    context.follow(["paris", "bread of paris"], nothing)
    assert set(context.names) >= {"p", "b"}


def test_equal_references_count_once():
    index = Index(["a", "a", "l"], np.stack([embed("ada"), embed("ada"), embed("london")]))
    assert [near.name for near in index.nearest(embed("ada"), 2)] == ["a", "l"]
    assert index.nearest(embed("ada"), 0) == []
    assert Index([], np.zeros((0, 5), np.float32)).nearest(embed("ada"), 3) == []


def test_as_many_as_fit_the_last_stretch_first():
    context, _ = attended(most=11)
    assert len(context.follow(["paris bread", "ada in london"], nothing)) == 2
    assert context.names == ["a", "l"]
    assert attended(most=0)[0].follow(["ada"], nothing) == []


def test_nothing_stale_is_attended_to_though_it_is_held():
    context, reads = attended()
    context.follow(["ada in london"], nothing)
    assert "a" in context.held
    assert len(context.follow(["ada in london"], lambda name: name == "a")) == 1
    assert context.names == ["l"]
    assert "a" not in context.held
    assert reads == ["a", "l"]


def test_what_cannot_be_read_is_left_out_and_told():
    context, reads = attended(broken="a")
    assert len(context.follow(["ada in london"], nothing)) == 1
    assert context.failed == {"a": "was cut or altered"}
    context.follow(["ada in london"], nothing)
    assert reads.count("a") == 1


def test_what_is_held_stays_within_its_limit():
    context, reads = attended(limit=2 * SIZE)
    context.follow(["ada in london"], nothing)
    context.prefetch("engine of ada")
    assert context.held.bytes <= 2 * SIZE
    assert "l" not in context.held  # unused for longest
    context.follow(["engine of ada"], nothing)
    assert reads == ["a", "l", "e"]
    nothing_fits, reads = attended(limit=SIZE - 1)
    assert len(nothing_fits.follow(["ada in london"], nothing)) == 2
    assert nothing_fits.held.bytes == 0
