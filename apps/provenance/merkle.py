"""Merkle trees of RFC 9162, section 2.1: hashes, tree heads, proofs, and checking them.

Nothing is stored here. Who makes a proof hands over ``nodes``, which tells the hash of any complete
subtree; who checks one needs the proof alone. Every hash is the 32 bytes of a SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

# nodes(level, index): the hash of the subtree over the leaves index * 2**level and the
# 2**level - 1 behind it. It is only asked for subtrees of which every leaf is there.
Nodes = Callable[[int, int], bytes]


class ProofError(Exception):
    """A proof does not hold; the message says why in one sentence."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash under which ``leaf`` stands in a tree."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree of which only the heads of its complete subtrees are kept: log2(n) hashes."""

    __slots__ = ("_heads", "size")

    def __init__(self) -> None:
        self.size = 0
        self._heads: list[bytes] = []  # of the complete subtrees, from the largest to the smallest

    def add(self, hash_: bytes) -> None:
        """Append a leaf, given by its hash."""
        size, heads = self.size, self._heads
        while size & 1:
            hash_ = node_hash(heads.pop(), hash_)
            size >>= 1
        heads.append(hash_)
        self.size += 1

    def add_subtree(self, hash_: bytes, level: int) -> None:
        """Append the 2**level leaves of a complete subtree, given by its head. Raises ValueError
        where it cannot stand there."""
        size, rest = divmod(self.size, 1 << level)
        if rest:
            raise ValueError(f"no subtree of level {level} begins at leaf {self.size}")
        while size & 1:
            hash_ = node_hash(self._heads.pop(), hash_)
            size >>= 1
        self._heads.append(hash_)
        self.size += 1 << level

    def copy(self) -> Frontier:
        """Return a tree of its own that goes on from here."""
        other = Frontier()
        other.size, other._heads = self.size, list(self._heads)
        return other

    def root(self) -> bytes:
        """Return the tree head over what was added so far."""
        return _joined(self._heads)


def root_of_full(hashes: Sequence[bytes]) -> bytes:
    """Return the head of a complete subtree, of 2**level leaves given by their hashes."""
    sha256 = hashlib.sha256
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the tree head over leaves given by their hashes."""
    frontier = Frontier()
    for hash_ in hashes:
        frontier.add(hash_)
    return frontier.root()


def root_at(size: int, nodes: Nodes) -> bytes:
    """Return the tree head over the first ``size`` leaves."""
    return _head(0, size, nodes)


def inclusion_proof(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return PATH(index, D[0:size]): at most ceil(log2(size)) hashes.

    Raises ValueError where there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_head(middle, end, nodes))
            end = middle
        else:
            proof.append(_head(start, middle, nodes))
            start = middle
    proof.reverse()
    return proof


def consistency_proof(old_size: int, new_size: int, nodes: Nodes) -> list[bytes]:
    """Return PROOF(old_size, D[0:new_size]), which is empty where the sizes are equal.

    Raises ValueError where the old tree is larger than the new one, or empty: that every tree
    begins with the empty one needs no proof.
    """
    if not 0 <= old_size <= new_size or old_size == 0 < new_size:
        raise ValueError(f"a tree of {new_size} leaves has not grown from one of {old_size}")
    proof = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(_head(middle, end, nodes))
            end = middle
        else:
            proof.append(_head(start, middle, nodes))
            start = middle
    if start:  # where the old tree is one complete subtree, who checks knows its head
        proof.append(_head(start, end, nodes))
    proof.reverse()
    return proof


def verify_inclusion(
    hash_: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf's hash stands at ``index`` in the tree of that size and head.

    RFC 9162, section 2.1.3.2. Raises ProofError.
    """
    _check_hashes([hash_, root, *proof])
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} entries has no entry {index}.")
    for is_left, one in _steps(index, size - 1, proof):
        hash_ = node_hash(one, hash_) if is_left else node_hash(hash_, one)
    if hash_ != root:
        raise ProofError(f"Entry {index} is not in the tree that the head stands for.")


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the new tree begins with the old one.

    RFC 9162, section 2.1.4.2, where an old tree has an entry at least. Raises ProofError.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError(f"A tree of {new_size} entries has not grown from one of {old_size}.")
    if old_size == new_size:
        _check_same(old_size, old_root, new_root, proof)
        return
    if old_size == 0:
        raise ProofError("A head of no entries says nothing of any other tree.")
    _check_hashes([old_root, new_root, *proof])
    if old_size & (old_size - 1) == 0:  # the old tree is one complete subtree
        proof = [old_root, *proof]
    if not proof:
        raise ProofError("The proof of consistency is empty.")
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old, new = proof[0], proof[0]
    for is_left, one in _steps(position, last, proof[1:]):
        if is_left:
            old = node_hash(one, old)
        new = node_hash(one, new) if is_left else node_hash(new, one)
    if old != old_root:
        raise ProofError("The proof of consistency does not lead to the older head.")
    if new != new_root:
        raise ProofError("The proof of consistency does not lead to the newer head.")


def _check_same(size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofError("The proof of consistency holds hashes where none is needed.")
    if old_root != new_root:
        raise ProofError(f"Two trees of {size} entries have different heads.")
    if size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("The head of an empty tree is not that of an empty tree.")


def _steps(position: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Yield the hashes of a proof on the way up, each with whether it stands on the left.

    ``position`` and ``last`` are where the way begins, and where its row of the tree ends. Raises
    ProofError unless the way ends at the top.
    """
    for one in proof:
        if last == 0:
            raise ProofError("The proof holds more hashes than the tree is high.")
        is_left = bool(position & 1) or position == last
        yield is_left, one
        while is_left and not position & 1 and position:
            position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError("The proof holds fewer hashes than the tree is high.")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise ProofError(f"A hash has {len(one)} bytes instead of {HASH_BYTES}.")


def _split(size: int) -> int:
    """Return the largest power of two below ``size``, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _head(start: int, end: int, nodes: Nodes) -> bytes:
    """Return the head over leaves, the first of which begins a subtree at least as large."""
    return _joined([nodes(level, index) for level, index in _complete(start, end)])


def _complete(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the complete subtrees that make up the leaves, from the largest to the smallest."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _joined(heads: Sequence[bytes]) -> bytes:
    """Return the head over complete subtrees that stand side by side."""
    if not heads:
        return EMPTY_ROOT
    *left, head = heads
    for one in reversed(left):
        head = node_hash(one, head)
    return head
