"""The figures of a run."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apps.evaluation.models import Result, Run
from apps.evaluation.services.kinds.measures import MEASURES, Side
from apps.evaluation.services.runs import intervals
from apps.evaluation.services.runs.curves import (
    calibration,
    latencies,
    risk_coverage,
)
from apps.evaluation.services.runs.figures import figures_of, told_of

RIGHT = Side("right", False, 1.0, 2, 2, 2, 2, 2, 2)
WRONG = Side("wrong", False, 0.0, 2, 1, 0, 1, 2, 0)
RIGHTLY_SILENT = Side("right", True, 1.0, nothing_due=True)
WRONGLY_SILENT = Side("abstained", True, gold=1)
MADE_UP = Side("wrong", False, claims=1, nothing_due=True)


def shares_of(sides, seed, measures=MEASURES):
    return intervals.shares_of(sides, seed, measures)


def test_it_measures_what_the_words_say() -> None:
    rows = [RIGHT, RIGHT, WRONG, RIGHTLY_SILENT, WRONGLY_SILENT, MADE_UP]
    shares = shares_of(rows, seed=1)
    assert {name: one["value"] for name, one in shares.items()} == {
        "right": 0.5,
        "wrong": pytest.approx(1 / 3, abs=1e-6),
        "f1": 0.5,
        "uncited": pytest.approx(2 / 7, abs=1e-6),
        "abstention_precision": 0.5,
        "abstention_recall": 0.5,
        "citation_precision": 0.8,
        "citation_recall": pytest.approx(4 / 7, abs=1e-6),
    }
    assert shares["uncited"]["n"] == 7


def test_it_has_no_measure_of_nothing() -> None:
    shares = shares_of([], seed=1)
    assert set(shares) == set(MEASURES)
    assert all(one == {"value": None, "interval": None, "n": 0} for one in shares.values())
    assert shares_of([RIGHT], seed=1)["abstention_precision"]["interval"] is None


def test_its_intervals_are_those_of_drawing_case_by_case() -> None:
    rows = [RIGHT] * 60 + [WRONG] * 40
    low, high = shares_of(rows, seed=3)["right"]["interval"]
    made = np.random.default_rng(5)
    draws = made.choice([1.0] * 60 + [0.0] * 40, size=(4000, 100)).mean(axis=1)
    assert [low, high] == pytest.approx(np.percentile(draws, [2.5, 97.5]).tolist(), abs=0.02)


def test_a_share_of_none_or_all_is_no_point() -> None:
    shares = shares_of([RIGHT] * 20, seed=3)
    for measure in ("right", "f1", "citation_precision"):
        assert shares[measure]["interval"] == [0.838875, 1.0]
    for measure in ("wrong", "uncited"):
        assert shares[measure]["interval"] == [0.0, 0.161125]
    assert shares_of([RIGHT] * 2000, seed=3)["right"]["interval"] == [0.998083, 1.0]
    assert shares_of([WRONG], seed=3)["right"]["interval"] == [0.0, 0.793451]


def test_what_counts_by_more_than_a_case_is_drawn() -> None:
    """Two facts of one case do not come alone: the interval is that of 100 cases, not of 200."""
    low, high = shares_of([RIGHT] * 50 + [WRONG] * 50, seed=3)["citation_recall"]["interval"]
    assert low < 0.42 < 0.58 < high


def test_its_intervals_are_the_same_with_the_same_seed() -> None:
    rows = [RIGHT] * 997 + [WRONG] * 641
    assert shares_of(rows, seed=3) == shares_of(rows, seed=3)
    assert shares_of(rows, seed=3) != shares_of(rows, seed=4)


def test_it_draws_100_000_cases_at_once() -> None:
    began = time.perf_counter()
    shares_of([RIGHT] * 70_000 + [WRONG] * 20_000 + [MADE_UP] * 10_000, seed=1)
    assert time.perf_counter() - began < 5


def test_it_lets_cases_of_one_score_in_together() -> None:
    scored = [(0.9, True), (0.5, True), (0.5, False), (0.1, False)]
    assert risk_coverage(scored, asked=8) == [
        [0.125, 0.0], [0.375, pytest.approx(1 / 3, abs=1e-6)], [0.5, 0.5],
    ]  # fmt: skip
    assert risk_coverage([], asked=8) is None
    assert len(risk_coverage([(n / 1000, True) for n in range(1000)], asked=1000) or ()) <= 50


def test_it_bins_scores() -> None:
    assert calibration([(0.95, True), (0.97, False), (1.0, True), (0.05, False)]) == [
        [0.05, 0.0, 1], [pytest.approx(0.973333), pytest.approx(0.666667), 3],
    ]  # fmt: skip
    assert calibration([]) is None


@pytest.mark.django_db
def test_it_breaks_a_run_down(space, alice) -> None:
    from django.utils import timezone

    from tests.apps.evaluation.runs_made import born, make_version

    sources = [{"documents": [7], "people": [alice.pk]}, {"documents": [7]}, {}]
    cases = [born("Ada Brook", "Lindenau", rests_on=one) for one in sources]
    cases[2] |= {"kind": "inverse", "relation": ""}
    version = make_version(space, alice, cases)
    run = Run.objects.create(
        space=space, version=version, asked_by=alice, mode="memory", known_at=timezone.now()
    )
    for case, outcome in zip(version.cases.all(), ("right", "wrong", "abstained"), strict=True):
        Result.objects.create(
            run=run, case=case, outcome=outcome, did_abstain=outcome == "abstained",
            f1=outcome == "right", seconds=0.1 * case.number, score=0.5,
        )  # fmt: skip
    figures = figures_of(run)
    assert figures["by"]["kind"] == [
        {"name": "single", "n": 2, "right": 1, "wrong": 1, "abstained": 0},
        {"name": "inverse", "n": 1, "right": 0, "wrong": 0, "abstained": 1},
    ]
    assert [row["name"] for row in figures["by"]["relation"]] == ["place of birth"]
    assert figures["by"]["source"] == [
        {"name": "7", "n": 2, "right": 1, "wrong": 1, "abstained": 0}
    ]
    assert [row["name"] for row in figures["by"]["reviewer"]] == [str(alice.pk)]
    assert figures["latency_ms"] == {"p50": 200.0, "p95": 300.0}
    assert figures["latencies"] == [[100, 1], [200, 1], [500, 1]]
    assert figures["risk_coverage"] == [[pytest.approx(2 / 3, abs=1e-6), 0.5]]
    assert set(told_of(figures)) == {
        "n", "right", "partly", "wrong", "abstained", "refused", "latency_ms", "shares",
    }  # fmt: skip


def test_it_counts_cases_that_take_no_time() -> None:
    assert latencies([0.0001, 0.0]) == [[1.0, 2]]
    assert latencies([0.0001, 0.0015]) == [[1.0, 1], [2.0, 1]]
    assert latencies([]) == []
