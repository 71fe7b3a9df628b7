"""Inference laid out for speed gives what the plain modules give."""

import numpy as np
import pytest
import torch

from worker.heads.encoder.base import SharedEncoder, WeightsMissing, lora_config
from worker.heads.encoder.bilinear import Bilinear, integers_help
from worker.heads.encoder.extractor import Entities, ExtractorConfig, WriteExtractor
from worker.heads.encoder.runtime import MOST_PAIRS, FrozenEncoder, near_pairs, pair_vectors

SIZES = (7, 31, 12)


@pytest.fixture(scope="module")
def shared():
    made = SharedEncoder()
    model = made.add_adapter("trial", lora_config(4, 8))
    torch.manual_seed(5)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.02)
    return made


@pytest.fixture(scope="module")
def extractor():
    torch.manual_seed(6)
    config = ExtractorConfig(pair=16, triangle=4, tagging=16, same=8)
    model = WriteExtractor(config, torch.randn(2, 384))
    for layer in (model.triangle.out, model.triangle.back):
        torch.nn.init.normal_(layer.weight, std=0.1)
    return model.eval().requires_grad_(False)


def inputs():
    torch.manual_seed(7)
    return [torch.randint(1000, 20000, (n,)) for n in SIZES], [
        torch.randn(n, 384) * 0.01 for n in SIZES
    ]


def plain(shared, ids, residual):
    mask = torch.ones(1, len(ids), dtype=torch.long)
    with torch.inference_mode():
        return shared.forward(ids[None], mask, "trial", residual=residual[None], attention=True)


@pytest.mark.parametrize("merged", [True, False])
def test_it_encodes_as_the_shared_encoder_does_however_windows_are_laid(shared, merged):
    ids, residuals = inputs()
    together = FrozenEncoder(shared, "trial", merged=merged)(ids, residuals)
    for one, residual, found in zip(ids, residuals, together, strict=True):
        wanted = plain(shared, one, residual)
        assert torch.allclose(found.states, wanted.states[0], atol=1e-4)
        weights = torch.zeros(2, len(one))
        weights[0, 1:3], weights[1, 4] = 0.5, 1.0
        assert torch.allclose(found.look(weights), weights @ wanted.attention[0], atol=1e-5)


def test_it_encodes_without_an_adapter_and_refuses_an_unknown_one(shared):
    ids, _ = inputs()
    mask = torch.ones(1, len(ids[0]), dtype=torch.long)
    with torch.inference_mode():
        wanted = shared.forward(ids[0][None], mask).states[0]
    assert torch.allclose(FrozenEncoder(shared)(ids[:1])[0].states, wanted, atol=1e-4)
    with pytest.raises(WeightsMissing):
        FrozenEncoder(shared, "nobody")


def test_it_scores_pairs_as_the_extractor_does(shared, extractor, monkeypatch):
    ids, residuals = inputs()
    window = FrozenEncoder(shared, "trial")(ids[1:2], residuals[1:2])[0]
    wanted = plain(shared, ids[1], residuals[1])
    entities = Entities(
        ((1, 3), (5, 6), (8, 11), (20, 22)),
        ((0, 2), (1,), (3,)),
        torch.tensor([0, 3, 2]),
        torch.tensor([[0, 1, 2], [5, 0, 1], [6, 7, 0]]),
    )
    layer = extractor.bilinear
    exact = Bilinear(layer.weight, layer.bias, block=32, quantised=False)
    full = extractor.pairs(wanted.states[0], wanted.attention[0], entities)
    apart = ~torch.eye(3, dtype=torch.bool)
    for at_once in (256, 2):
        monkeypatch.setattr("worker.heads.encoder.runtime.PAIRS_AT_ONCE", at_once)
        found = pair_vectors(extractor, exact, window, entities)
        assert len(found.vectors) == int(apart.sum())
        wanted_pairs = full[found.subjects, found.objects]
        assert torch.allclose(found.vectors, wanted_pairs, atol=1e-4)


def test_it_scores_the_nearest_pairs_of_a_crowded_window(monkeypatch):
    spans = tuple((at, at + 1) for at in (1, 2, 9, 10, 30))
    groups = ((0, 4), (1,), (2,), (3,))
    crowd = Entities(spans, groups, torch.zeros(4, dtype=torch.long), torch.zeros(4, 4))
    monkeypatch.setattr("worker.heads.encoder.runtime.MOST_PAIRS", 3)
    one, other = near_pairs(crowd)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 3)]
    monkeypatch.setattr("worker.heads.encoder.runtime.MOST_PAIRS", 6)
    assert len(near_pairs(crowd)[0]) == 6


@pytest.mark.parametrize("number", [65, 250])
def test_its_work_on_a_window_does_not_grow_with_the_square_of_its_entities(
    shared, extractor, number
):
    ids = [torch.randint(1000, 20000, (510,))]
    window = FrozenEncoder(shared)(ids)[0]
    crowd = Entities(
        tuple((2 * at, 2 * at + 1) for at in range(1, number + 1)),
        tuple((at,) for at in range(number)),
        torch.zeros(number, dtype=torch.long),
        torch.zeros(number, number, dtype=torch.long),
    )
    asked = []

    def counted(s, o):
        asked.append(len(s))
        return s[:, :16] * o[:, :16]

    found = pair_vectors(extractor, counted, window, crowd)
    assert sum(asked) == 2 * MOST_PAIRS == len(found.vectors)


@pytest.mark.skipif(not integers_help(), reason="8-bit products are used on x86-64 alone")
def test_it_rounds_a_pair_by_itself_and_not_far(extractor):
    torch.manual_seed(8)
    s, o = torch.randn(50, 384).tanh(), torch.randn(50, 384).tanh()
    s[0] = o[0] = 1.0  # the largest sums
    layer = extractor.bilinear
    exact = Bilinear(layer.weight, layer.bias, block=32, quantised=False)(s, o)
    whole = Bilinear(layer.weight, layer.bias, block=32, quantised=True)
    found = whole(s, o)
    assert float((found - exact)[1:].std() / exact[1:].std()) < 0.03
    assert torch.allclose(found[0], exact[0], atol=0.05)
    # Of another number of rows a processor may add up in another order, and no more.
    assert np.allclose(found[7:9].numpy(), whole(s[7:9], o[7:9]).numpy(), atol=1e-5)
