"""Which cases two runs are compared by. Needs no database."""

from __future__ import annotations

import pytest

from apps.evaluation.models import Benchmark, BenchmarkVersion, Run
from apps.evaluation.services.answering.foreseen import NUMBERS
from apps.evaluation.services.comparing import differences_of
from apps.evaluation.services.comparing.pairs import Pairs
from apps.evaluation.services.kinds.measures import Side


@pytest.mark.parametrize(("kind", "left_out"), [("perplexity", 4), ("questions", 0)])
def test_what_has_no_figures_in_one_run_is_left_out_of_both(kind: str, left_out: int) -> None:
    benchmark = Benchmark(kind=kind)
    runs = [Run(version=BenchmarkVersion(benchmark=benchmark)) for _ in range(2)]

    def side(outcome: str, loss: float) -> Side:
        numbers = (loss,) * len(NUMBERS) if outcome != "refused" else (0.0,) * len(NUMBERS)
        return Side(outcome, numbers=numbers)

    kinds = (
        (side("right", 2.0), side("right", 1.0), 3),
        (side("wrong", 9.0), side("refused", 0), 4),
    )
    pairs = Pairs(*runs, kinds)
    assert (pairs.shared, pairs.left_out) == (7, left_out)
    found = {one.name: one for one in differences_of(pairs)}
    if kind == "perplexity":
        assert (found["right"].before, found["right"].after) == (1.0, 1.0)
    else:
        assert (found["right"].before, found["right"].after) == (3 / 7, 3 / 7)
    nothing = differences_of(Pairs(*runs, kinds[1:]))
    assert all(
        (one.change is None) == (kind == "perplexity") for one in nothing if one.name == "right"
    )


@pytest.mark.parametrize(("cases", "tone"), [(1, ""), (5, ""), (6, "bad")])
def test_a_handful_of_cases_shows_nothing_for_certain(cases: int, tone: str) -> None:
    benchmark = Benchmark(kind="questions")
    runs = [Run(version=BenchmarkVersion(benchmark=benchmark)) for _ in range(2)]
    fell = Side("right", f1=1.0), Side("wrong", f1=0.0), cases
    found = {one.name: one for one in differences_of(Pairs(*runs, (fell,)))}
    assert found["f1"].change == -1
    assert {found[name].tone for name in ("right", "wrong", "f1")} == {tone}
