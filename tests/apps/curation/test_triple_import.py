"""Ready-made triples become candidates, never facts."""

from __future__ import annotations

from datetime import date

import pytest

from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept, candidates_import
from apps.memory.models import Triple
from apps.sources.models import Document, Passage
from apps.sources.triples import TripleRow, render
from tests import factories

ROWS = [
    TripleRow(2, "Ada Brook", "place of birth", "Lindenau", "PER", "LOC", date(1900, 1, 1)),
    TripleRow(3, "Brook Institute", "birthplace", "1921", "org", "TIME"),
    TripleRow(
        4, "Carl Voss", "Place of Birth", "Mirefeld", evidence="Carl Voss comes from Mirefeld."
    ),
]


def make_document(space, alice, rows) -> Document:
    text, spans = render(rows)
    document = factories.make_document(space, alice, text=text, format="triples")
    document.passages.all().delete()
    for index, row in enumerate(spans):
        start, end = row.sentence
        Passage.objects.create(
            document=document,
            index=index,
            start=start,
            end=end,
            text=text[start:end],
            sentences=[start, end],
        )
    return document


@pytest.fixture
def document(space, alice) -> Document:
    factories.make_relation(space, "place of birth", aliases=["birthplace"])
    return make_document(space, alice, ROWS)


def test_it_proposes_each_row_with_its_line(document, space, alice):
    result = candidates_import(space=space, actor=alice, rows=ROWS, document=document)

    assert result.problems == ()
    assert len(result.candidates) == 3
    for row, candidate in zip(ROWS, Candidate.objects.order_by("pk"), strict=True):
        assert (candidate.origin, candidate.proposed_by) == ("import", alice)
        assert candidate.relation.name == "place of birth"
        text = document.text
        assert text[candidate.subject_start : candidate.subject_end] == row.subject
        assert text[candidate.object_start : candidate.object_end] == row.object
    first, second, third = result.candidates
    assert (first.subject_type, first.valid_from) == ("PER", date(1900, 1, 1))
    assert (second.subject_type, second.object_kind) == ("ORG", "time")
    assert document.text[third.sentence_start : third.sentence_end] == ROWS[2].evidence
    assert not Triple.objects.exists()
    event = Event.objects.get(action="candidate.proposed")
    assert (event.actor, len(event.payload["candidates"])) == (alice, 3)


def test_it_reports_rows_that_it_cannot_propose(document, space, alice):
    rows = [
        *ROWS,
        TripleRow(5, "Ada Brook", "shoe size", "38"),
        TripleRow(6, "ada brook", "birthplace", "“Lindenau”"),
    ]
    whole = make_document(space, alice, rows)
    result = candidates_import(space=space, actor=alice, rows=rows, document=whole)

    assert len(result.candidates) == 3
    assert [str(problem) for problem in result.problems] == [
        "Line 5: the space has no relation “shoe size” in use.",
        "Line 6: it repeats an earlier row.",
    ]


def test_it_proposes_nothing_for_a_retired_relation(document, space, alice):
    relation = space.relations.get()
    relation.retired_at = relation.created_at
    relation.save()
    result = candidates_import(space=space, actor=alice, rows=ROWS, document=document)
    assert result.candidates == ()
    assert len(result.problems) == 3
    assert not Event.objects.exists()


def test_it_proposes_no_row_twice(document, space, alice):
    candidates_import(space=space, actor=alice, rows=ROWS, document=document)
    again = candidates_import(space=space, actor=alice, rows=ROWS, document=document)
    assert again.candidates == ()
    assert "proposed already" in str(again.problems[0])
    assert Candidate.objects.count() == 3


def test_it_believes_no_row_of_another_document(document, space, alice):
    other = factories.make_document(space, alice, text="Something else entirely. " * 10)
    result = candidates_import(space=space, actor=alice, rows=ROWS, document=other)
    assert result.candidates == ()
    assert "does not stand at its place" in str(result.problems[0])


def test_it_goes_the_whole_way_with_an_imported_row(document, space, alice, bob):
    candidate = candidates_import(
        space=space, actor=alice, rows=ROWS, document=document
    ).candidates[0]
    decision = candidate_accept(candidate=candidate, actor=bob)
    assert decision.evidence.passage == candidate.passage
    assert decision.triple.valid_from == date(1900, 1, 1)
