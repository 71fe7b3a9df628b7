from __future__ import annotations

import pytest
import torch

from worker.explicit.encode import Memory
from worker.explicit.quantise import Codebook, UnfitVectors, learnt, learnt_from


def vectors(count=400, size=16, seed=0):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def test_it_gives_back_what_it_has_a_centre_for():
    given = vectors(count=200)  # fewer than there may be centres
    book = learnt(given, 4)
    torch.testing.assert_close(book.vectors(book.codes(given)), given)


def test_it_takes_a_byte_for_each_part_in_any_shape():
    book = learnt(vectors(), 4)
    memory = vectors(2 * 3 * 5).reshape(2, 3, 5, 16)
    codes = book.codes(memory)
    assert (codes.shape, codes.dtype) == ((2, 3, 5, 4), torch.uint8)
    assert book.vectors(codes).shape == memory.shape
    assert book.bytes == 4 * 256 * 4 * 4


def test_it_loses_less_in_more_parts_and_less_than_by_the_mean():
    given = vectors(3000)
    lost = [
        float((book.vectors(book.codes(given)) - given).square().mean())
        for book in (learnt(given, parts, rounds=4) for parts in (2, 4, 8))
    ]
    assert lost[2] < lost[1] < lost[0] < float(given.var())


def test_it_gets_nearer_by_rounds():
    given = vectors(2000)
    lost = [
        float((book.vectors(book.codes(given)) - given).square().mean())
        for book in (learnt(given, 2, rounds=rounds) for rounds in (0, 8))
    ]
    assert lost[1] < 0.95 * lost[0]


def test_it_learns_the_same_from_the_same_seed():
    first, again, other = (learnt(vectors(), 4, rounds=2, seed=seed).centres for seed in (7, 7, 8))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("parts", [0, 3])
def test_it_refuses_parts_of_unequal_size(parts):
    with pytest.raises(UnfitVectors, match="equal parts"):
        learnt(vectors(), parts)


def test_it_refuses_to_learn_from_nothing_or_from_no_numbers():
    with pytest.raises(UnfitVectors, match="equal parts"):
        learnt(torch.zeros(0, 16), 4)
    with pytest.raises(UnfitVectors, match="numbers are none"):
        learnt(torch.full((4, 16), torch.nan), 4)


def test_it_refuses_vectors_and_codes_of_another_book():
    book = Codebook(torch.zeros(4, 2, 4))
    with pytest.raises(UnfitVectors, match="have no codes"):
        book.codes(torch.zeros(3, 12))
    with pytest.raises(UnfitVectors, match="below 2"):
        book.vectors(torch.full((3, 4), 2, dtype=torch.uint8))
    with pytest.raises(UnfitVectors, match="4 for a vector"):
        book.vectors(torch.zeros(3, 5, dtype=torch.uint8))


def memory(seed=0, layers=2, heads=3, tokens=40):
    rng = torch.Generator().manual_seed(seed)
    sides = (torch.randn(layers, heads, tokens, 16, generator=rng) for _ in range(2))
    return Memory(
        tuple(range(layers)), *sides, torch.zeros(layers, heads, tokens, dtype=torch.long)
    )


def test_a_memory_comes_back_as_its_layers_and_heads_were_learnt():
    few = [memory(seed) for seed in range(3)]  # as many centres as there are vectors
    books = learnt_from(few, 4)
    back = books.restored(few[1])
    torch.testing.assert_close(back.keys, few[1].keys)
    torch.testing.assert_close(back.values, few[1].values)
    assert torch.equal(back.places, few[1].places)
    assert books.bytes_of(few[1]) == 2 * 3 * 40 * 2 * 4
    assert books.bytes == 2 * (2 * 3) * 4 * 120 * 4 * 4


def test_what_was_not_learnt_comes_back_nearer_in_more_parts():
    learning, other = [memory(seed) for seed in range(10)], memory(99)
    lost = [
        float((learnt_from(learning, parts, rounds=3).restored(other).keys - other.keys).norm())
        for parts in (1, 4, 16)
    ]
    assert lost[2] < lost[1] < lost[0] < 1.4 * float(other.keys.norm())


def test_it_refuses_memories_of_other_layers_and_none():
    with pytest.raises(UnfitVectors, match="no memory"):
        learnt_from([], 4)
    with pytest.raises(UnfitVectors, match=r"each of \(1, 3\)"):
        learnt_from([memory()], 4).restored(memory(layers=1))
