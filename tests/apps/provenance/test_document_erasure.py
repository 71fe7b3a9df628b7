"""Erasing a document: nothing of it is left, and every proof holds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.asking.services import question_answer_here
from apps.audit.models import Event, RowChange
from apps.curation.models import Candidate, Decision, Extraction
from apps.curation.refusal_selectors import refused_before
from apps.curation.services import (
    CannotUndo,
    candidate_accept,
    candidate_reject,
    decision_undo,
    extraction_request,
    extraction_retry,
    extraction_run,
)
from apps.curation.services.documents import document_import
from apps.curation.services.errors import DocumentGone
from apps.memory.models import Evidence, Triple
from apps.provenance.merkle import root_of, verify_inclusion
from apps.provenance.rows import entries
from apps.provenance.selectors.lives import life_of
from apps.provenance.services import document_erasure, erasing, question_erasure
from apps.provenance.services.document_erasure import WITHDRAWN, DocumentErasure, document_erase
from apps.provenance.services.erasing import ErasureRefused, numbers_in, runs
from apps.provenance.services.person_erasure import person_erase
from apps.provenance.services.replay import ALL, verify
from apps.provenance.services.sequencer import hashes_of, log_of, seal, tree_of
from apps.sources.models import Document
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def found_in_database(marker: str) -> list[str]:
    """Return every column of text or JSON of every table that holds the marker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_catalog.pg_attribute a"
            " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
            " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
            " WHERE a.attnum > 0 AND NOT a.attisdropped AND t.typname = ANY (%s)",
            [["text", "varchar", "bpchar", "json", "jsonb", "_text", "_varchar"]],
        )
        columns = cursor.fetchall()
        assert len(columns) > 100
        holding = []
        for table, column in columns:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE lower("{column}"::text) LIKE %s',
                [f"%{marker.lower()}%"],
            )
            if cursor.fetchone()[0]:
                holding.append(f"{table}.{column}")
    return holding


TEXT = (
    "Ada Brook was born in Lindenau, as zebrastone wrote. "
    "Carl Moss was born in Zebrastone. Zebrastone Hill was born in Lindenau. "
    "Dora Kemp was born in Lindenau, says zebrastone."
)


@pytest.fixture
def document(space: Space, alice: User, bob: User) -> Document:
    """A document that was read, with one fact accepted, one rejected, one edited; it is quoted in
    an answer."""
    factories.make_relation(space, questions=["Where was {subject} born?"])
    imported = document_import(
        space=space, actor=alice, data=TEXT.encode(), filename="zebrastone.txt",
        title="Notes of zebrastone", ring=False,
    )  # fmt: skip
    assert imported.extraction is not None
    extraction_run(extraction_id=imported.extraction.pk)
    first, second, *_ = Candidate.objects.order_by("pk")
    candidate_accept(candidate=first, actor=bob)
    candidate_reject(candidate=second, actor=bob, reason="not a place")
    return imported.document


