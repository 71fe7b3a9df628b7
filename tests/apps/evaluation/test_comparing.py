"""Differences of runs against values computed by hand, and what cannot be compared."""

from __future__ import annotations

import math
import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.evaluation.forms.runs import CompareForm
from apps.evaluation.models import Benchmark, Run
from apps.evaluation.services.comparing import (
    CannotCompare,
    check_comparable,
    differences_of,
    flips_count,
    flips_of,
    pair_up,
)
from apps.evaluation.services.comparing.significance import mcnemar
from tests.apps.evaluation.evaluated import (
    make_benchmark,
    make_finished,
    make_run,
    make_version,
    questions,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def benchmark(space: Space, dave: User) -> Benchmark:
    return make_benchmark(space, dave)


@pytest.fixture
def two(benchmark: Benchmark, dave: User) -> tuple[Run, Run]:
    """Of six cases the first run has 1, 2, 3 and 6 right, the second 1, 4 and 6."""
    version = make_version(benchmark, questions(6))
    first = make_finished(version, dave, ["right", "right", "right", "wrong", "abstained", "right"])
    second = make_finished(
        version, dave, ["right", "wrong", "abstained", "right", "partly", "right"]
    )
    return first, second


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),  # 2 * 1/2
        (5, 0, 0.0625),  # 2 * 1/32
        (6, 0, 0.03125),
        (1, 7, 18 / 256),  # 2 * (1 + 8) / 2**8
        (3, 3, 1.0),
        (2, 10, 2 * (1 + 12 + 66) / 2**12),
    ],
)
def test_it_computes_mcnemars_exact_test(one: int, other: int, p: float) -> None:
    assert mcnemar(one, other) == pytest.approx(p)
    assert mcnemar(other, one) == pytest.approx(p)


def test_it_computes_the_exact_test_of_many_cases() -> None:
    wanted = 2 * sum(math.comb(400, i) for i in range(171)) / 2**400
    assert mcnemar(170, 230) == pytest.approx(wanted, rel=1e-9)
    assert mcnemar(20_000, 20_600) == pytest.approx(0.0029, abs=0.0002)  # z = 2.98
    assert mcnemar(0, 50_000) == 0.0


def test_it_pairs_the_cases_and_counts_who_is_right(two: tuple[Run, Run]) -> None:
    pairs = pair_up(*two)
    assert pairs.shared == 6
    assert (pairs.only_base_right, pairs.only_other_right) == (2, 1)


def test_it_measures_as_the_runs_themselves_do(two: tuple[Run, Run]) -> None:
    """Cases 3 and 6 have no answer; the second run abstains on case 3 as it should, but the maker
    of this test calls that abstained, so that right is 3 of 6."""
    first, second = two
    for one in differences_of(pair_up(first, second)):
        for run, value in ((first, one.before), (second, one.after)):
            kept = run.figures["shares"][one.name]["value"]
            assert value == (kept if kept is None else pytest.approx(kept, abs=1e-6)), one.name


def test_it_tells_differences_with_their_intervals(two: tuple[Run, Run]) -> None:
    found = {one.name: one for one in differences_of(pair_up(*two))}
    right = found["right"]
    assert right.before == pytest.approx(4 / 6)
    assert right.after == pytest.approx(3 / 6)
    assert right.change == pytest.approx(-1 / 6)
    assert right.p == 1.0  # two against one
    assert not right.sure
    # Of six differences of f1: 0, -1, -1, +1, +0.5, 0.
    f1 = found["f1"]
    assert f1.change == pytest.approx(-0.5 / 6)
    spread = math.sqrt((1 + 1 + 1 + 0.25) / 6 - (0.5 / 6) ** 2) / math.sqrt(6)
    assert f1.high - f1.low == pytest.approx(2 * 1.96 * spread, rel=0.15)
    assert f1.low < f1.change < f1.high


def test_it_is_sure_of_what_is_more_than_chance(benchmark: Benchmark, dave: User) -> None:
    version = make_version(benchmark, questions(40))
    worse = make_finished(version, dave, ["wrong", "right"] * 20)
    better = make_finished(version, dave, ["right"] * 40)
    found = {one.name: one for one in differences_of(pair_up(worse, better))}
    assert found["right"].tone == "good"
    assert found["right"].p == pytest.approx(2 * 0.5**20)
    assert found["wrong"].tone == "good"  # fewer of them
    assert found["f1"].tone == "good"
    back = {one.name: one for one in differences_of(pair_up(better, worse))}
    assert back["right"].tone == "bad"
    assert back["right"].change == pytest.approx(-0.5)
    same = {one.name: one for one in differences_of(pair_up(better, better))}
    assert same["right"].tone == ""
    assert (same["f1"].low, same["f1"].high) == (0, 0)


