"""The values of times and quantities, from proposal and import to the memory."""

from __future__ import annotations

from datetime import date

import pytest

from apps.curation.models import Candidate
from apps.curation.services import (
    candidate_accept,
    candidate_edit,
    candidates_import,
    decision_undo,
    extraction_request,
    extraction_run,
)
from apps.memory.models import Entity, Triple
from apps.sources.triples import parse_triples, render
from tests import factories

TEXT = (
    "Ada Brook was born on 7 November 1867. Ada Brook worked for Guild from 1892 to 1902. "
    "Cole Finn was born on November 7, 1867."
)


@pytest.fixture
def document(space, alice):
    for name, prop in (("date of birth", "P569"), ("employer", "P108")):
        cues = ["work*"] if name == "employer" else []
        factories.make_relation(space, name, wikidata_property=prop, cue_words=cues)
    return factories.make_document(space, alice, text=TEXT)


@pytest.fixture
def candidates(document, alice) -> list[Candidate]:
    extraction = extraction_request(document=document, actor=alice, head="scripted", ring=False)
    extraction_run(extraction_id=extraction.pk)
    return list(Candidate.objects.all())


def test_it_keeps_values_and_validity_with_the_candidates(candidates):
    born, employed, other = candidates
    assert born.object_value == {
        "edtf": "1867-11-07",
        "from": "1867-11-07",
        "to": "1867-11-07",
        "precision": "day",
        "text": "7 November 1867",
    }
    assert other.object_value["edtf"] == "1867-11-07"
    assert (born.valid_from, born.valid_to) == (None, None)
    assert employed.object_value is None
    assert (employed.valid_from, employed.valid_to) == (date(1892, 1, 1), date(1903, 1, 1))


def test_it_accepts_two_spellings_of_a_date_as_one_entity(candidates, bob):
    for candidate in candidates:
        candidate_accept(candidate=candidate, actor=bob)
    time = Entity.objects.get(kind="time")
    assert (time.name, time.value["edtf"]) == ("7 November 1867", "1867-11-07")
    assert [alias.name for alias in time.aliases.all()] == ["November 7, 1867"]
    employer = Triple.objects.get(relation__name="employer")
    assert (employer.valid_from, employer.valid_to) == (date(1892, 1, 1), date(1903, 1, 1))


def test_it_reads_an_edited_object_again(candidates, bob):
    decision = candidate_edit(
        candidate=candidates[0], actor=bob, changes={"object_text": "in 1868"}
    )
    candidates[0].refresh_from_db()
    assert candidates[0].object_value is None
    decision_undo(decision=decision, actor=bob)
    candidates[0].refresh_from_db()
    assert candidates[0].object_value["edtf"] == "1867-11-07"
    candidate_edit(candidate=candidates[0], actor=bob, changes={"object_text": "1867"})
    assert Entity.objects.get(name="1867").value["edtf"] == "1867"


def test_it_reads_the_object_again_when_its_kind_is_edited(candidates, bob):
    candidate_edit(candidate=candidates[0], actor=bob, changes={"object_kind": "item"})
    candidates[0].refresh_from_db()
    assert candidates[0].object_value is None
    assert Entity.objects.get(name="7 November 1867").value is None


def test_it_keeps_the_period_that_a_reviewer_gives(candidates, bob):
    changes = {"valid_from": date(1893, 5, 1), "valid_to": None}
    candidate_edit(candidate=candidates[1], actor=bob, changes=changes)
    triple = Triple.objects.get()
    assert (triple.valid_from, triple.valid_to) == (date(1893, 5, 1), None)


@pytest.mark.parametrize(
    ("type_", "text", "normal"),
    [
        ("TIME", "Nov. 7th, 1867", {"edtf": "1867-11-07"}),
        ("NUM", "two million", {"quantity": "2000000"}),
        ("TIME", "31 February 1867", None),
        ("NUM", "several", None),
        ("PER", "1867", None),
    ],
)
def test_it_reads_the_objects_of_imports(space, alice, type_, text, normal):
    factories.make_relation(space, "amount")
    data = f'subject,relation,object,object_type\nAda Brook,amount,"{text}",{type_}\n'
    rows = parse_triples(data.encode(), "a.csv")
    document = factories.make_document(space, alice, text=render(rows)[0], format="triples")
    (candidate,) = candidates_import(
        space=space, actor=alice, rows=rows, document=document
    ).candidates
    value = candidate.object_value
    assert value is None if normal is None else normal.items() <= value.items()
