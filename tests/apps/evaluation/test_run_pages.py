"""The pages of runs and of one run: who may open them, what they show, and how they narrow."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, Run
from tests.apps.evaluation.evaluated import (
    file_of,
    make_benchmark,
    make_finished,
    make_results,
    make_run,
    make_version,
    questions,
)

Open = Callable[[User], Client]
pytestmark = pytest.mark.django_db
OUTCOMES = ["right", "wrong", "right", "partly", "abstained", "wrong"]


@pytest.fixture
def run(space: Space, dave: User) -> Run:
    version = make_version(make_benchmark(space, dave), questions(6))
    return make_finished(version, dave, OUTCOMES)


def address(run: Run, query: str = "") -> str:
    return reverse("evaluation:run", args=[run.space.slug, run.pk]) + query


def cases_shown(page: str) -> list[int]:
    table = page[page.index('id="results"') :]
    return [int(number) for number in re.findall(r'aria-label="Case (\d+)"', table)]


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 200), ("dave", 200), ("bob", 403), ("carol", 403)]
)
def test_it_is_for_owners_and_auditors(
    run: Run, sign_in: Open, request: Any, who: str, status: int
) -> None:
    client = sign_in(request.getfixturevalue(who))
    slug = run.space.slug
    for page in (
        address(run),
        reverse("evaluation:run-list", args=[slug]),
        reverse("evaluation:run-new", args=[slug, run.version.benchmark_id]),
        reverse("evaluation:case", args=[slug, run.pk, 1]),
    ):
        assert client.get(page).status_code == status
    taken = client.post(reverse("evaluation:run-export", args=[slug, run.pk]), {"format": "csv"})
    assert taken.status_code == status
    file_of(taken)


def test_it_is_nothing_to_outsiders(run: Run, mallory: User, sign_in: Open) -> None:
    client = sign_in(mallory)
    assert client.get(address(run)).status_code == 404
    other = reverse("evaluation:run", args=["elsewhere", run.pk])
    assert client.get(other).status_code == 404
    case = reverse("evaluation:case", args=["elsewhere", run.pk, 1])
    assert client.get(case).status_code == 404


def test_it_shows_figures_with_intervals_tables_and_pictures(
    run: Run, dave: User, sign_in: Open
) -> None:
    page = sign_in(dave).get(address(run)).content.decode()
    assert "33.3\N{NO-BREAK SPACE}%" in page  # two of six right, two of six wrong
    assert "By kind" in page
    assert "By relation" in page
    assert page.count('class="chart"') == 3  # risk, calibration and latency
    assert "<title id=" in page
    assert "f" * 64 in page  # what the head was made of
    assert cases_shown(page) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?outcome=wrong", [2, 6]),
        ("?outcome=failed", [2, 4, 5, 6]),
        ("?outcome=refused", []),
        ("?kind=single", [1, 4]),
        ("?relation=located+in", [2, 4, 6]),
        ("?diagnosis=misread", [2, 4, 6]),
        ("?q=PLACE+3", [4]),
        ("?q=100%25", []),
        ("?outcome=wrong&kind=absent&relation=located+in", [6]),
    ],
)
def test_it_narrows_the_cases_by_the_address(
    run: Run, dave: User, sign_in: Open, query: str, numbers: list[int]
) -> None:
    response = sign_in(dave).get(address(run, query))
    assert response.status_code == 200
    assert cases_shown(response.content.decode()) == numbers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?outcome=splendid", "Outcome"),
        ("?kind=nope", "Kind"),
        ("?relation=%3Cb%3E", "Relation"),
        ("?diagnosis=x", "Diagnosis"),
        ("?q=" + 201 * "a", "Words"),
        ("?q=%00", "Words"),
    ],
)
def test_it_names_the_filter_that_makes_no_sense(
    run: Run, dave: User, sign_in: Open, query: str, field: str
) -> None:
    response = sign_in(dave).get(address(run, query))
    assert response.status_code == 422
    page = response.content.decode()
    assert f"<span>{field}: " in page
    assert "<b>" not in page
    assert cases_shown(page) == []


def test_it_pages(space: Space, dave: User, sign_in: Open) -> None:
    version = make_version(make_benchmark(space, dave), questions(60))
    run = make_finished(version, dave, ["right"] * 60)
    client = sign_in(dave)
    assert cases_shown(client.get(address(run, "?page=2")).content.decode()) == [*range(26, 51)]
    page = client.get(address(run, "?page=3&outcome=right")).content.decode()
    assert cases_shown(page) == [*range(51, 61)]
    assert "51–60 of 60" in page


def test_it_escapes_what_a_benchmark_and_a_head_say(
    space: Space, dave: User, sign_in: Open
) -> None:
    evil = "<script>alert(1)</script>"
    case = {"key": evil, "kind": evil[:60], "relation": evil, "text": evil, "expected": [[evil]]}
    benchmark = make_benchmark(space, dave, name=evil)
    run = make_run(make_version(benchmark, [case], licence=evil), dave, note=evil)
    make_results(run, ["wrong"], answer={"text": evil, "calls": evil, "why": evil})
    client = sign_in(dave)
    for page in (
        address(run),
        reverse("evaluation:case", args=[space.slug, run.pk, 1]),
        reverse("evaluation:run-list", args=[space.slug]),
        reverse("evaluation:run-new", args=[space.slug, benchmark.pk]),
    ):
        text = client.get(page).content.decode()
        assert "&lt;script&gt;" in text
        assert "<script>alert" not in text


def test_it_streams_results_while_a_run_is_under_way(
    space: Space, dave: User, sign_in: Open
) -> None:
    version = make_version(make_benchmark(space, dave), questions(6))
    run = make_run(version, dave, state="queued")
    make_results(run, ["right", "wrong", "right"])
    client = sign_in(dave)
    page = client.get(address(run)).content.decode()
    assert "3 of 6 cases" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert cases_shown(page) == [3, 2, 1]
    assert page.count('hx-trigger="every') == 2
    asked = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "live"}
    part = client.get(address(run), **asked)
    assert "HX-Refresh" not in part
    assert part.content.decode().lstrip().startswith('<div id="live"')
    Run.objects.filter(pk=run.pk).update(state="cancelled")
    assert client.get(address(run), **asked)["HX-Refresh"] == "true"


def test_it_lists_runs_of_a_benchmark_and_by_state(run: Run, dave: User, sign_in: Open) -> None:
    other = make_version(make_benchmark(run.space, dave, name="People"), questions(3))
    queued = make_run(other, dave, state="queued")
    again = make_run(run.version, dave, only=2)
    client, page = sign_in(dave), reverse("evaluation:run-list", args=[run.space.slug])

    def shown(query: str = "") -> set[int]:
        found = client.get(page + query)
        assert found.status_code == 200
        return {int(pk) for pk in re.findall(r">Run (\d+)</a>", found.content.decode())}

    assert shown() == {run.pk, queued.pk}  # and no single case that was asked again
    assert again.pk not in shown()
    assert "With the memory" in client.get(page).content.decode()  # what people call the mode
    benchmark = reverse("evaluation:benchmark", args=["atlas", run.version.benchmark_id])
    page_of_benchmark = client.get(benchmark).content.decode()
    assert f">Run {run.pk}</a>" in page_of_benchmark
    assert "With the memory" in page_of_benchmark
    assert f">Run {again.pk}</a>" not in page_of_benchmark
    pins = [
        reverse("evaluation:baseline-pin", args=["atlas", run.version.benchmark_id, one.pk])
        for one in (again, run)
    ]
    client.post(pins[0])
    assert Benchmark.objects.get(pk=run.version.benchmark_id).baseline is None
    client.post(pins[1])
    assert Benchmark.objects.get(pk=run.version.benchmark_id).baseline == run
    assert shown(f"?benchmark={run.version.benchmark_id}") == {run.pk}
    assert shown("?state=queued") == {queued.pk}
    assert client.get(page + "?benchmark=999999").status_code == 422
    assert client.get(page + "?state=asleep").status_code == 422


def test_it_asks_the_same_number_of_queries_for_many_cases(
    space: Space, dave: User, sign_in: Open, django_assert_max_num_queries: Any
) -> None:
    version = make_version(make_benchmark(space, dave), questions(60))
    run = make_finished(version, dave, ["right", "wrong"] * 30)
    client = sign_in(dave)
    with django_assert_max_num_queries(14):
        client.get(address(run))
