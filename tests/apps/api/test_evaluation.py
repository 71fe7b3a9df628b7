"""Benchmarks, comparisons, schedules and learning by programs: the calls do what the pages do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.evaluation.models import Benchmark, BenchmarkVersion, LearnedWeights, Run, Schedule
from apps.evaluation.services.learning import learning_request, learning_run_next
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.apps.evaluation import evaluated, runs_made
from tests.apps.evaluation.decided import make_decisions

AT = "/api/v1/spaces/atlas"
CASES = [runs_made.born(who, where) for who, where in runs_made.BORN]
ROWS = [{"question": one["text"], "answers": one["expected"], "kind": "single"} for one in CASES]


@pytest.fixture(autouse=True)
def _scripted(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = "scripted"
    settings.BENCHMARK_DIR = tmp_path
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def auditor(dave: User, space: Space, program: Program) -> Client:
    return program(dave)


def upload(client: Client, content: object = ROWS, **given: Any) -> Any:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    key = given.pop("key", "")
    body = {"file": SimpleUploadedFile("births.json", data), "name": "Births", "kind": "questions"}
    headers = {"idempotency-key": key} if key else {}
    return client.post(f"{AT}/benchmarks", body | given, headers=headers)


def test_a_benchmark_is_looked_at_and_then_kept_once(auditor: Client, dave: User) -> None:
    dry = upload(auditor, dry_run="true")
    assert (dry.status_code, dry.json()["kept"], dry.json()["cases"]) == (200, False, 3)
    assert not Benchmark.objects.exists()
    made = upload(auditor, key="one")
    assert made.status_code == 201, made.content
    assert made.json()["sha256"] == dry.json()["sha256"]
    assert upload(auditor, key="one").json() == made.json()
    assert upload(auditor).json()["version"] == 1
    row = Benchmark.objects.get()
    assert row.created_by == dave
    shown = auditor.get(made["Location"])
    assert (shown.json()["id"], shown.json()["versions"]) == (row.pk, [1])
    [version] = auditor.get(f"{AT}/benchmarks/{row.pk}/versions").json()["items"]
    assert (version["size"], version["origin"]) == (3, "file")
    cases = auditor.get(f"{AT}/benchmarks/{row.pk}/versions/1/cases?q=Ada").json()["items"]
    assert [(one["text"], one["expected"]) for one in cases] == [
        ("Where was Ada Brook born?", [["Lindenau"]])
    ]
    assert Event.objects.filter(action="benchmark.version_made").count() == 1


def test_a_wrong_row_is_named_and_none_kept(auditor: Client) -> None:
    made = upload(auditor, [*ROWS, {"question": "", "answers": [["x"]]}])
    assert (made.status_code, made.json()["wrong"]) == (422, 1)
    [row] = made.json()["rows"]
    assert row["row"] == 4
    assert upload(auditor, b"\x00\x01 no file").status_code == 422
    assert upload(auditor, b"").status_code == 422
    assert not BenchmarkVersion.objects.exists()


def test_it_is_archived_and_restored(auditor: Client) -> None:
    at = upload(auditor)["Location"]
    assert send(auditor, f"{at}/archive", {}).json()["archived_at"]
    assert auditor.get(f"{AT}/benchmarks").json()["items"] == []
    assert len(auditor.get(f"{AT}/benchmarks?archived=true").json()["items"]) == 1
    assert upload(auditor, ROWS[:2]).status_code == 422
    assert send(auditor, f"{at}/restore", {}).json()["archived_at"] is None


def test_a_benchmark_is_drawn_from_the_memory(auditor: Client, space: Space) -> None:
    assert send(auditor, f"{AT}/benchmarks/draw", {"source": "marks"}).status_code == 422
    runs_made.make_memory(space)
    body = {"source": "memory", "size": 10, "seed": 3}
    dry = send(auditor, f"{AT}/benchmarks/draw", body | {"dry_run": True})
    assert (dry.status_code, dry.json()["kept"], dry.json()["cases"]) == (200, False, 6)
    made = send(auditor, f"{AT}/benchmarks/draw", body | {"sha256": dry.json()["sha256"]})
    assert (made.status_code, made.json()["kept"]) == (201, True)
    assert send(auditor, f"{AT}/benchmarks/draw", body | {"sha256": "0"}).status_code == 409


def test_a_sample_is_added(auditor: Client) -> None:
    slugs = [one["slug"] for one in auditor.get(f"{AT}/samples").json()["items"]]
    assert "sample_sentences" in slugs
    made = send(auditor, f"{AT}/samples/sample_sentences", {})
    assert (made.status_code, made.json()["kind"]) == (201, "statements")
    assert send(auditor, f"{AT}/samples/nothing", {}).status_code == 404


@pytest.fixture
def two(space: Space, dave: User) -> tuple[Run, Run]:
    version = evaluated.make_version(evaluated.make_benchmark(space, dave), evaluated.questions(6))
    first = ["right", "right", "right", "wrong", "abstained", "right"]
    second = ["right", "wrong", "abstained", "right", "partly", "right"]
    return (
        evaluated.make_finished(version, dave, first),
        evaluated.make_finished(version, dave, second),
    )


def test_runs_are_compared_and_flips_listed(auditor: Client, two: tuple[Run, Run]) -> None:
    one, other = two
    shown = auditor.get(f"{AT}/comparison?runs={other.pk},{one.pk}").json()
    [against] = shown["others"]
    assert (shown["base"], shown["is_baseline"], against["run"]) == (one.pk, False, other.pk)
    assert (against["shared"], against["only_base_right"], against["only_run_right"]) == (6, 2, 1)
    assert (against["erased"], against["other_weights"], against["retired"]) == (0, [], [])
    right = next(one for one in against["measures"] if one["name"] == "right")
    assert (right["before"], right["after"]) == (pytest.approx(4 / 6), pytest.approx(3 / 6))
    flips = auditor.get(f"{AT}/flips?base={one.pk}&run={other.pk}&changed=worse").json()
    assert (flips["count"], [one["before"] for one in flips["flips"]]) == (2, ["right", "right"])


def test_a_comparison_tells_what_else_a_difference_may_come_of(
    auditor: Client, two: tuple[Run, Run]
) -> None:
    one, other = two
    relation = factories.make_relation(one.space, retired_at=other.created_at)
    covers = {"relation": [{"name": relation.name, "n": 5}]}
    BenchmarkVersion.objects.filter(pk=one.version_id).update(covers=covers)
    for run, version in ((one, "1"), (other, "2")):
        Run.objects.filter(pk=run.pk).update(made_of={"version": version})
    [against] = auditor.get(f"{AT}/comparison?runs={other.pk},{one.pk}").json()["others"]
    assert against["retired"] == [{"relation": "place of birth", "cases": 5}]
    assert against["other_weights"] == [{"part": "version", "before": "1", "after": "2"}]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("comparison?runs=1", 400),
        ("comparison", 400),
        ("comparison?runs=1,x", 400),
        ("comparison?runs=999998,999999", 422),
        ("flips?base=999998&run=999998", 422),
        ("flips?base=999998&run=999999&changed=sideways", 400),
    ],
)
def test_what_cannot_be_compared_is_said(auditor: Client, query: str, status: int) -> None:
    answer = auditor.get(f"{AT}/{query}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_run_is_pinned_in_the_version_that_was_read(
    auditor: Client, two: tuple[Run, Run]
) -> None:
    at = f"{AT}/benchmarks/{two[0].version.benchmark_id}"
    etag = auditor.get(at)["ETag"]
    pinned = send(auditor, f"{at}/baseline", {"run": two[1].pk}, "put", If_Match=etag)
    assert (pinned.status_code, pinned.json()["baseline"]) == (200, two[1].pk)
    assert send(auditor, f"{at}/baseline", {"run": None}, "put", If_Match=etag).status_code == 412
    shown = auditor.get(f"{AT}/comparison?runs={two[0].pk},{two[1].pk}").json()
    assert (shown["base"], shown["is_baseline"]) == (two[1].pk, True)
    assert send(auditor, f"{at}/baseline", {"run": 10**9}, "put").status_code == 422
    assert send(auditor, f"{at}/baseline", {"run": None}, "put").json()["baseline"] is None


def test_a_schedule_is_set_and_removed(auditor: Client, two: tuple[Run, Run]) -> None:
    at = f"{AT}/benchmarks/{two[0].version.benchmark_id}/schedules"
    made = send(auditor, at, {"when": "night"})
    assert (made.status_code, made.json()["measure"]) == (201, "right"), made.content
    assert "baseline" in made.json()["trouble"]
    assert send(auditor, at, {"when": "decisions"}).status_code == 400
    assert send(auditor, at, {"when": "night", "measure": "beauty"}).status_code == 400
    row = Schedule.objects.get()
    assert [one["id"] for one in auditor.get(at).json()["items"]] == [row.pk]
    one = f"{AT}/schedules/{row.pk}"
    assert send(auditor, f"{one}/seen", {}).json()["id"] == row.pk
    assert auditor.delete(one).status_code == 204
    assert auditor.get(one).status_code == 404


def test_a_run_goes_on_where_it_was_cancelled(auditor: Client, space: Space, dave: User) -> None:
    runs_made.make_memory(space)
    version = runs_made.make_version(space, dave, CASES)
    made = send(auditor, f"{AT}/runs", {"benchmark": version.benchmark_id})
    assert made.status_code == 202, made.content
    at = made["Location"]
    assert send(auditor, f"{at}/retry", {}).status_code == 422
    assert send(auditor, f"{at}/cancel", {}).json()["state"] == "cancelled"
    assert send(auditor, f"{at}/retry", {}).json()["state"] == "queued"


def test_the_memory_of_an_earlier_run_is_asked_again(
    auditor: Client, space: Space, dave: User
) -> None:
    runs_made.make_memory(space)
    version = runs_made.make_version(space, dave, CASES)
    done = runs_made.run_to_its_end(version, dave)
    body = {"benchmark": version.benchmark_id}
    made = send(auditor, f"{AT}/runs", body | {"moment": done.pk})
    assert made.status_code == 202, made.content
    assert Run.objects.get(pk=made.json()["id"]).known_at == done.known_at
    assert send(auditor, f"{AT}/runs", body | {"moment": 10**9}).status_code == 400


@pytest.fixture
def trained(space: Space, alice: User, bob: User) -> LearnedWeights:
    make_decisions(space, alice, bob, 30)
    row = learning_request(space=space, actor=alice)
    while learning_run_next() is not None:
        pass
    row.refresh_from_db()
    return row


def test_learned_weights_are_switched_on_and_back(
    trained: LearnedWeights, alice: User, program: Program, auditor: Client
) -> None:
    owner = program(alice)
    material = auditor.get(f"{AT}/learning").json()
    assert (material["documents"] > 0, material["trouble"], material["on"]) == (True, "", None)
    at = f"{AT}/trainings/{trained.pk}"
    shown = auditor.get(at).json()
    assert (shown["state"], shown["is_on"]) == ("done", False)
    assert send(auditor, f"{at}/on", {}).status_code == 403
    assert send(owner, f"{at}/on", {}).json()["is_on"] is True
    assert send(owner, f"{at}/on", {}).status_code == 409
    assert auditor.get(f"{AT}/learning").json()["on"] == trained.pk
    assert send(owner, f"{AT}/learning/back", {}).json()["on"] is None
    assert send(owner, f"{AT}/learning/back", {}).status_code == 409
    assert send(owner, f"{AT}/trainings", {}).status_code == 409  # nothing was decided since
    assert send(owner, f"{at}/run", {"benchmark": 10**9}).status_code == 422


def test_a_training_is_started_cancelled_and_gone_on_with(
    space: Space, alice: User, bob: User, program: Program
) -> None:
    owner = program(alice)
    assert send(owner, f"{AT}/trainings", {}).status_code == 409  # there is nothing to learn from
    make_decisions(space, alice, bob, 30)
    made = send(owner, f"{AT}/trainings", {}, Idempotency_Key="one")
    assert (made.status_code, made.json()["state"]) == (202, "queued"), made.content
    again = send(owner, f"{AT}/trainings", {}, Idempotency_Key="one")
    assert again.json() == made.json()
    at = made["Location"]
    assert send(owner, f"{at}/cancel", {}).json()["state"] == "cancelled"
    assert send(owner, f"{at}/retry", {}).json()["state"] == "queued"
    assert LearnedWeights.objects.count() == 1
