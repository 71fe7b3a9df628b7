"""What an answer looked at, told to programs, agents and outsiders with a bundle."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.tokens import token_make
from apps.agents import services as agents
from apps.agents.services import AgentError, caller_of
from apps.asking.models import AttendedMemory
from apps.explicit.models import ExplicitMemory
from apps.provenance.standalone import verify
from tests import factories

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


def test_verify_prints_them_from_the_sealed_event(capsys) -> None:
    one = {"memory": 3, "version": 1, "facts": [4], "shares": [[0, 4, 1234]], "sha256": "ab"}
    leaf = {"at": "2026-11-28T00:00:00Z", "action": "question.answered", "actor": None}
    told = {"attended": [one, {"memory": 5}, "no memory"]}
    story = verify.Story()
    story.events[7] = verify.Happened(leaf, {"actor_label": "head", "payload": told})
    story.events[8] = verify.Happened(leaf | {"action": "question.asked"}, {"payload": told})
    story.events[9] = verify.Happened(leaf, None)  # erased
    for number, event in ((1, 7), (2, 8), (3, 9)):
        story.rows["asking_answer", number] = verify.Row(event)
    memory = verify.Memory(story, lambda name: None)
    assert [memory.attended(number) for number in (1, 2, 3, 4)] == [[one], [], [], []]
    verify.tell_attended(one)
    out = capsys.readouterr().out
    assert "explicit memory 3, version 1: layers 0 to 4 12.3 %" in out
    assert "its file SHA-256 ab" in out
