"""A tree against what was signed of it, wherever in a tile a checkpoint ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from apps.provenance.merkle import root_of
from apps.provenance.services.replay.findings import Findings
from apps.provenance.services.replay.hashing import Hashed
from apps.provenance.services.replay.trees import RANGE, Leaves, LogRow, Signed, TreeCheck
from apps.provenance.tiles import MemoryStore, tree_of

SIZE = 600
HASHES = [hashlib.sha256(bytes([one % 256, one // 256])).digest() for one in range(SIZE)]
SIZES = (1, 255, 256, 257, 300, 511, 512, 513, 599, 600)


class _Tiles:
    """A view of the database in which there are only the tiles of the log."""

    def __init__(self) -> None:
        store = tree_of(HASHES).store
        assert isinstance(store, MemoryStore)
        self._kept = store.tiles

    def all(self, query: str, given: list[int]) -> list[tuple[Any, ...]]:
        if "provenance_tile" not in query:
            return []
        _, level, first, stop = given
        return [
            (index, 1, kept)
            for (of, index), kept in sorted(self._kept.items())
            if of == level and first <= index < stop
        ]

    def one(self, query: str, given: list[int]) -> tuple[Any, ...] | None:
        return next(iter(self.all(query, given)), None)

    def stream(self, query: str, given: list[int]) -> Iterator[tuple[Any, ...]]:
        return iter(())


def check(signed: list[Signed]) -> Findings:
    view: Any = _Tiles()
    findings, leaves = Findings(), Leaves()
    tree = TreeCheck(
        view, LogRow(1, UUID(int=1), None, SIZE), size=SIZE, signed=iter(signed), last=None,
        findings=findings, leaves=leaves,
    )  # fmt: skip
    for start in range(0, SIZE, RANGE):
        tree.take(Hashed(start, HASHES[start : start + RANGE]))
    tree.end()
    assert leaves.root == tree_of(HASHES).root().hex()
    return findings


def test_each_head_that_was_signed_holds() -> None:
    assert check([Signed(one, one, root_of(HASHES[:one])) for one in SIZES]).kept == []
    for one in SIZES:
        assert check([Signed(one, one, root_of(HASHES[:one]))]).kept == []


@pytest.mark.parametrize("wrong", SIZES)
def test_a_head_that_was_never_signed_is_found(wrong: int) -> None:
    signed = [Signed(one, one, root_of(HASHES[:one])) for one in SIZES if one != wrong]
    signed.append(Signed(wrong, wrong, root_of(HASHES[1 : wrong + 1])))
    findings = check(sorted(signed, key=lambda one: one.size))
    assert [(one.kind, one.row) for one in findings.kept] == [("contradiction", wrong)]