def test_nothing_of_it_is_left_and_every_proof_holds(
    space: Space, document: Document, alice: User, carol: User
) -> None:
    question = question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    assert "zebrastone" in question.answer.citations.get().sentence
    seal()
    log = log_of(space)
    size, root = log.size, tree_of(log).root()
    assert len(found_in_database("zebrastone")) > 10

    erased = document_erase(document=document, actor=alice, reason="asked for by the author")

    assert found_in_database("zebrastone") == []
    assert erased.changes > 10
    assert erased.events > 3
    seal()
    log.refresh_from_db()
    assert log.size > size
    assert tree_of(log).root(size) == root
    leaves = list(hashes_of(log, [event for _, event in entries(log, 0, log.size)]))
    assert tree_of(log).root() == root_of(leaves)
    for index in (0, size // 2, size - 1):
        proof = tree_of(log).inclusion(index)
        verify_inclusion(leaves[index], index, log.size, proof, tree_of(log).root())


def test_its_event_tells_which_numbers_and_why(document: Document, alice: User) -> None:
    document_erase(document=document, actor=alice, reason=" asked for ")
    event = Event.objects.get(action="privacy.erased")
    assert event.payload["what"] == f"document {document.pk}"
    assert event.payload["reason"] == "asked for"
    assert event.payload["rows"]["sources_document"] == 1
    named = set(numbers_in(event.payload["changes"]))
    assert named == set(RowChange.objects.exclude(erased=None).values_list("pk", flat=True))
    named = set(numbers_in(event.payload["events"]))
    assert named == set(Event.objects.exclude(erased=None).values_list("pk", flat=True))
    assert named
    assert event.pk not in named


def test_the_log_still_proves_the_rows_as_they_stand(document: Document, alice: User) -> None:
    document_erase(document=document, actor=alice, reason="asked for")
    last = RowChange.objects.filter(table="sources_document", row=document.pk).last()
    assert last is not None
    assert last.erased is None
    assert last.private_after["title"] == f"Erased document {document.pk}"
    assert last.before == last.after
    own = Event.objects.get(action="privacy.erased")
    assert last.transaction == own.transaction
    assert last.pk < own.pk


def test_facts_stay_unless_they_go_too(document: Document, space: Space, alice: User) -> None:
    whole = DocumentErasure(document)
    numbers = whole.numbers()
    assert numbers["passages"] == 1
    assert numbers["candidates"] == 4
    assert numbers["waiting"] == 2
    assert (numbers["facts_alone"], numbers["facts_shared"]) == (1, 0)
    erased = document_erase(document=document, actor=alice, reason="asked for")
    assert erased.retracted == ()
    assert Triple.objects.get(subject__name="Ada Brook").status == "active"
    assert Candidate.objects.filter(state="erased").count() == 2
    document.refresh_from_db()
    assert "erased on" in document.erasure
    assert "alice" in document.erasure


def test_what_only_it_supports_is_retracted_where_that_is_wanted(
    document: Document, space: Space, alice: User
) -> None:
    other = factories.make_document(space, alice, "Eve Stone was born in Lindenau. Both say so.")
    shared = factories.make_triple(space, "Eve Stone", "place of birth", "Lindenau")
    factories.make_evidence(shared, other, alice)
    Evidence.objects.create(
        space=space, triple=shared, passage=document.passages.get(), approved_by=alice,
        sentence_start=0, sentence_end=40, subject_start=0, subject_end=9, object_start=22,
        object_end=30,
    )  # fmt: skip
    assert DocumentErasure(document).numbers()["facts_shared"] == 1
    erased = document_erase(document=document, actor=alice, reason="wrong", retract=True)
    alone = Triple.objects.get(subject__name="Ada Brook")
    assert erased.retracted == (alone.pk,)
    assert alone.status == "retracted"
    shared.refresh_from_db()
    assert shared.status == "active"

    event = Event.objects.get(action="facts.retracted")
    assert event.payload == {"facts": 1, "reason": WITHDRAWN}
    assert event.erased is None
    change = RowChange.objects.get(table="memory_triple", row=alone.pk, op="update")
    assert change.transaction == event.transaction
    life = life_of(alone, user=alice, roles=frozenset({"owner"}))
    assert [one.step.event for one in life.steps if one.step.ends] == [event.pk]
    again = factories.make_candidate(factories.make_document(space, alice), alice)
    (refusal,) = refused_before(again)
    assert (refusal.retracted, refusal.reason) == (True, WITHDRAWN)


def test_one_that_takes_much_is_told_in_several_events(
    document: Document, space: Space, alice: User, monkeypatch: pytest.MonkeyPatch, sign_in: Any
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 2)
    monkeypatch.setattr(erasing, "MOST_TOLD", 5)
    erased = document_erase(document=document, actor=alice, reason="asked for", retract=True)
    told = list(Event.objects.filter(action="privacy.erased").order_by("pk"))
    assert len(told) > 3
    assert [one.payload["part"] for one in told] == list(range(1, len(told) + 1))
    changes = [one for event in told for one in numbers_in(event.payload["changes"])]
    assert set(changes) == set(RowChange.objects.exclude(erased=None).values_list("pk", flat=True))
    events = [one for event in told for one in numbers_in(event.payload["events"])]
    assert set(events) == set(Event.objects.exclude(erased=None).values_list("pk", flat=True))
    assert (len(changes), len(events)) == (erased.changes, erased.events)
    assert sum(event.payload["rows"].get("curation_candidate", 0) for event in told) == 4
    assert max(len(event.payload["changes"]) for event in told) < 10
    assert found_in_database("zebrastone") == []
    seal()
    assert verify(ALL).counts.keys() <= {"orphan"}  # what the tests made without events
    page = sign_in(alice).get("/s/atlas/audit/privacy/").content.decode()
    assert page.count("asked for") == 1
    assert f"{erased.changes} row changes and {erased.events} events" in page
    assert "1 fact taken out of the memory" in page
    person_erase(person=alice, reason="she asked", actor=heir_of(space))
    seal()
    assert verify(ALL).counts.keys() <= {"orphan"}  # what the tests made without events
    page = sign_in(User.objects.get(username="heir")).get("/s/atlas/audit/privacy/")
    assert "asked for" in page.content.decode()
    assert "1 fact taken out of the memory" in page.content.decode()


def test_long_lists_of_numbers_are_looked_up_by_hash() -> None:
    """Only where they have the type of the column: 50,000 in 50,000 took 35 s, and then 0.2."""
    for statement in (document_erasure._EVENTS, question_erasure._EVENTS):
        lists = re.findall(r"subject_id = ANY \(%\(\w+\)s(.*?)\)", statement)
        assert lists
        assert set(lists) == {"::bigint[]"}


def heir_of(space: Space) -> User:
    heir = factories.make_user("heir", is_superuser=True)
    factories.grant(space, heir, "owner")
    return heir


def test_the_same_bytes_can_be_added_again(document: Document, space: Space, alice: User) -> None:
    document_erase(document=document, actor=alice, reason="asked for")
    again = document_import(
        space=space, actor=alice, data=TEXT.encode(), filename="zebrastone.txt", ring=False
    )
    assert again.created
    assert again.document.pk != document.pk


def test_it_is_refused_twice_without_reason_and_while_it_is_read(
    document: Document, alice: User
) -> None:
    with pytest.raises(ErasureRefused, match="Say why"):
        document_erase(document=document, actor=alice, reason=" ")
    extraction_request(document=document, actor=alice, head="scripted", ring=False)
    with pytest.raises(ErasureRefused, match="being read"):
        document_erase(document=document, actor=alice, reason="asked for")
    Extraction.objects.filter(state="queued").update(state="cancelled")
    document_erase(document=document, actor=alice, reason="asked for")
    with pytest.raises(ErasureRefused, match="already"):
        document_erase(document=document, actor=alice, reason="asked for")


def test_nothing_is_read_of_it_any_more(document: Document, alice: User, bob: User) -> None:
    cancelled = extraction_request(document=document, actor=alice, head="scripted", ring=False)
    Extraction.objects.filter(pk=cancelled.pk).update(state="cancelled")
    document_erase(document=document, actor=alice, reason="asked for")
    with pytest.raises(DocumentGone):
        extraction_request(document=document, actor=alice, head="scripted", ring=False)
    cancelled.refresh_from_db()
    with pytest.raises(DocumentGone):
        extraction_retry(extraction=cancelled, actor=alice)
    accepted = Decision.objects.get(action="accept")
    with pytest.raises(CannotUndo, match="erased"):
        decision_undo(decision=accepted, actor=bob)


def test_the_database_lets_texts_go_in_no_other_way(document: Document, alice: User) -> None:
    def refused(rows: Any, **values: Any) -> bool:
        try:
            with transaction.atomic():
                rows.update(**values)
        except DatabaseError:
            return True
        return False

    rows = Document.objects.filter(pk=document.pk)
    assert refused(document.passages, text="")
    assert refused(rows, text="")
    assert refused(rows, erased_at=timezone.now(), erased_by=alice)
    assert refused(rows, text="Else", erased_at=timezone.now(), erased_by=alice)
    document_erase(document=document, actor=alice, reason="asked for")
    assert refused(rows, erased_at=None, erased_by=None)
    assert refused(rows, text="Something else.")
    assert refused(document.passages, text="Something else.")
    assert refused(document.passages, index=7)


def test_numbers_as_runs() -> None:
    assert runs([3, 1, 2, 7]) == [[1, 3], [7, 7]]
    assert list(numbers_in([[1, 3], [7, 7]])) == [1, 2, 3, 7]
