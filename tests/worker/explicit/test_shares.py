from __future__ import annotations

import pytest
import torch

from worker.explicit.shares import Shares, UnfitShares


def step(*values):
    """Shares (1, 1, M) of one query."""
    return torch.tensor([[values]])


def test_it_adds_up_the_kept_tokens_of_each_memory():
    shares = Shares([2, 1])
    shares.note({0: step(0.1, 0.2, 0.3), 1: step(0.0, 0.0, 0.1)})
    (group,) = shares.groups(1)
    assert (group.first, group.last) == (0, 1)
    assert group.memories == pytest.approx((0.15, 0.2))
    assert group.context == pytest.approx(0.65)


def test_it_takes_the_mean_over_the_tokens_of_an_answer():
    shares = Shares([1])
    shares.note({0: step(0.2)})
    shares.note({0: step(0.6)})
    assert shares.groups(1)[0].memories == pytest.approx((0.4,))
    whole = Shares([1])
    whole.note({0: torch.tensor([[[0.9], [0.2], [0.6]]])}, last=2)  # the prompt is left out
    assert whole.groups(1) == shares.groups(1)


def test_it_tells_groups_of_layers_apart():
    shares = Shares([1])
    shares.note({layer: step(layer / 10) for layer in range(5)})
    assert [(one.first, one.last) for one in shares.groups(2)] == [(0, 2), (3, 4)]
    assert [one.memories[0] for one in shares.groups(2)] == pytest.approx([0.1, 0.35])
    assert len(shares.groups(9)) == 5


def test_it_reads_its_own_row_without_padding():
    shares = Shares([1])
    shares.note({0: torch.tensor([[[0.9, 0.1]], [[0.3, 0.0]]])}, row=1)
    assert shares.groups(1)[0].memories == pytest.approx((0.3,))


def test_it_tells_of_a_memory_without_tokens_that_it_drew_nothing():
    shares = Shares([0, 1])
    shares.note({0: step(0.5)})
    assert shares.groups(1)[0].memories == (0.0, 0.5)


@pytest.mark.parametrize(("tokens", "more"), [([3], {}), ([1], {"row": 1}), ([1], {"last": 2})])
def test_it_refuses_shares_of_something_else(tokens, more):
    with pytest.raises(UnfitShares, match="are not among them"):
        Shares(tokens).note({0: step(0.1, 0.2)}, **more)


def test_it_refuses_to_tell_of_nothing():
    with pytest.raises(UnfitShares, match="No shares"):
        Shares([1]).groups(1)
