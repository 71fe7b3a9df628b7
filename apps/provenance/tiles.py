"""A Merkle tree kept in tiles, as in C2SP tlog-tiles: appending and proving in O(log n).

The tile (level, index) holds up to 256 hashes of the tree's level 8 * level, from position
256 * index on. The last tile of a level grows; all others are full and never change. Between two
levels of tiles, the hashes are computed from those below.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from apps.provenance.merkle import (
    HASH_BYTES,
    consistency_proof,
    inclusion_proof,
    node_hash,
    root_at,
)

TILE_HEIGHT: Final = 8
TILE_HASHES: Final = 1 << TILE_HEIGHT
TILE_BYTES: Final = TILE_HASHES * HASH_BYTES


class TileError(Exception):
    """A tile of the tree is missing or short; the message says which."""


class Store(Protocol):
    """Where tiles are kept."""

    def get(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile, one behind the other; nothing where there is none."""

    def put(self, level: int, index: int, hashes: bytes) -> None:
        """Keep the hashes of a tile, in place of those that it had."""


class MemoryStore:
    """Tiles of a tree that is not kept."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}

    def get(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile, one behind the other; nothing where there is none."""
        return self.tiles.get((level, index), b"")

    def put(self, level: int, index: int, hashes: bytes) -> None:
        """Keep the hashes of a tile, in place of those that it had."""
        self.tiles[level, index] = hashes


class Tree:
    """The tree of the first ``size`` leaves of a store. It remembers the tiles that it read."""

    def __init__(self, store: Store, size: int) -> None:
        self.store = store
        self.size = size
        self._read: dict[tuple[int, int], bytes] = {}

    def append(self, hashes: Iterable[bytes]) -> None:
        """Append leaves, given by their hashes.

        Each full tile is put once, as soon as it is full, and at the end the last tile of every
        level that grew: for n leaves about n / 255 + log256(size) tiles. Raises TileError where the
        last tile of a level does not hold what a tree of this size has.
        """
        growing: list[bytearray] = []
        count = self.size
        grown: set[int] = set()
        for hash_ in hashes:
            self._grow(growing, grown, 0, count, hash_)
            count += 1
        for level in sorted(grown):
            at = (count >> (TILE_HEIGHT * level)) // TILE_HASHES
            if growing[level]:
                self.store.put(level, at, bytes(growing[level]))
        self.size = count
        self._read.clear()

    def _grow(
        self, growing: list[bytearray], grown: set[int], level: int, count: int, hash_: bytes
    ) -> None:
        """Put a hash at position ``count`` of a level of tiles, and what it completes above."""
        if level == len(growing):
            index, held = divmod(count, TILE_HASHES)
            growing.append(bytearray(self._tile(level, index, held)[: held * HASH_BYTES]))
        tile = growing[level]
        tile += hash_
        grown.add(level)
        if len(tile) == TILE_BYTES:
            full = bytes(tile)
            self.store.put(level, count // TILE_HASHES, full)
            tile.clear()
            self._grow(growing, grown, level + 1, count // TILE_HASHES, _top(full))

    def root(self, size: int | None = None) -> bytes:
        """Return the tree head, or the one when the tree had ``size`` leaves."""
        return root_at(self._within(size), self._node)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf stands at ``index`` in the tree of ``size`` leaves."""
        return inclusion_proof(index, self._within(size), self._node)

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the tree of ``size`` leaves begins with the one of old_size."""
        return consistency_proof(old_size, self._within(size), self._node)

    def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf."""
        if not 0 <= index < self.size:
            raise ValueError(f"a tree of {self.size} leaves has no leaf {index}")
        return self._node(0, index)

    def _within(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")
        return size

    def _node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree at ``index`` of a level of the tree."""
        row, height = divmod(level, TILE_HEIGHT)
        at, first = divmod(index << height, TILE_HASHES)
        end = first + (1 << height)
        tile = self._tile(row, at, end)
        return _top(tile[first * HASH_BYTES : end * HASH_BYTES])

    def _tile(self, level: int, index: int, least: int) -> bytes:
        """Return a tile that holds at least so many hashes. Raises TileError."""
        tile = self._read.get((level, index), b"")
        if len(tile) < least * HASH_BYTES:
            tile = self._read[level, index] = bytes(self.store.get(level, index))
        if len(tile) < least * HASH_BYTES or len(tile) % HASH_BYTES or len(tile) > TILE_BYTES:
            raise TileError(
                f"Tile {index} of level {level} holds {len(tile)} bytes, where {least} hashes of "
                f"{HASH_BYTES} bytes must be."
            )
        return tile


def tree_of(hashes: Iterable[bytes]) -> Tree:
    """Return a tree in memory over leaves given by their hashes."""
    tree = Tree(MemoryStore(), 0)
    tree.append(hashes)
    return tree


def _top(hashes: bytes) -> bytes:
    """Return the head over 2**n hashes."""
    level = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(level) > 1:
        level = [node_hash(*level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0]
