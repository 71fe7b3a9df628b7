"""Every decision can be taken back, and what it wrote goes with it."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.curation import views
from apps.curation.cards import card_of
from apps.curation.models import Candidate
from apps.curation.services import (
    CannotUndo,
    candidate_accept,
    candidate_defer,
    candidate_edit,
    candidate_merge,
    candidate_reject,
    candidate_supersede,
    decision_undo,
)
from apps.memory.controller import MemoryController
from apps.memory.models import Evidence, Triple
from tests import factories


@pytest.fixture
def document(space, alice):
    return factories.make_document(space, alice)


@pytest.fixture
def candidate(document, alice) -> Candidate:
    return factories.make_candidate(document, alice)


@pytest.fixture
def again(space, alice) -> Candidate:
    """The same fact from another document."""
    other = factories.make_document(space, alice, text="Ada Brook came from Lindenau.")
    return factories.make_candidate(other, alice)


def is_open_again(candidate: Candidate, version: int = 3) -> bool:
    candidate.refresh_from_db()
    return (candidate.state, candidate.version) == ("pending", version)


def test_it_undoes_an_acceptance(candidate, bob, alice):
    decision = candidate_accept(candidate=candidate, actor=bob)
    decision_undo(decision=decision, actor=alice)

    assert is_open_again(candidate)
    assert Triple.objects.get().status == "retracted"
    assert Evidence.objects.get().retracted_at is not None
    assert (decision.undone_by, decision.undone_at is not None) == (alice, True)
    event = Event.objects.filter(action="decision.undone").get()
    assert event.payload["decision"] == decision.pk
    assert event.payload["decided_by"] == "bob"


def test_it_can_decide_again_after_an_undo(candidate, bob):
    decision_undo(decision=candidate_accept(candidate=candidate, actor=bob), actor=bob)
    candidate.refresh_from_db()
    second = candidate_accept(candidate=candidate, actor=bob)

    assert second.triple.status == "active"
    assert second.evidence.retracted_at is None
    assert candidate.decisions.filter(undone_at=None).get() == second


def test_it_undoes_a_rejection_and_a_deferral(candidate, bob):
    decision_undo(
        decision=candidate_reject(candidate=candidate, actor=bob, reason="other"), actor=bob
    )
    assert is_open_again(candidate)
    decision_undo(decision=candidate_defer(candidate=candidate, actor=bob), actor=bob)
    assert is_open_again(candidate, version=5)
    assert candidate.deferred_at is None


def test_it_brings_back_what_was_proposed_before_an_edit(document, bob, alice, space):
    known = factories.make_entity(space, "She")
    candidate = factories.make_candidate(
        document,
        alice,
        subject="She",
        relation="founded",
        object="Brook Institute",
        subject_entity=known,
    )
    as_proposed = Candidate.objects.filter(pk=candidate.pk).values().get()
    decision = candidate_edit(
        candidate=candidate,
        actor=bob,
        changes={
            "subject_text": "Ada Brook",
            "relation": factories.make_relation(space, "founder of"),
            "valid_from": date(1921, 1, 1),
        },
    )
    decision_undo(decision=decision, actor=bob)

    now = Candidate.objects.filter(pk=candidate.pk).values().get()
    assert now == as_proposed | {"version": 3}


def test_it_keeps_a_triple_that_others_say_too(candidate, again, bob):
    first = candidate_accept(candidate=candidate, actor=bob)
    second = candidate_accept(candidate=again, actor=bob)
    triple = first.triple

    decision_undo(decision=first, actor=bob)
    triple.refresh_from_db()
    assert triple.status == "active"
    assert triple.evidence.get(retracted_at=None) == second.evidence

    decision_undo(decision=second, actor=bob)
    triple.refresh_from_db()
    assert triple.status == "retracted"


def test_it_keeps_evidence_that_two_decisions_rest_on(candidate, document, bob, alice):
    twin = Candidate.objects.create(
        **{
            field.attname: getattr(candidate, field.attname)
            for field in Candidate._meta.concrete_fields
            if field.attname not in ("id", "extraction_id")
        }
        | {"extraction": factories.make_extraction(document, alice)}
    )
    first = candidate_accept(candidate=candidate, actor=bob)
    second = candidate_accept(candidate=twin, actor=bob)
    assert first.evidence == second.evidence

    decision_undo(decision=first, actor=bob)
    assert Evidence.objects.get().retracted_at is None
    decision_undo(decision=second, actor=bob)
    assert Evidence.objects.get().retracted_at is not None
    assert Triple.objects.get().status == "retracted"


def test_it_undoes_a_merge_and_leaves_the_triple(candidate, bob, space):
    triple = factories.make_triple(space, "A. Brook", "birthplace", "Lindenau")
    decision = candidate_merge(candidate=candidate, actor=bob, triple=triple)
    decision_undo(decision=decision, actor=bob)

    triple.refresh_from_db()
    assert triple.status == "active"
    assert not triple.evidence.filter(retracted_at=None).exists()


@pytest.fixture
def superseding(candidate, bob, space):
    """A decision that put Lindenau in the place of Mirefeld, which had an end already."""
    relation = factories.make_relation(space, "place of birth")
    relation.single_valued = True
    relation.save()
    candidate.relation.refresh_from_db()
    old = factories.make_triple(space, "Ada Brook", relation, "Mirefeld", valid_to=date(1990, 1, 1))
    return candidate_supersede(
        candidate=candidate, actor=bob, replaced=old, valid_to=date(1950, 1, 1)
    )


def test_it_undoes_a_supersede_and_restores_the_older_fact(superseding, candidate, bob):
    decision_undo(decision=superseding, actor=bob)

    old = superseding.replaced
    old.refresh_from_db()
    assert (old.status, old.valid_to, old.superseded_by) == ("active", date(1990, 1, 1), None)
    superseding.triple.refresh_from_db()
    assert superseding.triple.status == "retracted"
    assert is_open_again(candidate)


def test_it_does_not_undo_what_a_later_fact_replaced(superseding, bob, space, alice, candidate):
    text = "Ada Brook was born in Northgate."
    later = factories.make_candidate(
        factories.make_document(space, alice, text=text), alice, object="Northgate"
    )
    replacement = candidate_supersede(candidate=later, actor=bob, replaced=superseding.triple)

    with pytest.raises(CannotUndo, match="A later fact has replaced this one"):
        decision_undo(decision=superseding, actor=bob)
    candidate.refresh_from_db()
    assert candidate.state == "superseding"

    decision_undo(decision=replacement, actor=bob)
    decision_undo(decision=superseding, actor=bob)
    assert Triple.objects.get(status="active") == superseding.replaced


def test_it_does_not_undo_a_supersede_that_others_rest_on(superseding, again, bob):
    candidate_accept(candidate=again, actor=bob)
    with pytest.raises(CannotUndo, match="Other decisions rest on this fact"):
        decision_undo(decision=superseding, actor=bob)
    assert superseding.evidence.retracted_at is None


def test_it_does_not_restore_against_a_fact_that_came_later(superseding, bob, space):
    memory = MemoryController(space)
    memory.retract(superseding.triple, actor=bob)
    factories.make_triple(space, "Ada Brook", superseding.triple.relation, "Northgate")

    with pytest.raises(CannotUndo, match="accepted later contradicts"):
        decision_undo(decision=superseding, actor=bob)


def test_it_undoes_a_decision_once(candidate, bob):
    decision = candidate_accept(candidate=candidate, actor=bob)
    decision_undo(decision=decision, actor=bob)
    with pytest.raises(CannotUndo, match="does not stand any more"):
        decision_undo(decision=decision, actor=bob)
    assert is_open_again(candidate)


def test_it_does_not_undo_a_deferral_that_a_decision_followed(candidate, bob):
    deferral = candidate_defer(candidate=candidate, actor=bob)
    candidate_accept(candidate=candidate, actor=bob)
    with pytest.raises(CannotUndo):
        decision_undo(decision=deferral, actor=bob)
    candidate.refresh_from_db()
    assert candidate.state == "accepted"


def test_it_does_not_undo_an_edit_into_another_candidate(document, bob, alice, space):
    candidate = factories.make_candidate(document, alice)
    edited = candidate_edit(
        candidate=candidate,
        actor=bob,
        changes={"relation": factories.make_relation(space, "residence")},
    )
    factories.make_candidate(document, alice)

    with pytest.raises(CannotUndo, match="Another candidate now says"):
        decision_undo(decision=edited, actor=bob)
    candidate.refresh_from_db()
    assert candidate.relation.name == "residence"


def test_it_undoes_a_fact_that_someone_retracted_meanwhile(candidate, bob, space):
    decision = candidate_accept(candidate=candidate, actor=bob)
    MemoryController(space).retract(decision.triple, actor=bob)
    decision_undo(decision=decision, actor=bob)
    assert is_open_again(candidate)


@pytest.mark.parametrize("decide", [candidate_accept, partial(candidate_reject, reason="no")])
def test_a_card_is_drawn_while_its_decision_is_undone(
    candidate, bob, sign_in, space, decide, monkeypatch
):
    decision = decide(candidate=candidate, actor=bob)
    stale = Candidate.objects.get(pk=candidate.pk)
    decision_undo(decision=decision, actor=bob)
    assert card_of(stale, bob).candidate.state == "pending"

    decision = candidate_accept(candidate=Candidate.objects.get(pk=candidate.pk), actor=bob)
    read = views.get_candidate
    address = reverse("curation:candidate-detail", args=[space.slug, candidate.pk])

    def undone_meanwhile(request, pk):
        found = read(request, pk)
        decision_undo(decision=decision, actor=bob)
        return found

    monkeypatch.setattr(views, "get_candidate", undone_meanwhile)
    page = sign_in(bob).get(address)
    assert page.status_code == 200
    assert "Accept" in page.content.decode()


def test_a_card_without_its_decision_is_drawn_all_the_same(candidate, bob, sign_in, space):
    """The row says accepted and no decision stands, as when both change at every reading."""
    Candidate.objects.filter(pk=candidate.pk).update(state="accepted")
    address = reverse("curation:candidate-detail", args=[space.slug, candidate.pk])
    assert sign_in(bob).get(address).status_code == 200
