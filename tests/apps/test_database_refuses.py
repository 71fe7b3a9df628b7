"""Wrong states that the database itself makes impossible, whatever the code above it does."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.accounts.models import Membership, Space, User
from apps.curation.models import Candidate, Decision, Extraction, RelationProposal
from apps.memory.models import Entity, Evidence, Triple
from apps.sources.models import Document, Passage
from tests import factories

DAY = datetime.date(2020, 5, 1)
BEFORE = datetime.date(2019, 5, 1)


def refused(write: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            write()
    except DatabaseError:
        return True
    return False


@pytest.fixture
def document(space: Space, alice: User) -> Document:
    return factories.make_document(space, alice)


@pytest.fixture
def triple(space: Space) -> Triple:
    return factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")


def test_it_refuses_two_equal_active_triples(space: Space, triple: Triple) -> None:
    assert refused(lambda: factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau"))
    Triple.objects.filter(pk=triple.pk).update(status="retracted", retracted_at=timezone.now())
    assert not refused(
        lambda: factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    )


def test_it_allows_the_same_triple_at_another_time(space: Space, triple: Triple) -> None:
    assert not refused(
        lambda: factories.make_triple(
            space, "Ada Brook", "place of birth", "Lindenau", valid_from=DAY
        )
    )


def test_it_refuses_a_validity_that_ends_before_it_begins(space: Space) -> None:
    assert refused(
        lambda: factories.make_triple(space, "A", "employer", "B", valid_from=DAY, valid_to=BEFORE)
    )


@pytest.mark.parametrize(
    "fields",
    [{"status": "superseded"}, {"status": "retracted"}, {"retracted_at": timezone.now()}],
)
def test_it_refuses_a_status_that_does_not_fit(triple: Triple, fields: dict[str, Any]) -> None:
    assert refused(lambda: Triple.objects.filter(pk=triple.pk).update(**fields))


def test_it_refuses_a_triple_of_two_spaces(space: Space, triple: Triple) -> None:
    stranger = factories.make_entity(factories.make_space("other"), "Stranger")
    assert refused(lambda: Triple.objects.filter(pk=triple.pk).update(object=stranger))


@pytest.mark.parametrize(
    "spans",
    [
        {"sentence_end": 10_000, "object_end": 10_000},
        {"subject_start": 5, "subject_end": 5},
        {"object_start": 31, "object_end": 40},
    ],
    ids=["leaves the passage", "is empty", "leaves the sentence"],
)
def test_it_refuses_evidence_whose_span(
    triple: Triple, document: Document, alice: User, spans: dict[str, int]
) -> None:
    good = factories.make_evidence(triple, document, alice)
    assert refused(lambda: Evidence.objects.filter(pk=good.pk).update(**spans))


def test_it_refuses_evidence_from_another_space(triple: Triple, mallory: User) -> None:
    foreign = factories.make_document(factories.make_space("other"), mallory)
    assert refused(lambda: factories.make_evidence(triple, foreign, mallory))


def test_it_refuses_a_passage_that_differs_from_its_document(document: Document) -> None:
    def write() -> None:
        Passage.objects.create(
            document=document, index=1, start=0, end=3, text="Eda", sentences=[0, 3]
        )

    assert refused(write)


def test_it_refuses_a_passage_past_the_end(document: Document) -> None:
    end = len(document.text)

    def write() -> None:
        Passage.objects.create(
            document=document, index=1, start=end, end=end + 2, text="..", sentences=[0, 3]
        )

    assert refused(write)


def test_it_refuses_a_changed_document_or_passage(document: Document) -> None:
    assert refused(lambda: Document.objects.filter(pk=document.pk).update(text="Something else."))
    assert refused(lambda: document.passages.update(index=7))
    assert not refused(lambda: Document.objects.filter(pk=document.pk).update(title="Renamed"))


def test_it_refuses_the_same_content_twice(document: Document, space: Space, alice: User) -> None:
    assert refused(lambda: factories.make_document(space, alice))


def test_it_refuses_a_second_standing_decision(document: Document, alice: User, bob: User) -> None:
    candidate = factories.make_candidate(document, alice)

    def reject(**fields: Any) -> Decision:
        return Decision.objects.create(
            candidate=candidate, action="reject", actor=bob, **{"reason": "not stated", **fields}
        )

    first = reject()
    assert refused(reject)
    Decision.objects.filter(pk=first.pk).update(undone_at=timezone.now(), undone_by=bob)
    assert not refused(reject)


def test_it_refuses_a_rejection_without_a_reason(
    document: Document, alice: User, bob: User
) -> None:
    candidate = factories.make_candidate(document, alice)
    assert refused(lambda: Decision.objects.create(candidate=candidate, action="reject", actor=bob))


def test_it_refuses_an_acceptance_without_a_triple(
    document: Document, alice: User, bob: User
) -> None:
    candidate = factories.make_candidate(document, alice)
    assert refused(lambda: Decision.objects.create(candidate=candidate, action="accept", actor=bob))


def test_it_refuses_what_says_nothing_again(document: Document, alice: User) -> None:
    candidate = factories.make_candidate(document, alice)
    rows = Candidate.objects.filter(pk=candidate.pk)
    assert refused(lambda: rows.update(state="again"))
    assert not refused(lambda: rows.update(state="again", follows_from=candidate.pk))


def test_it_refuses_a_candidate_that_nobody_proposed(document: Document, alice: User) -> None:
    candidate = factories.make_candidate(document, alice)
    rows = type(candidate).objects.filter(pk=candidate.pk)
    assert refused(lambda: rows.update(origin="person"))
    assert refused(lambda: rows.update(extraction=None))
    assert refused(lambda: rows.update(state="half accepted"))
    assert refused(lambda: rows.update(score=1.5))


@pytest.mark.parametrize(
    "fields",
    [{"state": "running"}, {"state": "failed"}, {"state": "gone"}, {"lease_until": timezone.now()}],
    ids=["running without lease", "failed without reason", "unknown", "lease without running"],
)
def test_it_refuses_a_job_that_is(document: Document, alice: User, fields: dict[str, Any]) -> None:
    job = factories.make_extraction(document, alice)
    assert refused(lambda: Extraction.objects.filter(pk=job.pk).update(**fields))


def test_it_refuses_two_open_extractions_of_a_document(document: Document, alice: User) -> None:
    factories.make_extraction(document, alice, state="queued", finished_at=None)
    assert refused(
        lambda: factories.make_extraction(document, alice, state="queued", finished_at=None)
    )


def test_it_refuses_an_entity_twice_or_merged_into_itself(space: Space) -> None:
    entity = Entity.objects.create(space=space, name="Lindenau", type="LOC")
    assert refused(lambda: Entity.objects.create(space=space, name=" lindenau", type="LOC"))
    assert not refused(
        lambda: Entity.objects.create(
            space=space, name="Lindenau", type="LOC", description="the one on the lake"
        )
    )
    assert refused(lambda: Entity.objects.filter(pk=entity.pk).update(merged_into=entity))


def test_it_refuses_an_unknown_role(space: Space, alice: User) -> None:
    assert refused(lambda: Membership.objects.create(space=space, user=alice, role="emperor"))


def test_it_refuses_a_correction_of_no_question_or_of_another_space(
    space: Space, carol: User, mallory: User
) -> None:
    elsewhere = Space.objects.get(slug="elsewhere")
    foreign = factories.make_question(elsewhere, mallory)
    own = factories.make_question(space, carol)
    relation = factories.make_relation(space)

    def corrected(question: int) -> Candidate:
        return Candidate.objects.create(
            space=space, origin="correction", proposed_by=carol, question=question,
            subject_text="Ada", relation=relation, object_text=str(question),
        )  # fmt: skip

    def asked_for(question: int) -> RelationProposal:
        return RelationProposal.objects.create(
            space=space, proposed_by=carol, name="blood type", subject_text="Ada",
            object_text="A", question=question, question_text="?",
        )  # fmt: skip

    for write in (corrected, asked_for):
        assert refused(lambda write=write: write(foreign.pk))
        assert refused(lambda write=write: write(own.pk + foreign.pk + 1))
        assert not refused(lambda write=write: write(own.pk))
