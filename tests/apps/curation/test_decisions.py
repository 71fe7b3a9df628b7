"""Every decision: what it writes, what it refuses, what it tells."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from apps.audit.models import Event
from apps.curation.models import Candidate, Decision
from apps.curation.services import (
    CurationError,
    DecidedAlready,
    NotAllowed,
    Picked,
    candidate_accept,
    candidate_defer,
    candidate_edit,
    candidate_merge,
    candidate_reject,
    candidate_supersede,
)
from apps.memory.controller import AmbiguousName, ConflictError, NotActive, RelationRetired
from apps.memory.models import Alias, Entity, Triple
from tests import factories

TEXT = (
    "Ada Brook was born in Lindenau. She founded the Brook Institute in 1921. "
    "The Brook Institute is located in Lindenau."
)


@pytest.fixture
def document(space, alice):
    return factories.make_document(space, alice, text=TEXT)


@pytest.fixture
def candidate(document, alice) -> Candidate:
    return factories.make_candidate(document, alice)


def last_event(candidate: Candidate) -> Event:
    return Event.objects.filter(subject_type="curation.candidate", subject_id=candidate.pk).first()


def test_it_accepts_a_fact_with_its_evidence(candidate, bob):
    decision = candidate_accept(candidate=candidate, actor=bob, seconds=2.5)

    triple = Triple.objects.get()
    assert str(triple) == "Ada Brook / place of birth / Lindenau"
    evidence = triple.evidence.get()
    assert evidence.approved_by == bob
    assert TEXT[evidence.subject_start : evidence.subject_end] == "Ada Brook"
    assert TEXT[evidence.sentence_start : evidence.sentence_end] == (
        "Ada Brook was born in Lindenau."
    )
    candidate.refresh_from_db()
    assert (candidate.state, candidate.version) == ("accepted", 2)
    assert (decision.action, decision.triple, decision.evidence) == ("accept", triple, evidence)
    assert decision.seconds == 2.5
    event = last_event(candidate)
    assert (event.action, event.actor) == ("candidate.accepted", bob)
    assert event.payload["triple"] == triple.pk
    assert "own_proposal" not in event.payload


def test_it_turns_a_repetition_into_more_evidence(candidate, bob, space, alice):
    other = factories.make_document(space, alice, text="In short: Ada Brook came from Lindenau.")
    again = factories.make_candidate(other, alice)
    first = candidate_accept(candidate=candidate, actor=bob)
    second = candidate_accept(candidate=again, actor=bob)

    assert first.triple == second.triple
    assert first.triple.evidence.count() == 2
    again.refresh_from_db()
    assert again.state == "merged"


def test_it_stops_at_a_conflict_and_keeps_the_candidate(candidate, bob, space):
    relation = factories.make_relation(space, "place of birth")
    relation.single_valued = True
    relation.save()
    candidate.relation.refresh_from_db()
    standing = factories.make_triple(space, "Ada Brook", relation, "Mirefeld")

    with pytest.raises(ConflictError) as refused:
        candidate_accept(candidate=candidate, actor=bob)

    assert refused.value.conflicts == (standing,)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.version) == ("pending", 1)
    assert not Decision.objects.exists()
    assert not Event.objects.filter(action__startswith="candidate").exists()

    decision = candidate_accept(candidate=candidate, actor=bob, despite_conflicts=True)
    assert decision.triple != standing
    assert Triple.objects.filter(status="active").count() == 2
    assert last_event(candidate).payload["despite_conflicts"] is True


def test_it_asks_for_a_pick_where_a_name_means_several(candidate, bob, space):
    sculptor = factories.make_entity(space, "Ada Brook", type="PER", description="sculptor")
    Entity.objects.create(space=space, name="Ada Brook", type="PER", description="pilot")

    with pytest.raises(AmbiguousName):
        candidate_accept(candidate=candidate, actor=bob)
    candidate.refresh_from_db()
    assert candidate.state == "pending"

    decision = candidate_accept(candidate=candidate, actor=bob, picked=Picked(subject=sculptor))
    assert decision.triple.subject == sculptor


def test_it_takes_a_near_name_for_the_same_only_when_picked(candidate, bob, space):
    near = factories.make_entity(space, "Ada M. Brook", type="PER")
    Candidate.objects.update(subject_entity=near)
    candidate.refresh_from_db()

    decision = candidate_accept(candidate=candidate, actor=bob)
    assert decision.triple.subject != near

    other = factories.make_candidate(
        candidate.passage.document,
        bob,
        object="Brook Institute",
        relation="founded",
        subject_entity=near,
    )
    decision = candidate_accept(candidate=other, actor=bob, picked=Picked(subject=near))
    assert decision.triple.subject == near
    assert near.aliases.get().name == "Ada Brook"


def test_it_gives_a_retired_relation_no_new_fact(candidate, bob):
    candidate.relation.retired_at = candidate.created_at
    candidate.relation.save()
    with pytest.raises(RelationRetired):
        candidate_accept(candidate=candidate, actor=bob)
    candidate.refresh_from_db()
    assert candidate.state == "pending"


def test_it_rejects_with_a_reason(candidate, bob):
    decision = candidate_reject(candidate=candidate, actor=bob, reason=" wrong relation ")

    candidate.refresh_from_db()
    assert candidate.state == "rejected"
    assert decision.reason == "wrong relation"
    assert last_event(candidate).payload["reason"] == "wrong relation"
    assert not Triple.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_it_rejects_nothing_without_a_reason(candidate, bob, reason):
    with pytest.raises(CurationError):
        candidate_reject(candidate=candidate, actor=bob, reason=reason)
    assert not Decision.objects.exists()


def test_it_edits_and_keeps_what_was_proposed(candidate, bob):
    decision = candidate_edit(
        candidate=candidate,
        actor=bob,
        changes={"valid_from": date(1900, 1, 1), "subject_type": "PER"},
    )

    assert decision.action == "edit"
    assert decision.before == {"valid_from": None}
    assert decision.triple.valid_from == date(1900, 1, 1)
    candidate.refresh_from_db()
    assert candidate.state == "accepted"
    event = last_event(candidate)
    assert event.action == "candidate.edited"
    assert event.payload["fact"] == ["Ada Brook", "place of birth", "Lindenau"]
    assert event.payload["before"] == decision.before


def test_it_moves_the_evidence_to_where_the_new_name_stands(document, bob, alice):
    candidate = factories.make_candidate(
        document, alice, subject="She", relation="founded", object="Brook Institute"
    )
    decision = candidate_edit(candidate=candidate, actor=bob, changes={"subject_text": "Ada Brook"})

    evidence = decision.evidence
    assert TEXT[evidence.subject_start : evidence.subject_end] == "Ada Brook"
    assert TEXT[evidence.object_start : evidence.object_end] == "Brook Institute"
    assert TEXT[evidence.sentence_start : evidence.sentence_end] == (
        "Ada Brook was born in Lindenau. She founded the Brook Institute in 1921."
    )


def test_it_leaves_the_evidence_where_it_is_called_by_another_known_name(candidate, bob, space):
    town = factories.make_entity(space, "Lindenau, Marchland", type="LOC")
    Alias.objects.create(space=space, entity=town, name="Lindenau")
    decision = candidate_edit(
        candidate=candidate, actor=bob, changes={"object_text": "Lindenau, Marchland"}
    )
    evidence = decision.evidence
    assert TEXT[evidence.object_start : evidence.object_end] == "Lindenau"
    assert decision.triple.object.name == "Lindenau, Marchland"
    assert set(decision.before) == {"object_text"}


def test_it_accepts_an_edit_that_changes_nothing(candidate, bob):
    decision = candidate_edit(
        candidate=candidate, actor=bob, changes={"subject_text": candidate.subject_text}
    )
    assert (decision.action, decision.before) == ("accept", {})


def test_it_edits_no_candidate_into_another_one(document, bob, alice, space):
    factories.make_candidate(document, alice)
    other = factories.make_candidate(document, alice, relation="residence")

    with pytest.raises(CurationError, match="Another candidate says exactly this"):
        candidate_edit(
            candidate=other,
            actor=bob,
            changes={"relation": factories.make_relation(space, "place of birth")},
        )
    other.refresh_from_db()
    assert (other.state, other.relation.name) == ("pending", "residence")


def test_it_edits_with_relations_of_the_space_alone(candidate, bob):
    elsewhere = factories.make_relation(factories.make_space("other"), "residence")
    with pytest.raises(CurationError, match="no such relation"):
        candidate_edit(candidate=candidate, actor=bob, changes={"relation": elsewhere})
    with pytest.raises(ValueError, match="not to be edited"):
        candidate_edit(candidate=candidate, actor=bob, changes={"state": "accepted"})


def test_it_merges_into_a_fact_that_the_reviewer_picked(candidate, bob, space):
    triple = factories.make_triple(space, "A. Brook", "birthplace", "Lindenau")
    Alias.objects.create(space=space, entity=triple.subject, name="Ada Brook")
    decision = candidate_merge(candidate=candidate, actor=bob, triple=triple)

    assert Triple.objects.get() == triple == decision.triple
    assert triple.evidence.get() == decision.evidence
    assert decision.chosen == ["relation"]
    candidate.refresh_from_db()
    assert candidate.state == "merged"
    assert last_event(candidate).action == "candidate.merged"


def test_it_turns_the_evidence_round_for_the_inverse_relation(document, alice, bob, space):
    founder = factories.make_relation(space, "founded by")
    founded = factories.make_relation(space, "founded", inverse=founder)
    candidate = factories.make_candidate(
        document, alice, subject="She", relation=founded.name, object="Brook Institute"
    )
    triple = factories.make_triple(space, "Brook Institute", founder, "Ada Brook")
    evidence = candidate_merge(candidate=candidate, actor=bob, triple=triple).evidence

    assert TEXT[evidence.subject_start : evidence.subject_end] == "Brook Institute"
    assert TEXT[evidence.object_start : evidence.object_end] == "She"


@pytest.mark.parametrize("where", ["other space", "retracted"])
def test_it_merges_into_no_fact_that_is_not_there(candidate, bob, space, where):
    if where == "other space":
        triple = factories.make_triple(factories.make_space("other"), "A", "b", "C")
    else:
        triple = factories.make_triple(
            space, "A", "b", "C", status="retracted", retracted_at=candidate.created_at
        )
    with pytest.raises(CurationError):
        candidate_merge(candidate=candidate, actor=bob, triple=triple)
    candidate.refresh_from_db()
    assert candidate.state == "pending"
    assert Triple.objects.count() == 1


def test_it_supersedes_a_fact_and_closes_its_time(candidate, bob, space):
    relation = factories.make_relation(space, "place of birth")
    relation.single_valued = True
    relation.save()
    old = factories.make_triple(space, "Ada Brook", relation, "Mirefeld")
    decision = candidate_supersede(
        candidate=candidate, actor=bob, replaced=old, valid_to=date(1950, 6, 1)
    )

    old.refresh_from_db()
    assert (old.status, old.superseded_by) == ("superseded", decision.triple)
    assert old.valid_to == date(1950, 6, 1)
    assert (decision.replaced, decision.replaced_valid_to) == (old, None)
    candidate.refresh_from_db()
    assert candidate.state == "superseding"
    assert last_event(candidate).payload["replaced"] == old.pk


def test_it_supersedes_only_what_is_active(candidate, bob, space):
    old = factories.make_triple(
        space, "Ada Brook", "x", "y", status="retracted", retracted_at=candidate.created_at
    )
    with pytest.raises(NotActive):
        candidate_supersede(candidate=candidate, actor=bob, replaced=old)
    candidate.refresh_from_db()
    assert candidate.state == "pending"


def test_it_defers_and_decides_later(candidate, bob):
    candidate_defer(candidate=candidate, actor=bob)
    candidate.refresh_from_db()
    assert candidate.state == "deferred"
    assert candidate.deferred_at is not None

    candidate_accept(candidate=candidate, actor=bob)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.deferred_at) == ("accepted", None)


SECOND = {
    "accept": candidate_accept,
    "reject": partial(candidate_reject, reason="other"),
    "defer": candidate_defer,
    "edit": partial(candidate_edit, changes={"subject_text": "Ada"}),
    "old page": partial(candidate_accept, version=1),
}


@pytest.mark.parametrize("second", SECOND)
def test_it_decides_a_candidate_once(candidate, bob, alice, second):
    candidate_reject(candidate=Candidate.objects.get(), actor=bob, reason="too vague")
    with pytest.raises(DecidedAlready) as refused:
        SECOND[second](candidate=candidate, actor=alice)

    assert refused.value.decision == Decision.objects.get()
    assert "bob has decided this fact already (reject)" in str(refused.value)
    assert not Triple.objects.exists()


def test_it_decides_no_version_that_the_reviewer_has_not_seen(candidate, bob):
    candidate_defer(candidate=candidate, actor=bob)
    with pytest.raises(DecidedAlready):
        candidate_accept(candidate=candidate, actor=bob, version=1)
    assert not Triple.objects.exists()


@pytest.fixture
def own(document, bob, candidate) -> Candidate:
    """A candidate that bob, the only reviewer, imported himself."""
    Candidate.objects.filter(pk=candidate.pk).update(
        origin="import", proposed_by=bob, extraction=None
    )
    return Candidate.objects.get()


def test_it_lets_nobody_decide_their_own_proposal(own, bob, alice):
    for decide in (candidate_accept, candidate_defer):
        with pytest.raises(NotAllowed):
            decide(candidate=own, actor=bob)
    with pytest.raises(NotAllowed):
        candidate_reject(candidate=own, actor=bob, reason="other")
    assert candidate_accept(candidate=own, actor=alice).own_proposal is False


def test_it_marks_own_proposals_of_a_single_reviewer(own, bob, space):
    space.self_review = True
    space.save()
    decision = candidate_accept(candidate=Candidate.objects.get(), actor=bob)

    assert decision.own_proposal is True
    assert last_event(own).payload["own_proposal"] is True


def test_it_needs_a_second_person_once_there_is_a_second_reviewer(own, bob, alice, space):
    space.self_review = True
    space.save()
    factories.grant(space, alice, "reviewer")
    with pytest.raises(NotAllowed):
        candidate_accept(candidate=Candidate.objects.get(), actor=bob)


def test_it_accepts_a_fact_without_a_document(space, alice, bob):
    candidate = Candidate.objects.create(
        space=space,
        origin="person",
        proposed_by=alice,
        subject_text="Ada Brook",
        relation=factories.make_relation(space),
        object_text="Lindenau",
    )
    decision = candidate_accept(candidate=candidate, actor=bob)
    assert decision.evidence is None
    assert decision.triple.status == "active"
