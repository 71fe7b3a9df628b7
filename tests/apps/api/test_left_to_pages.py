"""Calls for what pages alone could do: each does what its page does, with its rights and events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.asking.models import Question
from apps.asking.services import question_ask, question_run
from apps.audit.models import Event
from apps.audit.services import record
from apps.curation.models import Candidate, RowImport
from apps.curation.services import extraction_run, import_run_next
from apps.evaluation.models import Run
from apps.memory.models import Triple
from apps.provenance.models import Export
from apps.provenance.services.checkpoints import checkpoint_now
from apps.provenance.services.sequencer import log_of
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.apps.asking.rows import QUESTION, BentHead, fill
from tests.apps.evaluation import runs_made
from worker import registry
from worker.types import EntityRef, Topic

AT = "/api/v1/spaces/atlas"


@pytest.fixture(autouse=True)
def _scripted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def reviewer(bob: User, space: Space, program: Program) -> Client:
    return program(bob)


@pytest.fixture
def auditor(dave: User, space: Space, program: Program) -> Client:
    return program(dave)


def test_a_fact_is_corrected_by_a_proposal(
    space: Space, alice: User, bob: User, reviewer: Client
) -> None:
    fact = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    at, body = f"{AT}/triples/{fact.pk}/correct", {"object": "Halden", "valid_from": "2020-01-01"}
    assert send(reviewer, at, body | {"version": "0" * 16}).status_code == 409
    assert send(reviewer, at, {"object": "Lindenau"}).status_code == 422
    made = send(reviewer, at, body, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    assert send(reviewer, at, body, Idempotency_Key="one").json() == made.json()
    candidate = Candidate.objects.get()
    assert made.json() == reviewer.get(made["Location"]).json()
    assert (candidate.object_text, candidate.replaces, candidate.proposed_by) == (
        "Halden", fact, bob,
    )  # fmt: skip
    assert Triple.objects.get().status == "active"
    decision = {"action": "supersede", "version": 1, "triple": fact.pk}
    assert send(reviewer, f"{made['Location']}/decisions", decision).status_code == 403
    Triple.objects.update(status="retracted", retracted_at="2026-01-01T00:00:00Z")
    assert send(reviewer, at, {"object": "Corvo"}).status_code == 409


def test_a_question_is_asked_about_another_of_what_it_could_mean(
    space: Space, bob: User, carol: User, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(space, bob)
    ada, other, stranger = (factories.make_entity(space, name) for name in ("Ada", "Ben", "Cleo"))
    one, rest = (EntityRef(str(entity.pk), entity.name) for entity in (ada, other))
    head = BentHead(lambda answer: replace(answer, topic=Topic("she", one, (rest,))))
    monkeypatch.setattr(registry, "read_head", lambda name: head)
    row = question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    asker, at = program(carol), f"{AT}/questions/{row.pk}/about"
    [offered] = asker.get(f"{AT}/questions/{row.pk}/answer").json()["topic"]["others"]
    asked = send(asker, at, {"entity": offered["id"]})
    assert (asked.status_code, asked.json()["text"]) == (202, QUESTION), asked.content
    question_run(question_id=asked.json()["id"])
    assert head.contexts[-1].topic.id == str(other.pk)
    assert send(asker, at, {"entity": stranger.pk}).status_code == 422
    owner = factories.make_user("erin")
    factories.grant(space, owner, Role.OWNER, Role.ASKER)
    assert send(program(owner), at, {"entity": other.pk}).status_code == 404
    assert Question.objects.count() == 2


def test_many_rows_are_followed_cancelled_and_let_go_on(
    space: Space, reviewer: Client, carol: User, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.curation.services.documents.ROWS_AT_ONCE", 2)
    factories.make_relation(space)
    rows = [{"subject": f"P{n}", "relation": "place of birth", "object": "Corvo"} for n in range(3)]
    made = send(reviewer, f"{AT}/writes", {"triples": rows}).json()
    assert made["queued"] is True
    at = f"{AT}/documents/{made['document']}/rows"
    shown = reviewer.get(at).json()
    assert (shown["state"], shown["done"], shown["rows"]) == ("queued", 0, 3)
    assert send(program(carol), f"{at}/cancel", {}).status_code == 403
    assert send(reviewer, f"{at}/retry", {}).status_code == 409
    assert send(reviewer, f"{at}/cancel", {}).json()["state"] == "cancelled"
    assert send(reviewer, f"{at}/cancel", {}).status_code == 409
    assert send(program(carol), f"{at}/retry", {}).status_code == 403
    assert send(reviewer, f"{at}/retry", {}).json()["state"] == "queued"
    import_run_next()
    shown = reviewer.get(at).json()
    assert (shown["state"], shown["done"], shown["candidates"]) == ("done", 3, 3)
    assert RowImport.objects.get().state == "done"
    told = Event.objects.filter(action__startswith="import.").order_by("pk")
    assert [one.action for one in told] == [
        "import.requested", "import.cancelled", "import.resumed", "import.finished",
    ]  # fmt: skip
    few = send(reviewer, f"{AT}/writes", {"triples": rows[:1], "title": "few"}).json()
    assert reviewer.get(f"{AT}/documents/{few['document']}/rows").status_code == 404


def test_what_a_reading_found_is_told(space: Space, alice: User, reviewer: Client) -> None:
    factories.make_relation(space)
    document = factories.make_document(space, alice)
    at = f"{AT}/documents/{document.pk}/coverage"
    assert reviewer.get(at).status_code == 409
    started = send(reviewer, f"{AT}/documents/{document.pk}/extractions", {}).json()
    assert reviewer.get(at).status_code == 409
    extraction_run(extraction_id=started["id"])
    found = reviewer.get(at).json()
    assert (found["candidates"], found["unjoined"], found["whole"]) == (1, 0, True)
    assert found["names"] >= 2


def test_an_export_that_was_cancelled_is_written_again(auditor: Client) -> None:
    made = send(auditor, f"{AT}/exports", {"scope": "space", "format": "jsonl"})
    at = made["Location"]
    assert send(auditor, f"{at}/retry", {}).status_code == 409
    assert send(auditor, f"{at}/cancel", {}).json()["state"] == "cancelled"
    again = send(auditor, f"{at}/retry", {})
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    assert Export.objects.count() == 1


def test_a_checkpoint_that_was_kept_is_compared(
    space: Space, alice: User, auditor: Client, settings: Any, tmp_path: Any
) -> None:
    settings.VAR_DIR, settings.PROVENANCE_FOLDER = tmp_path, str(tmp_path / "checkpoints")

    def happen() -> None:
        with transaction.atomic():
            payload = {"user": "carol", "role": "asker"}
            record(space=space, action="membership.revoked", actor=alice, payload=payload)

    happen()
    kept = checkpoint_now(log_of(space))
    assert kept is not None
    at = f"{AT}/checkpoints/compare"
    same = send(auditor, at, {"note": kept.note}).json()
    assert (same["verdict"], same["holds"], same["behind"]) == ("same", True, 0)
    happen()
    checkpoint_now(log_of(space))
    older = send(auditor, at, {"note": kept.note}).json()
    assert (older["verdict"], older["holds"]) == ("older", True)
    assert older["behind"] >= 1
    assert older["proof"]
    forged = send(auditor, at, {"note": kept.note.replace(f"\n{kept.size}\n", "\n99\n")}).json()
    assert (forged["verdict"], forged["holds"]) == ("forged", False)
    assert send(auditor, at, {"note": "x"}).json()["verdict"] == "malformed"


def test_a_checkpoint_is_compared_with_nothing(space: Space, auditor: Client) -> None:
    assert send(auditor, f"{AT}/checkpoints/compare", {"note": "x"}).status_code == 409


def test_a_benchmark_is_asked_in_every_mode_at_one_moment(
    space: Space, dave: User, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_made.make_memory(space)
    cases = [runs_made.born(who, where) for who, where in runs_made.BORN]
    version = runs_made.make_version(space, dave, cases)
    body = {"benchmark": version.benchmark_id, "mode": "memory", "beside": True}
    monkeypatch.setattr(registry, "text_missing", lambda setup: "none")
    assert send(auditor, f"{AT}/runs", body).status_code == 422
    monkeypatch.setattr(registry, "text_missing", lambda setup: "")
    made = send(auditor, f"{AT}/runs", body, Idempotency_Key="one")
    assert (made.status_code, made.json()["mode"]) == (202, "memory"), made.content
    assert send(auditor, f"{AT}/runs", body, Idempotency_Key="one").json() == made.json()
    listed = auditor.get(f"{AT}/runs?benchmark={version.benchmark_id}").json()["items"]
    assert [one["mode"] for one in listed] == ["closed-book", "memory"]
    assert {one["known_at"] for one in listed} == {made.json()["known_at"]}
    assert auditor.get(f"{AT}/runs?benchmark={version.benchmark_id + 1}").json()["items"] == []
    assert auditor.get(f"{AT}/runs?state=done").json()["items"] == []
    assert Run.objects.count() == 2
