"""Two people at the same moment: real threads, real transactions."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from apps.audit.models import Event
from apps.curation.models import Candidate, Decision, Extraction, Hold
from apps.curation.services import (
    CannotUndo,
    DecidedAlready,
    candidate_accept,
    candidate_defer,
    candidate_edit,
    candidate_reject,
    decision_undo,
    extraction_request,
    hold_take,
)
from apps.memory.models import Evidence, Triple
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidate(space, alice) -> Candidate:
    return factories.make_candidate(factories.make_document(space, alice), alice)


def fresh(candidate: Candidate) -> Candidate:
    """Return the candidate as a request of its own would load it."""
    return Candidate.objects.select_related("space", "relation", "passage").get(pk=candidate.pk)


def test_it_lets_one_of_many_reviewers_decide(candidate, bob, alice):
    erin = factories.make_user("erin")
    results = at_once(
        partial(candidate_accept, candidate=fresh(candidate), actor=bob),
        partial(candidate_reject, candidate=fresh(candidate), actor=alice, reason="other"),
        partial(candidate_defer, candidate=fresh(candidate), actor=erin),
        partial(
            candidate_edit,
            candidate=fresh(candidate),
            actor=erin,
            changes={"object_text": "Mirefeld"},
        ),
        partial(candidate_accept, candidate=fresh(candidate), actor=alice),
    )

    kinds = Counter(type(result).__name__ for result in results)
    assert kinds == {"Decision": 1, "DecidedAlready": 4}
    decision = Decision.objects.get()
    assert all(
        result.decision == decision for result in results if isinstance(result, DecidedAlready)
    )
    assert Event.objects.filter(action__startswith="candidate.").count() == 1
    assert Triple.objects.count() <= 1
    assert fresh(candidate).version == 2


def test_it_writes_one_triple_for_the_same_fact_from_two_documents(candidate, bob, alice, space):
    other = factories.make_document(space, alice, text="Ada Brook came from Lindenau.")
    again = factories.make_candidate(other, alice)
    results = at_once(
        partial(candidate_accept, candidate=fresh(candidate), actor=bob),
        partial(candidate_accept, candidate=fresh(again), actor=alice),
    )

    assert all(isinstance(result, Decision) for result in results)
    assert Triple.objects.get().evidence.count() == 2
    assert Counter([fresh(candidate).state, fresh(again).state]) == {"accepted": 1, "merged": 1}


def test_it_undoes_a_decision_once_for_two_people(candidate, bob, alice):
    decision = candidate_accept(candidate=candidate, actor=bob)
    results = at_once(
        partial(decision_undo, decision=Decision.objects.get(), actor=bob),
        partial(decision_undo, decision=Decision.objects.get(), actor=alice),
    )

    assert Counter(type(result).__name__ for result in results) == {
        "Candidate": 1,
        "CannotUndo": 1,
    }
    assert Event.objects.filter(action="decision.undone").count() == 1
    assert fresh(candidate).version == 3
    assert any(isinstance(result, CannotUndo) for result in results)
    decision.refresh_from_db()
    assert decision.undone_at is not None


def test_it_keeps_a_fact_that_is_accepted_while_it_is_undone(candidate, bob, alice, space):
    other = factories.make_document(space, alice, text="Ada Brook came from Lindenau.")
    again = factories.make_candidate(other, alice)
    candidate_accept(candidate=candidate, actor=bob)
    results = at_once(
        partial(decision_undo, decision=Decision.objects.get(), actor=bob),
        partial(candidate_accept, candidate=fresh(again), actor=alice),
    )

    assert not [result for result in results if isinstance(result, Exception)]
    standing = Triple.objects.get(status="active")
    evidence = Evidence.objects.get(retracted_at=None)
    assert evidence.triple == standing
    assert evidence.passage == again.passage


def test_it_queues_one_extraction_for_two_requests(space, alice, bob):
    document = factories.make_document(space, alice)
    results = at_once(
        partial(extraction_request, document=document, actor=alice),
        partial(extraction_request, document=document, actor=bob),
    )
    assert results[0] == results[1] == Extraction.objects.get()
    assert Event.objects.filter(action="extraction.requested").count() == 1


def test_it_gives_a_card_to_one_of_ten_who_ask_at_once(candidate):
    people = [factories.make_user(f"reviewer{number}") for number in range(10)]
    results = at_once(
        *(partial(hold_take, candidate=fresh(candidate), holder=one) for one in people)
    )

    assert Counter(type(result).__name__ for result in results) == {"Hold": 1, "NoneType": 9}
    assert Hold.objects.get().holder in people
