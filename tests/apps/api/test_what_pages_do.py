"""Disputes and proposed relations: the calls do what the pages do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.curation.models import Candidate, RelationProposal
from apps.curation.services import candidate_accept, relation_propose
from apps.memory.models import Relation, Triple
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas"


@pytest.fixture
def reviewer(bob: User, program: Program) -> Client:
    return program(bob)


@pytest.fixture
def dispute(space: Space, alice: User, bob: User) -> Candidate:
    document = factories.make_document(space, alice)
    fact = candidate_accept(candidate=factories.make_candidate(document, alice), actor=bob).triple
    other = factories.make_document(space, alice, text="Ada Brook was not born in Lindenau.")
    denied = factories.make_candidate(other, alice)
    Candidate.objects.filter(pk=denied.pk).update(against=fact, mood="denied")
    denied.refresh_from_db()
    return denied


def decide(client: Client, one: Candidate, action: str, **said: Any) -> Any:
    body = {"action": action, "version": one.version, **said}
    return send(client, f"{AT}/candidates/{one.pk}/decisions", body)


@pytest.mark.parametrize(
    ("action", "said", "left"),
    [
        ("keep", {"reason": "irony"}, ("active", None, "rejected")),
        ("retract", {}, ("retracted", None, "heeded")),
        ("end", {"valid_to": "2001"}, ("active", "2002-01-01", "heeded")),
    ],
)
def test_a_dispute_is_decided_and_undone(
    dispute: Candidate, reviewer: Client, action: str, said: dict[str, str], left: tuple[Any, ...]
) -> None:
    def stands() -> tuple[Any, ...]:
        fact, one = Triple.objects.get(), Candidate.objects.get(pk=dispute.pk)
        return fact.status, fact.valid_to and fact.valid_to.isoformat(), one.state

    made = decide(reviewer, dispute, action, **said)
    assert (made.status_code, made.json()["action"]) == (201, action), made.content
    assert stands() == left
    assert send(reviewer, made["Location"], {}).status_code == 200
    assert stands() == ("active", None, "pending")


@pytest.mark.parametrize(
    ("action", "said", "status"),
    [
        ("end", {}, 400),
        ("end", {"valid_to": "some day"}, 400),
        ("accept", {}, 409),
        ("keep", {"version": 7}, 409),
    ],
)
def test_a_dispute_is_not_decided_otherwise(
    dispute: Candidate, reviewer: Client, action: str, said: dict[str, Any], status: int
) -> None:
    assert decide(reviewer, dispute, action, **said).status_code == status
    dispute.refresh_from_db()
    assert (dispute.state, Triple.objects.get().status) == ("pending", "active")


def test_no_fact_is_kept_by_what_denies_none(space: Space, alice: User, reviewer: Client) -> None:
    one = factories.make_candidate(factories.make_document(space, alice), alice)
    assert decide(reviewer, one, "keep").status_code == 409


@pytest.fixture
def proposal(space: Space, carol: User) -> RelationProposal:
    return relation_propose(
        space=space, actor=carol, name="blood type", subject="Ada Brook", object="A",
        question=factories.make_question(space, carol).pk, question_text="What is it?",
    )  # fmt: skip


def test_a_proposed_relation_is_taken_up_once(
    proposal: RelationProposal, reviewer: Client, carol: User
) -> None:
    [row] = reviewer.get(f"{AT}/relation-proposals").json()["items"]
    at = f"{AT}/relation-proposals/{proposal.pk}"
    assert row == reviewer.get(at).json()
    assert (row["state"], row["name"], row["proposed_by"]) == ("waiting", "blood type", "carol")
    body = {"name": "blood type", "template": "The blood type of {subject} is {object}."}
    made = send(reviewer, f"{at}/accept", body, idempotency_key="one")
    assert (made.status_code, made.json()["state"]) == (200, "accepted"), made.content
    assert send(reviewer, f"{at}/accept", body, idempotency_key="one").json() == made.json()
    candidate = Candidate.objects.get(pk=made.json()["candidate"])
    assert (candidate.state, candidate.proposed_by) == ("pending", carol)
    assert not Triple.objects.exists()
    assert send(reviewer, f"{at}/decline", {"reason": "no"}).status_code == 409


def test_a_known_relation_says_what_was_asked_for(
    proposal: RelationProposal, space: Space, reviewer: Client
) -> None:
    known = factories.make_relation(space, "blood group")
    at = f"{AT}/relation-proposals/{proposal.pk}"
    assert send(reviewer, f"{at}/use", {"relation": known.pk + 1}).status_code == 422
    made = send(reviewer, f"{at}/use", {"relation": known.pk})
    assert (made.status_code, made.json()["relation"]) == (200, known.pk)
    assert Relation.objects.count() == 1


def test_a_proposed_relation_is_declined_for_a_reason(
    proposal: RelationProposal, reviewer: Client, carol: User, program: Program
) -> None:
    at = f"{AT}/relation-proposals/{proposal.pk}"
    assert program(carol).get(f"{AT}/relation-proposals").status_code == 403
    assert send(reviewer, f"{at}/decline", {}).status_code == 400
    done = send(reviewer, f"{at}/decline", {"reason": "nobody needs it"}).json()
    assert (done["state"], done["decided_by"], done["reason"]) == (
        "declined", "bob", "nobody needs it",
    )  # fmt: skip
    assert not Relation.objects.exists()