def test_it_lists_flips_with_the_worst_first(two: tuple[Run, Run]) -> None:
    first, second = two
    flips = flips_of(first, second, "", 0, 10)
    assert [(one.number, one.before, one.after) for one in flips] == [
        (2, "right", "wrong"),
        (3, "right", "abstained"),
        (5, "abstained", "partly"),
        (4, "wrong", "right"),
    ]
    assert [one.is_worse for one in flips] == [True, True, False, False]
    assert [one.number for one in flips_of(first, second, "", 1, 2)] == [3, 5]
    assert [one.number for one in flips_of(first, second, "worse", 0, 10)] == [2, 3]
    assert [one.number for one in flips_of(first, second, "better", 0, 10)] == [4]
    assert flips_count(first, second, "") == 4


def test_it_compares_versions_over_the_cases_that_both_have(
    benchmark: Benchmark, dave: User
) -> None:
    old = make_version(benchmark, questions(6))
    changed = questions(8)[2:]  # without the first two, with two new ones
    changed[0] |= {"text": "Where is it now?"}  # as the third was: the same key, another question
    changed[1] |= {"expected": [["Elsewhere"]]}
    new = make_version(benchmark, changed, number=2)
    first = make_finished(old, dave, ["right"] * 6)
    second = make_finished(new, dave, ["wrong"] * 6)
    pairs = pair_up(first, second)
    assert pairs.shared == 2
    assert not pairs.is_same_version
    flips = flips_of(first, second, "", 0, 10)
    assert [(one.number, one.other_number) for one in flips] == [(5, 3), (6, 4)]
    third = make_finished(make_version(benchmark, questions(9)[8:], number=3), dave, ["right"])
    with pytest.raises(CannotCompare, match="no case in common"):
        pair_up(first, third)


def test_it_refuses_what_cannot_be_compared(two: tuple[Run, Run], space: Space, dave: User) -> None:
    first, second = two
    other = make_version(make_benchmark(space, dave, name="People"), questions(2))
    foreign = make_finished(other, dave, ["right", "right"])
    queued = make_run(first.version, dave, state="queued")
    again = make_run(first.version, dave, only=1)
    for runs, why in (
        ([first], "two runs or more"),
        ([first] * 7, "at most 6"),
        ([first, foreign], "different benchmarks"),
        ([first, queued], "not done"),
        ([first, again], "single case"),
    ):
        with pytest.raises(CannotCompare, match=why):
            check_comparable(runs)
    check_comparable([first, second])


def test_it_shows_the_comparison(two: tuple[Run, Run], dave: User, sign_in) -> None:
    first, second = two
    client = sign_in(dave)
    page = reverse("evaluation:compare", args=[first.space.slug])
    response = client.get(f"{page}?runs={second.pk}&runs={first.pk}")
    text = response.content.decode()
    assert response.status_code == 200
    assert f'Against <a href="{reverse("evaluation:run", args=["atlas", first.pk])}"' in text
    assert "−16.7 points" in text
    assert "p = 1.000" in text
    flips = re.findall(rf"Case (\d+) of run {second.pk}", text)
    assert flips == ["2", "3", "5", "4"]
    assert "over time" in text
    Benchmark.objects.filter(pk=first.version.benchmark_id).update(baseline=second)
    text = client.get(f"{page}?runs={first.pk}&runs={second.pk}&changed=better").content.decode()
    assert "the baseline" in text
    assert "+16.7 points" in text
    assert re.findall(rf"Case (\d+) of run {first.pk}", text) == ["3", "2"]


def test_it_names_the_measure_that_it_draws(two: tuple[Run, Run]) -> None:
    """Also of kinds whose first measure is another one than what is right."""
    _, second = two
    second.version.benchmark.kind = Benchmark.Kind.PERPLEXITY
    form = CompareForm(QueryDict(), others=[second])
    assert form.fields["measure"].choices[0][0] != "right"
    assert form.is_valid()
    assert form["measure"].value() == form.cleaned_data["measure"] == "right"


def test_it_says_what_is_wrong_with_the_address(
    two: tuple[Run, Run], dave: User, bob: User, mallory: User, sign_in
) -> None:
    first, second = two
    page = reverse("evaluation:compare", args=[first.space.slug])
    both = f"?runs={first.pk}&runs={second.pk}"
    client = sign_in(dave)
    for query, why in (
        ("", "two runs or more"),
        (f"?runs={first.pk}", "two runs or more"),
        (f"?runs={first.pk}&runs=x", "There is no run x"),
        (f"?runs={first.pk}&runs={10**30}", "There is no run"),
        (both + "&changed=sideways", "Cases"),
        (both + "&of=99", "Run"),
        (both + "&measure=beauty", "Measure"),
    ):
        response = client.get(page + query)
        assert response.status_code == 422, query
        assert why in response.content.decode()
    assert sign_in(bob).get(page + both).status_code == 403
    elsewhere = reverse("evaluation:compare", args=["elsewhere"])
    assert sign_in(mallory).get(elsewhere + both).status_code == 422
