from __future__ import annotations

import random

import pytest

from worker.training.causal.batches import by_tokens, split, steps, weight
from worker.training.causal.sequences import CALL, TokenTree
from worker.training.causal.settings import RunConfig


def rows(*lengths, value=1.0):
    made = []
    for length in lengths:
        row = TokenTree()
        row.add(list(range(length)), CALL, value)
        made.append(row)
    return made


def test_it_puts_no_more_tokens_into_a_batch_than_it_may_hold_padding_counted():
    lengths = random.Random(3).choices(range(1, 60), k=200)
    batches = by_tokens(rows(*lengths), 100)
    assert [len(row) for batch in batches for row in batch] == lengths
    assert all(len(b) * max(map(len, b)) <= 100 for b in batches)
    assert [len(b) for b in by_tokens(rows(150, 150, 10), 100)] == [1, 1, 1]


def test_it_gives_each_step_so_many_sequences_or_so_many_batches():
    sizes = [10] * 50
    by_batch = RunConfig("read", "", tokens=40, batch=12)
    made = list(steps(iter(rows(*sizes)), by_batch, random.Random(1)))
    assert [sum(map(len, group)) for group in made] == [12, 12, 12, 12, 2]
    by_lots = RunConfig("read", "", tokens=40, accumulate=3)
    made = list(steps(iter(rows(*sizes)), by_lots, random.Random(1)))
    assert [len(group) for group in made] == [3, 3, 3, 3, 1]


def test_it_passes_over_what_has_nothing_to_learn():
    config = RunConfig("read", "", tokens=40, longest=5)
    unlearnt = rows(10, value=0.0)[0]
    late = rows(5, value=0.0)[0]
    late.add([1, 2], CALL, 1.0)  # beyond what is kept
    assert list(steps(iter([unlearnt, late]), config, random.Random(1))) == []


def test_an_epoch_is_the_same_whenever_it_is_asked_for():
    config = RunConfig("read", "", tokens=100)
    lengths = random.Random(5).choices(range(1, 60), k=100)
    one, same, other = (
        [[[len(r) for r in b] for b in group]
         for group in steps(iter(rows(*lengths)), config, random.Random(seed))]
        for seed in (1, 1, 2)
    )  # fmt: skip
    assert one == same != other


@pytest.mark.parametrize(("size", "parts", "made"), [(7, 2, [4, 3]), (1, 4, [1]), (8, 4, [2] * 4)])
def test_it_splits_a_batch(size, parts, made):
    assert [len(part) for part in split(rows(*[3] * size), parts)] == made


def test_the_first_token_has_no_loss():
    assert weight(rows(4, 2)) == 3 + 1
