from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.provenance.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from apps.provenance.tiles import MemoryStore, TileError, Tree, tree_of

LEAVES = [leaf_hash(number.to_bytes(4)) for number in range(140_000)]


class Counting(MemoryStore):
    """Counts what is read and written."""

    def __init__(self):
        super().__init__()
        self.got = self.put_count = 0

    def get(self, level, index):
        self.got += 1
        return super().get(level, index)

    def put(self, level, index, hashes):
        self.put_count += 1
        super().put(level, index, hashes)


@pytest.fixture(scope="module")
def large():
    """A tree of three levels of tiles, the last of each in part."""
    tree = Tree(Counting(), 0)
    tree.append(LEAVES)
    return tree


@given(st.lists(st.integers(0, 600), max_size=8))
def test_however_leaves_are_appended_the_tiles_are_the_same(parts):
    tree, total = Tree(MemoryStore(), 0), sum(parts)
    for start, part in zip(itertools.accumulate(parts, initial=0), parts, strict=False):
        tree = Tree(tree.store, start)  # as a process begins that knows the store alone
        tree.append(LEAVES[start : start + part])
    assert tree.size == total
    assert tree.root() == root_of(LEAVES[:total])
    assert tree.store.tiles == tree_of(LEAVES[:total]).store.tiles


def test_tiles_hold_what_the_public_format_says():
    tiles = tree_of(LEAVES[:70_000]).store.tiles
    assert tiles[0, 3] == b"".join(LEAVES[3 * 256 : 4 * 256])
    assert len(tiles[0, 273]) == (70_000 - 273 * 256) * 32
    assert tiles[1, 0][32:64] == root_of(LEAVES[256:512])
    assert len(tiles[1, 1]) == (273 - 256) * 32
    assert tiles[2, 0] == root_of(LEAVES[:65_536])
    assert set(tiles) == {(0, n) for n in range(274)} | {(1, 0), (1, 1), (2, 0)}


def test_a_large_tree_proves_every_kind_of_place_and_size(large):
    size = len(LEAVES)
    for index in (0, 1, 255, 256, 65_535, 65_536, 131_071, 131_072, size - 1):
        proof = Tree(large.store, size).inclusion(index)
        assert len(proof) <= 18
        verify_inclusion(LEAVES[index], index, size, proof, large.root())
        assert large.leaf(index) == LEAVES[index]
    for old in (1, 2, 255, 256, 257, 65_536, 131_072, 139_999, size):
        head = root_of(LEAVES[:old])
        assert large.root(old) == head
        verify_consistency(old, size, head, large.root(), large.consistency(old))
        if old > 300:
            proof = large.inclusion(300, old)
            verify_inclusion(LEAVES[300], 300, old, proof, head)


def test_proving_and_appending_touch_few_tiles(large):
    store, size = Counting(), len(LEAVES)
    store.tiles = dict(large.store.tiles)
    Tree(store, size).inclusion(77_777)
    Tree(store, size).consistency(77_777)
    assert store.got <= 12
    store.got = 0
    Tree(store, size).append([LEAVES[0]])
    assert (store.got, store.put_count) == (1, 1)
    Tree(store, size + 1).append(LEAVES[:10_000])
    assert store.put_count <= 1 + 10_000 // 256 + 3


def test_what_a_killed_writer_left_behind_the_size_does_not_count():
    tree = tree_of(LEAVES[:300])
    Tree(tree.store, 300).append(LEAVES[:100])  # of which nobody wrote down the size
    again = Tree(tree.store, 300)
    assert again.root() == root_of(LEAVES[:300])
    again.append(LEAVES[300:310])
    assert again.root() == root_of(LEAVES[:310])
    assert again.leaf(309) == LEAVES[309]


@pytest.mark.parametrize("broken", [b"", b"x", LEAVES[0] * 43, LEAVES[0] * 44 + b"x"])
def test_a_missing_or_short_tile_is_named(broken):
    tree = tree_of(LEAVES[:300])
    tree.store.put(0, 1, broken)
    for use in (tree.root, lambda: tree.inclusion(290), lambda: tree.append([LEAVES[0]])):
        with pytest.raises(TileError, match="Tile 1 of level 0 holds"):
            use()
    assert tree.size == 300


def test_what_is_not_in_the_tree_is_refused():
    tree = tree_of(LEAVES[:5])
    for use in (
        lambda: tree.inclusion(5),
        lambda: tree.inclusion(-1),
        lambda: tree.inclusion(0, 6),
        lambda: tree.inclusion(3, 2),
        lambda: tree.consistency(6),
        lambda: tree.consistency(0),
        lambda: tree.consistency(3, 2),
        lambda: tree.consistency(-1),
        lambda: tree.root(6),
        lambda: tree.leaf(5),
        lambda: inclusion_proof(0, 0, lambda level, index: b""),
        lambda: consistency_proof(2, 1, lambda level, index: b""),
    ):
        with pytest.raises(ValueError, match="leaves"):
            use()
