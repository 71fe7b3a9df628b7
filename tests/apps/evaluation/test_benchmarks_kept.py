"""Versions of benchmarks: kept whole or not at all, never changed, told in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.models import Event
from apps.evaluation.models import Benchmark, Case, Run
from apps.evaluation.services.benchmarks import (
    MOST_CASES,
    BenchmarkRefused,
    NewCase,
    Unchanged,
    baseline_pin,
    baseline_unpin,
    benchmark_archive,
    benchmark_restore,
    version_make,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return factories.make_space("lindenau")


@pytest.fixture
def dave(space):
    user = factories.make_user("dave")
    factories.grant(space, user, "auditor")
    return user


def some(number: int = 3, **fields) -> list[NewCase]:
    return [
        NewCase(f"q{n}", "single", f"Where was person {n} born?", expected=[["Lindenau"]], **fields)
        for n in range(number)
    ]


def make(space, actor, cases=None, name="Places", **fields):
    given = {"kind": "questions", "origin": "file", "cases": some() if cases is None else cases}
    return version_make(space=space, actor=actor, name=name, **{**given, **fields})


def told() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("action", flat=True))


def test_it_keeps_the_cases_in_their_order(space, dave) -> None:
    version = make(space, dave, licence="CC0", filename="places.jsonl")
    assert (version.number, version.size, version.licence) == (1, 3, "CC0")
    assert list(version.cases.values_list("number", "key")) == [(1, "q0"), (2, "q1"), (3, "q2")]
    assert version.covers["kind"] == [{"name": "single", "n": 3}]
    assert version.covers["source"] == [{"document": None, "n": 3}]
    event = Event.objects.get()
    assert event.action == "benchmark.version_made"
    assert event.payload["sha256"] == version.sha256
    assert event.payload["cases"] == 3


def test_other_cases_are_the_next_version_and_the_first_stays(space, dave) -> None:
    first = make(space, dave)
    second = make(space, dave, some(4), name="  Places ")
    assert (second.benchmark_id, second.number) == (first.benchmark_id, 2)
    assert first.cases.count() == 3
    assert make(space, dave).number == 3, "what was so before the last version is another one"


def test_the_same_cases_change_nothing(space, dave) -> None:
    first = make(space, dave)
    with pytest.raises(
        Unchanged, match="Nothing changed: these are the cases of version 1"
    ) as info:
        make(space, dave)
    assert info.value.version == first
    assert told() == ["benchmark.version_made"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"cases": []}, "There are no cases."),
        ({"name": "  "}, "needs a name"),
        ({"name": "n" * 121}, "more than 120 characters"),
        ({"cases": some() + some(1)}, "Two cases have the same id."),
    ],
)
def test_it_refuses_what_cannot_be_a_benchmark(space, dave, fields, says) -> None:
    with pytest.raises(BenchmarkRefused, match=says):
        make(space, dave, **fields)
    assert not Benchmark.objects.exists()
    assert told() == []


def test_it_refuses_too_many_cases(space, dave) -> None:
    with pytest.raises(BenchmarkRefused, match="more than 100,000 cases"):
        make(space, dave, some(1) * (MOST_CASES + 1))


def test_a_benchmark_stays_of_its_kind(space, dave) -> None:
    make(space, dave)
    with pytest.raises(BenchmarkRefused, match="“Places” is a benchmark of questions"):
        make(space, dave, kind="statements")


def test_two_spaces_may_have_one_of_the_same_name(space, dave) -> None:
    other = factories.make_space("halden")
    assert make(space, dave).benchmark != make(other, dave).benchmark


def test_an_archived_one_takes_no_version_until_it_is_restored(space, dave) -> None:
    benchmark = make(space, dave).benchmark
    benchmark_archive(benchmark=benchmark, actor=dave)
    benchmark_archive(benchmark=benchmark, actor=dave)
    with pytest.raises(BenchmarkRefused, match="“Places” is archived"):
        make(space, dave, some(2))
    benchmark_restore(benchmark=benchmark, actor=dave)
    make(space, dave, some(2))
    assert told() == [
        "benchmark.version_made", "benchmark.archived", "benchmark.restored",
        "benchmark.version_made",
    ]  # fmt: skip


def a_run(space, version, actor, **fields) -> Run:
    now = timezone.now()
    state = {"state": "done", "finished_at": now, "known_at": now, "mode": "memory", **fields}
    return Run.objects.create(space=space, version=version, asked_by=actor, **state)


def test_a_run_that_is_done_becomes_the_baseline(space, dave) -> None:
    version = make(space, dave)
    run = a_run(space, version, dave)
    for _ in range(2):
        baseline_pin(benchmark=version.benchmark, run=run, actor=dave)
    version.benchmark.refresh_from_db()
    assert version.benchmark.baseline == run
    for _ in range(2):
        baseline_unpin(benchmark=version.benchmark, actor=dave)
    version.benchmark.refresh_from_db()
    assert version.benchmark.baseline is None
    assert told()[1:] == ["benchmark.baseline_pinned", "benchmark.baseline_unpinned"]


def test_no_other_run_becomes_the_baseline(space, dave) -> None:
    version, other = make(space, dave), make(space, dave, name="Others")
    with pytest.raises(BenchmarkRefused, match="of another benchmark"):
        baseline_pin(benchmark=version.benchmark, run=a_run(space, other, dave), actor=dave)
    failed = a_run(space, version, dave, state="failed", error="It broke.")
    with pytest.raises(BenchmarkRefused, match="Only a run that is done"):
        baseline_pin(benchmark=version.benchmark, run=failed, actor=dave)


def test_it_counts_what_cases_rest_on(space, dave) -> None:
    document = factories.make_document(space, dave)
    old = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    new = factories.make_triple(space, "Ben Brook", "place of birth", "Lindenau")
    type(old).objects.filter(pk=old.pk).update(recorded_at=timezone.now() - timedelta(days=400))
    cases = [
        NewCase("a", "single", "A?", rests_on={"triples": [old.pk], "documents": [document.pk]}),
        NewCase("b", "single", "B?", rests_on={"triples": [old.pk, new.pk]}),
        NewCase("c", "absent", "C?", relation="place of birth"),
    ]
    assert make(space, dave, cases).covers == {
        "kind": [{"name": "single", "n": 2}, {"name": "absent", "n": 1}],
        "relation": [{"name": "place of birth", "n": 1}],
        "age": [{"name": "within a week", "n": 1}, {"name": "more than a year ago", "n": 1}],
        "source": [{"document": document.pk, "n": 1}, {"document": None, "n": 2}],
    }


def test_the_database_refuses_a_second_case_of_a_number(space, dave) -> None:
    version = make(space, dave)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(version=version, number=1, key="again", kind="single", text="?")
