"""How sure figures are."""

import pytest

from worker.training.intervals import bootstrap
from worker.training.metrics import Measured, MeasuredDocument
from worker.wilson import wilson

KNOBS = {"best": 0.5, "review": 0.5, "given_entities": 0.5}


def measured(number):
    documents = []
    for i in range(number):
        right = i % 2 == 0
        documents.append(
            MeasuredDocument((8, 10, 10), (5, 10, 10), ((0.9, right, "P1"),), (), {"P1": 1})
        )
    return Measured(tuple(documents), 1.0)


def test_it_draws_whole_documents_and_the_same_ones_every_time():
    found = bootstrap(measured(40), **KNOBS)
    assert found == bootstrap(measured(40), **KNOBS)
    assert found["mentions"]["f1"] == [0.8, 0.8]  # every document is alike
    low, high = found["end_to_end"]["precision"]
    assert 0.3 < low < 0.45 < 0.55 < high < 0.7
    assert found["relations_gold_entities"]["f1"] == [0.0, 0.0]


def test_it_is_surer_of_more_documents():
    widths = []
    for number in (20, 320):
        low, high = bootstrap(measured(number), **KNOBS)["end_to_end"]["f1"]
        widths.append(high - low)
    assert widths[1] < widths[0] / 2.5


@pytest.mark.parametrize(
    ("right", "count", "expected"),
    [(0.5, 100, (0.404, 0.596)), (1.0, 8, (0.676, 1.0)), (0.0, 10, (0.0, 0.278)), (0, 0, (0, 1))],
)
def test_it_gives_wilsons_interval_of_a_share(right, count, expected):
    assert wilson(right, count) == pytest.approx(expected, abs=1e-3)
