"""Scores as probabilities: the signs of a triple, and the regression over them."""

import math

import pytest
import torch

from worker.heads.encoder.extractor import UNKNOWN_TYPE
from worker.heads.encoder.pair_scores import takes
from worker.heads.encoder.scoring import (
    BOUND,
    SIGNS,
    ReadPairs,
    Scoring,
    claimed,
    fit,
    rivals,
    signs,
)
from worker.types import ENTITY_TYPES, RelationSpec


def test_a_relations_rival_is_the_best_of_the_others():
    found = rivals(torch.tensor([[3.0, 1.0, -2.0]]))
    assert found.tolist() == [[1.0, 3.0, 3.0]]
    assert rivals(torch.tensor([[3.0]])).tolist() == [[-BOUND]]


def test_signs_are_bounded_and_stand_in_their_order():
    made = signs(
        ReadPairs(
            torch.tensor([[0, 1]]),
            margins=torch.tensor([[100.0, -100.0]]),
            expected=torch.tensor([[1.0, 2.0]]),
            chances=torch.tensor([0.5]),
            apart=torch.tensor([2]),
            fits=torch.tensor([[True, False]]),
        )
    )
    assert made.shape == (1, 2, len(SIGNS))
    first = dict(zip(SIGNS, made[0, 0].tolist(), strict=True))
    assert first["margin"] == BOUND
    assert first["expected"] == 1.0
    assert first["mood"] == pytest.approx(math.log(0.5))
    assert first["apart"] == 2.0
    assert first["claimed"] == 0.0
    assert made[0, :, SIGNS.index("fits")].tolist() == [1.0, 0.0]


def test_a_pair_in_fewer_sentences_claims_what_both_share():
    # Anna 0 was born in Oslo 1. Erik 2 was born in Turku 3.
    pairs = torch.tensor([[0, 1], [2, 3], [0, 3], [2, 1], [0, 2]])
    margins = torch.tensor([[5.0], [4.0], [1.0], [2.0], [-3.0]])
    apart = torch.tensor([0, 0, 1, 1, 1])
    assert claimed(pairs, margins, apart).squeeze(1).tolist() == [0.0, 0.0, 5.0, 5.0, 5.0]
    assert claimed(pairs[:0], margins[:0], apart[:0]).shape == (0, 1)
    # What a nearer pair speaks against, it does not claim.
    assert claimed(pairs, -margins.abs(), apart).squeeze(1).tolist() == [0.0] * 5


def test_a_fitted_score_is_the_share_that_is_right():
    torch.manual_seed(1)
    found = torch.randn(4000, len(SIGNS))
    chance = (1.5 * found[:, 0] - found[:, 3] - 0.5).sigmoid()
    right = torch.rand(4000) < chance
    scored = fit(found, right)(found)
    for low in (0.1, 0.4, 0.7):
        inside = (scored >= low) & (scored < low + 0.2)
        assert float(right[inside].float().mean()) == pytest.approx(
            float(scored[inside].mean()), abs=0.06
        )


def test_a_manifest_without_a_sign_leaves_it_out():
    scoring = Scoring.of({"margin": 1.0, "offset": 0.0})
    assert scoring(torch.tensor([2.0, *[9.0] * (len(SIGNS) - 1)])).item() == pytest.approx(
        0.8808, abs=1e-4
    )


def test_a_relation_takes_the_types_that_it_names():
    born = RelationSpec("1", "born", subject_types=("PER",), object_types=("LOC", "MISC"))
    table = takes([born, RelationSpec("2", "anything")])
    person, place = ENTITY_TYPES.index("PER"), ENTITY_TYPES.index("LOC")
    assert table[person, place].tolist() == [True, True]
    assert table[place, person].tolist() == [False, True]
    assert table[UNKNOWN_TYPE, place].tolist() == [True, True]
