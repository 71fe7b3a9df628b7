"""What an answer looked at, told to programs, agents and outsiders with a bundle."""

from __future__ import annotations

import json
import zipfile

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.tokens import token_make
from apps.agents import services as agents
from apps.agents.services import AgentError, caller_of
from apps.asking.models import AttendedMemory
from apps.explicit.models import ExplicitMemory
from apps.provenance.services.exports.files import path_of
from apps.provenance.standalone import verify
from tests import factories
from tests.apps.provenance.exported import export_of

KEYS = ("number", "memory", "version", "name", "sha256", "facts", "shares", "left_out")


def expected(fact) -> dict:
    memory = ExplicitMemory.objects.get(facts__triple=fact)
    return {
        "memory": memory.pk, "version": 1, "name": memory.name, "sha256": memory.sha256,
        "facts": [fact.pk], "left_out": None,
        "shares": [
            {"first_layer": 0, "last_layer": 4, "share": 0.1234},
            {"first_layer": 5, "last_layer": 9, "share": 0.02},
        ],
    }  # fmt: skip


def program(user) -> Client:
    _, text = token_make(user=user, name="a program")
    return Client(headers={"authorization": f"Bearer {text}"})


@pytest.mark.django_db
def test_programs_are_told_and_nobody_else(space, carol, mallory, answer, fact, other) -> None:
    factories.grant(factories.make_space("other"), mallory, "owner")
    at = f"/questions/{answer.question_id}/answer"
    told = program(carol).get(f"/api/v1/spaces/atlas{at}").json()["attended"]
    (one,) = (row for row in told if fact.pk in row["facts"])
    assert {key: value for key, value in one.items() if key != "number"} == expected(fact)
    assert len(told) == 2
    assert Client().get(f"/api/v1/spaces/atlas{at}").status_code == 401
    assert program(mallory).get(f"/api/v1/spaces/atlas{at}").status_code == 404
    assert program(mallory).get(f"/api/v1/spaces/other{at}").status_code == 404


@pytest.mark.django_db
def test_one_that_was_left_out_says_why_and_one_of_text_has_no_file(carol, answer) -> None:
    AttendedMemory.objects.filter(number=1).update(left_out="The memory has no file.", shares=[])
    AttendedMemory.objects.filter(number=2).update(sha256="")
    at = f"/api/v1/spaces/atlas/questions/{answer.question_id}/answer"
    first, second = program(carol).get(at).json()["attended"]
    assert (first["left_out"], first["shares"]) == ("The memory has no file.", [])
    assert (second["left_out"], second["sha256"]) == (None, None)


@pytest.mark.django_db
def test_agents_are_told_by_memory_explain(space, carol, bob, answer, fact, other) -> None:
    def explain(user):
        caller = caller_of(token_make(user=user, name="agent")[1], "memory_explain")
        return agents.explain_answer(caller, question=answer.question_id, space="")

    told = explain(carol)["trace"]["attended"]
    (one,) = (row for row in told if fact.pk in row["facts"])
    assert one["sha256"] == expected(fact)["sha256"]
    with pytest.raises(AgentError):
        explain(bob)  # who may not see the question


def test_every_key_is_explained() -> None:
    text = (settings.BASE_DIR / "docs" / "ask_json.md").read_text(encoding="utf-8")
    for key in KEYS:
        assert f"`attended[].{key}`" in text


@pytest.mark.django_db(transaction=True)
def test_a_bundle_of_the_answer_holds_them_and_what_they_stand_for(
    space, carol, dave, settings, tmp_path, answer, fact, other, capsys
) -> None:
    settings.VAR_DIR, settings.EXPORT_DIR = tmp_path, tmp_path / "exports"
    settings.PROVENANCE_FOLDER = str(tmp_path / "checkpoints")
    export = export_of(space, dave, "bundle", "answer", number=answer.question_id)
    assert (export.state, export.error) == ("done", "")
    with zipfile.ZipFile(path_of(export)) as bundle:
        kept = json.loads(bundle.read("answer.json"))["attended"]
        facts = [json.loads(line)["id"] for line in bundle.read("facts.jsonl").splitlines()]
    (one,) = (row for row in kept if fact.pk in row["facts"])
    assert (one["sha256"], one["shares"]) == (
        expected(fact)["sha256"], [[0, 4, 1234], [5, 9, 200]],
    )  # fmt: skip
    assert {fact.pk, other.pk} <= set(facts)  # one is cited, the other was only looked at
    assert verify.main([str(path_of(export))]) == 0
    out = capsys.readouterr().out
    assert f"its file SHA-256 {expected(fact)['sha256']}" in out
    assert "layers 0 to 4 12.3 %" in out
