"""Facts that are due, and parting an entity: the calls do what the pages do."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.audit.models import Event
from apps.memory.models import FactSchedule, Triple
from apps.memory.services.spacing import schedules_upkeep
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas"


@pytest.fixture
def fact(space: Space, alice: User) -> Triple:
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, factories.make_document(space, alice), alice)
    schedules_upkeep()
    FactSchedule.objects.update(due_at="2020-01-01T00:00:00Z", held_at="2019-01-01T00:00:00Z")
    return triple


@pytest.fixture
def reviewer(bob: User, program: Program) -> Client:
    return program(bob)


@pytest.mark.parametrize(
    ("said", "action"), [("still-true", "triple.still_true"), ("later", "triple.put_off")]
)
def test_a_fact_is_due_until_somebody_looked_at_it(
    fact: Triple, reviewer: Client, bob: User, said: str, action: str
) -> None:
    [row] = reviewer.get(f"{AT}/due").json()["items"]
    assert (row["fact"]["id"], row["due_at"][:4]) == (fact.pk, "2020")
    answer = send(reviewer, f"{AT}/triples/{fact.pk}/{said}", {}, Idempotency_Key="one")
    again = send(reviewer, f"{AT}/triples/{fact.pk}/{said}", {}, Idempotency_Key="one")
    assert (answer.status_code, answer.json()["id"]) == (200, fact.pk)
    assert again.json() == answer.json()
    assert reviewer.get(f"{AT}/due").json()["items"] == []
    assert [one.actor for one in Event.objects.filter(action=action)] == [bob]


@pytest.mark.parametrize("said", ["still-true", "later"])
def test_it_is_said_of_the_version_that_was_shown_and_taken_back(
    fact: Triple, reviewer: Client, said: str
) -> None:
    [row] = reviewer.get(f"{AT}/due").json()["items"]
    at = f"{AT}/triples/{fact.pk}"
    assert send(reviewer, f"{at}/{said}", {"version": "0" * 16}).status_code == 409
    assert send(reviewer, f"{at}/{said}", {"version": row["version"]}).status_code == 200
    assert reviewer.get(f"{AT}/due").json()["items"] == []
    assert send(reviewer, f"{at}/{said}", {"version": row["version"]}).status_code == 409
    assert send(reviewer, f"{at}/take-back", {}).json()["id"] == fact.pk
    assert reviewer.get(f"{AT}/due").json()["items"][0]["version"] == row["version"]
    assert send(reviewer, f"{at}/take-back", {}).status_code == 409


def test_a_card_is_held_by_one(
    fact: Triple, space: Space, reviewer: Client, program: Program
) -> None:
    erin = factories.make_user("erin")
    factories.grant(space, erin, Role.REVIEWER)
    at, other = f"{AT}/triples/{fact.pk}/hold", program(erin)
    held = send(reviewer, at, {})
    assert (held.status_code, held.json()["holder"]) == (200, "bob")
    assert send(other, at, {}).status_code == 409
    assert send(other, at, {"over": True}).json()["holder"] == "erin"
    assert send(reviewer, at, {}).status_code == 409
    assert other.delete(at).status_code == 204
    assert send(reviewer, at, {}).status_code == 200


@pytest.mark.parametrize("said", ["still-true", "later"])
def test_what_left_the_memory_is_not_looked_at(fact: Triple, reviewer: Client, said: str) -> None:
    gone = send(reviewer, f"{AT}/triples/{fact.pk}/retract", {"reason": "wrong"})
    assert gone.status_code == 200, gone.content
    assert send(reviewer, f"{AT}/triples/{fact.pk}/{said}", {}).status_code == 409
    assert send(reviewer, f"{AT}/triples/{fact.pk + 1}/{said}", {}).status_code == 404
    assert not Event.objects.filter(action__in=("triple.still_true", "triple.put_off")).exists()


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_retraction_is_taken_back_by_who_made_it(
    fact: Triple, who: str, request: pytest.FixtureRequest, program: Program, carol: User
) -> None:
    """By an owner who decides nothing else, too."""
    user = request.getfixturevalue(who)
    client, at = program(user), f"{AT}/triples/{fact.pk}"
    before = FactSchedule.objects.get(pk=fact.pk)
    assert send(client, f"{at}/retract", {"reason": "wrong"}).json()["status"] == "retracted"
    assert send(program(carol), f"{at}/take-back", {}).status_code == 403
    back = send(client, f"{at}/take-back", {})
    assert (back.status_code, back.json()["status"]) == (200, "active")
    after = FactSchedule.objects.get(pk=fact.pk)
    assert after.due_at is not None
    kept = ("stability", "difficulty", "held_at", "confirmations", "put_off_until")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert Event.objects.filter(action="triple.restored").count() == 1
    assert send(client, f"{at}/take-back", {}).status_code == 409


def test_who_may_not_decide_is_refused(fact: Triple, carol: User, program: Program) -> None:
    client = program(carol)
    assert client.get(f"{AT}/due").status_code == 403
    assert send(client, f"{AT}/triples/{fact.pk}/still-true", {}).status_code == 403
    assert send(client, f"{AT}/entities/{fact.subject_id}/split", {}).status_code == 403


def test_an_entity_is_parted_by_its_facts(fact: Triple, alice: User, program: Program) -> None:
    owner, at = program(alice), f"{AT}/entities/{fact.subject_id}/split"
    body = {"name": "Ada Brook", "description": "painter", "facts": [fact.pk]}
    done = send(owner, at, body)
    assert done.status_code == 201, done.content
    fact.refresh_from_db()
    assert done.json()["id"] == fact.subject_id
    assert done.json()["description"] == "painter"
    assert done["Location"] == f"{AT}/entities/{fact.subject_id}"


@pytest.mark.parametrize(
    ("change", "status"),
    [({"facts": []}, 400), ({"facts": [10**9]}, 400), ({"name": ""}, 400), ({"x": 1}, 400)],
)
def test_a_parting_that_cannot_be_changes_nothing(
    fact: Triple, alice: User, program: Program, change: dict, status: int
) -> None:
    body = {"name": "Another", "facts": [fact.pk], **change}
    answer = send(program(alice), f"{AT}/entities/{fact.subject_id}/split", body)
    assert answer.status_code == status, answer.content
    assert Triple.objects.get(pk=fact.pk).subject_id == fact.subject_id
