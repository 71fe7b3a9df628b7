"""What would come of it: another head on benchmarks, and taking a merge back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, Run
from apps.memory.services import entities_merge
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.apps.evaluation.rows import make_result, make_run, make_version
from tests.worker import based_heads

AT = "/api/v1/spaces/atlas"
CHANGE = {"backend": "causal", "base": "larch"}


@pytest.fixture
def owner(alice: User, space: Space, program: Program) -> Client:
    return program(alice)


@pytest.fixture
def baseline(space: Space, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    based_heads.offer(monkeypatch)
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    run = make_run(make_version(space, alice, {}, {}, {}), alice)
    Benchmark.objects.update(baseline=run)
    return run


def answered(run: Run, *outcomes: str) -> None:
    for case, outcome in zip(run.version.cases.all(), outcomes, strict=True):
        make_result(run, case, outcome)


def test_it_is_told_what_another_head_would_change(
    space: Space, alice: User, baseline: Run, owner: Client
) -> None:
    answered(baseline, "right", "right", "wrong")
    at = f"{AT}/heads/read/flips"
    [asked] = send(owner, at, CHANGE).json()["items"]
    assert (asked["run"], asked["state"], asked["baseline"]) == (None, None, baseline.pk)
    other = make_run(baseline.version, alice, setup=CHANGE, known_at=baseline.known_at)
    answered(other, "wrong", "abstained", "right")
    Run.objects.update(done=3)
    [found] = send(owner, at, CHANGE).json()["items"]
    assert (found["run"], found["lost"], found["won"], found["shared"]) == (other.pk, 2, 1, 3)
    assert send(owner, f"{AT}/heads/write/flips", CHANGE).json()["items"] == []
    assert send(owner, at, {"least": 40}).status_code == 400
    assert send(owner, f"{AT}/heads/third/flips", CHANGE).status_code == 404
    space.refresh_from_db()
    assert space.read_head == {}


def test_another_head_is_run_before_it_is_chosen(
    space: Space, alice: User, baseline: Run, owner: Client
) -> None:
    at, body = f"{AT}/heads/read/runs", {**CHANGE, "benchmark": baseline.version.benchmark_id}
    made = send(owner, at, body, Idempotency_Key="one")
    assert made.status_code == 202, made.content
    assert send(owner, at, body, Idempotency_Key="one").json() == made.json()
    run = Run.objects.exclude(pk=baseline.pk).get()
    assert (run.setup, run.asked_by, run.known_at) == (CHANGE, alice, baseline.known_at)
    assert owner.get(made["Location"]).json()["id"] == run.pk
    assert send(owner, at, {**CHANGE, "benchmark": 10**9}).status_code == 422


def test_it_is_told_what_taking_a_merge_back_would_do(
    space: Space, alice: User, owner: Client
) -> None:
    born = factories.make_triple(space, "A. Brook", "place of birth", "Lindenau")
    target = factories.make_entity(space, "Ada Brook")
    done = entities_merge(source=born.subject, target=target, actor=alice)
    shown = owner.get(f"{AT}/merges/{done.merge.pk}").json()
    assert (shown["source"]["name"], shown["target"]["name"]) == ("A. Brook", "Ada Brook")
    assert (shown["moves"], shown["stays"], shown["problem"]) == ([born.pk], [], "")
    assert send(owner, f"{AT}/merges/{done.merge.pk}/undo", {}).status_code == 200
    assert owner.get(f"{AT}/merges/{done.merge.pk}").json()["problem"] != ""
    other = factories.make_triple(space, "Cleo Marsh", "place of birth", "Corvo")
    body = {"name": "Ben", "facts": [other.pk]}
    refused = send(owner, f"{AT}/entities/{target.pk}/split", body)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["facts"])
