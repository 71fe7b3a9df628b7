"""Before a head is chosen, its page shows what would come out otherwise."""

from __future__ import annotations

import pytest

from apps.evaluation.models import Benchmark, Run
from tests.apps.evaluation.rows import make_result, make_run, make_version
from tests.worker import based_heads

PAGE = "/s/atlas/settings/heads/"
CHOSEN = {"head": "read", "read-backend": "causal", "read-base": "larch", "read-cut": "on"}
KEPT = {"backend": "causal", "base": "larch"}


@pytest.fixture(autouse=True)
def _loaded(monkeypatch, settings) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    based_heads.offer(monkeypatch)
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def baseline(space, alice) -> Run:
    run = make_run(make_version(space, alice, {}, {}, {}), alice)
    Benchmark.objects.update(baseline=run)
    return run


def answer(run: Run, *outcomes: str) -> None:
    for case, outcome in zip(run.version.cases.all(), outcomes, strict=True):
        make_result(run, case, outcome)


def test_it_counts_what_would_flip_and_saves_nothing(space, alice, baseline, sign_in) -> None:
    answer(baseline, "right", "right", "wrong")
    other = make_run(baseline.version, alice, setup=KEPT)
    answer(other, "wrong", "abstained", "right")
    page = sign_in(alice).post(PAGE, CHOSEN | {"look": "1"})
    said = page.content.decode()
    assert page.status_code == 200
    assert "2 cases that were right would not be, 1 other would become right" in said
    assert f"?runs={baseline.pk}&amp;runs={other.pk}" in said
    space.refresh_from_db()
    assert space.read_head == {}


def test_it_asks_for_the_run_first_and_says_how_far_it_is(space, alice, baseline, sign_in) -> None:
    client = sign_in(alice)
    said = client.post(PAGE, CHOSEN | {"look": "1"}).content.decode()
    assert "it was not asked yet" in said
    for _ in range(2):  # pressed twice
        said = client.post(PAGE, CHOSEN | {"ask": str(baseline.version.benchmark_id)})
        assert "waits for a worker" in said.content.decode()
    run = Run.objects.exclude(pk=baseline.pk).get()
    assert (run.setup, run.asked_by, run.version) == (KEPT, alice, baseline.version)
    assert client.post(PAGE, CHOSEN).status_code == 302  # no choice is blocked
    space.refresh_from_db()
    assert space.read_head == KEPT


def test_the_head_of_the_baseline_changes_nothing(alice, baseline, sign_in) -> None:
    said = sign_in(alice).post(
        PAGE, {"head": "read", "read-backend": "site", "read-cut": "on", "look": "1"}
    )
    assert "the baseline was made with this head" in said.content.decode()


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999"])
def test_it_refuses_another_benchmark(alice, baseline, sign_in, number) -> None:
    page = sign_in(alice).post(PAGE, CHOSEN | {"ask": number})
    assert page.status_code == 422
    assert "This benchmark has no baseline" in page.content.decode()
    assert Run.objects.count() == 1


def test_it_says_what_is_missing_for_the_run(alice, baseline, sign_in) -> None:
    sent = CHOSEN | {"read-base": "yew", "ask": str(baseline.version.benchmark_id)}
    page = sign_in(alice).post(PAGE, sent)
    assert page.status_code == 422
    assert based_heads.INSTALL in page.content.decode()


def test_without_a_baseline_it_says_how_to_get_one(space, alice, sign_in) -> None:
    said = sign_in(alice).get(PAGE).content.decode()
    assert "What would change?" not in said
    assert said.count("Pin a run as the baseline") == 2
