"""Against the public vectors of transparency-dev, and a tree written as RFC 9162 defines it."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from apps.provenance.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    leaf_hash,
    node_hash,
    root_of,
    root_of_full,
    verify_consistency,
    verify_inclusion,
)
from apps.provenance.tiles import tree_of

VECTORS = Path(settings.BASE_DIR).parent / "shared" / "data" / "merkle"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the public vectors are not here")
SIZES = st.integers(min_value=0, max_value=70)


def vectors(name):
    path = VECTORS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def decoded(text):
    return base64.b64decode(text or "")


def hashes(size):
    return [leaf_hash(str(number).encode()) for number in range(size)]


# RFC 9162, section 2.1, word for word.


def mth(leaves):
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, known):
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


@needs_vectors
def test_the_public_vectors_are_all_there():
    for name in ("inclusion", "consistency"):
        assert len(vectors(name)) == 98
        assert {vector["wantErr"] for vector in vectors(name)} == {True, False}


@pytest.mark.parametrize("vector", vectors("inclusion"), ids=lambda vector: vector["case"])
def test_it_judges_inclusion_as_the_public_vectors_do(vector):
    proof = [decoded(one) for one in vector["proof"] or []]
    given_ = (decoded(vector["leafHash"]), vector["leafIdx"], vector["treeSize"])
    if not vector["wantErr"]:
        verify_inclusion(*given_, proof, decoded(vector["root"]))
        return
    with pytest.raises(ProofError):
        verify_inclusion(*given_, proof, decoded(vector["root"]))


@pytest.mark.parametrize("vector", vectors("consistency"), ids=lambda vector: vector["case"])
def test_it_judges_consistency_as_the_public_vectors_do(vector):
    proof = [decoded(one) for one in vector["proof"] or []]
    roots = (decoded(vector["root1"]), decoded(vector["root2"]))
    if not vector["wantErr"]:
        verify_consistency(vector["size1"], vector["size2"], *roots, proof)
        return
    with pytest.raises(ProofError):
        verify_consistency(vector["size1"], vector["size2"], *roots, proof)


def test_leaves_nodes_and_the_empty_tree_have_the_hashes_of_the_standard():
    # The tree of the test data of RFC 6962 implementations: d0 is the empty leaf, d1 is 0x00.
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert EMPTY_ROOT.hex() == root_of([]).hex() == empty
    leaf = leaf_hash(b"")
    assert leaf.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    both = root_of([leaf, leaf_hash(b"\x00")])
    assert both == node_hash(leaf, leaf_hash(b"\x00"))
    assert both.hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


@given(SIZES)
def test_a_frontier_has_the_head_of_every_size_on_its_way(size):
    frontier, leaves = Frontier(), hashes(size)
    for number in range(size + 1):
        assert (frontier.size, frontier.root()) == (number, mth(leaves[:number]))
        if number < size:
            frontier.add(leaves[number])


@given(st.integers(0, 9), st.integers(0, 3), st.integers(0, 9))
def test_a_frontier_takes_whole_subtrees(before, level, after):
    width = 1 << level
    leaves = hashes((before + 1) * width + after)
    frontier = Frontier()
    for hash_ in leaves[: before * width]:
        frontier.add(hash_)
    of_subtree = leaves[before * width : (before + 1) * width]
    assert root_of_full(of_subtree) == mth(of_subtree)
    frontier.add_subtree(root_of_full(of_subtree), level)
    for hash_ in leaves[(before + 1) * width :]:
        frontier.add(hash_)
    assert (frontier.size, frontier.root()) == (len(leaves), mth(leaves))


def test_a_subtree_stands_where_it_can_begin():
    frontier = Frontier()
    frontier.add(hashes(1)[0])
    with pytest.raises(ValueError, match="no subtree of level 2 begins at leaf 1"):
        frontier.add_subtree(hashes(1)[0], 2)


@given(st.data(), SIZES.filter(bool))
def test_proofs_of_inclusion_are_those_of_the_standard(data, size):
    index = data.draw(st.integers(0, size - 1))
    proof = tree_of(hashes(size)).inclusion(index)
    assert proof == path(index, hashes(size))
    assert len(proof) <= (size - 1).bit_length()
    verify_inclusion(hashes(size)[index], index, size, proof, mth(hashes(size)))


@given(st.data(), SIZES.filter(bool))
def test_proofs_of_consistency_are_those_of_the_standard(data, new):
    old = data.draw(st.integers(1, new))
    proof = tree_of(hashes(new)).consistency(old)
    assert proof == subproof(old, hashes(new), True)
    verify_consistency(old, new, mth(hashes(old)), mth(hashes(new)), proof)


def test_two_empty_trees_are_the_same():
    assert tree_of([]).consistency(0) == []
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])


@given(st.data(), st.integers(2, 40))
def test_a_proof_of_inclusion_of_which_anything_changes_does_not_hold(data, size):
    index = data.draw(st.integers(0, size - 1))
    proof, root = path(index, hashes(size)), mth(hashes(size))
    leaf = hashes(size)[index]
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    other_index = data.draw(st.integers(-3, size + 3).filter(lambda one: one != index))
    wrong = [
        (leaf, index, size, changed(proof, at, bit), root),
        (leaf, index, size, proof[:-1], root),
        (leaf, index, size, [*proof, leaf], root),
        (leaf, index, size, [leaf, *proof], root),
        (flipped(leaf, bit), index, size, proof, root),
        (leaf, index, size, proof, flipped(root, bit)),
        (leaf, other_index, size, proof, root),
        (leaf[:-1], index, size, proof, root),
    ]
    for one in wrong:
        with pytest.raises(ProofError):
            verify_inclusion(*one)


@given(st.data(), st.integers(2, 40))
def test_a_proof_of_consistency_of_which_anything_changes_does_not_hold(data, new):
    old = data.draw(st.integers(1, new - 1))
    proof = subproof(old, hashes(new), True)
    roots = mth(hashes(old)), mth(hashes(new))
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    wrong = [
        (old, new, *roots, changed(proof, at, bit)),
        (old, new, *roots, proof[:-1]),
        (old, new, *roots, [*proof, roots[0]]),
        (old, new, *roots, [roots[0], *proof]),
        (old, new, flipped(roots[0], bit), roots[1], proof),
        (old, new, roots[0], flipped(roots[1], bit), proof),
        (old, new, roots[0][1:], roots[1], proof),
        (new, old, *roots, proof),
        (-1, new, *roots, proof),
        (new, new, *roots, []),
        (new, new, roots[1], roots[1], proof),
        (0, new, EMPTY_ROOT, roots[1], []),
        (0, new, EMPTY_ROOT, roots[1], proof),
        (0, 0, roots[0], roots[0], []),
    ]
    for one in wrong:
        with pytest.raises(ProofError):
            verify_consistency(*one)


def changed(proof, at, bit):
    return [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]


def flipped(hash_, bit):
    return (int.from_bytes(hash_) ^ (1 << bit)).to_bytes(32)
