"""When a fact holds: no empty period anywhere, and years that touch are a succession."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from apps.curation.forms import EditForm
from apps.memory.controller import ConflictError, EntityInput, InvalidPeriod, TripleInput
from apps.memory.controller import MemoryController as Memory
from apps.memory.models import Triple
from apps.memory.templatetags.memory import period
from apps.sources.errors import BadRows
from apps.sources.triples import parse_triples
from tests import factories
from worker.heads import timing
from worker.types import EntityRef, Fact, RelationSpec

DAY = date(2000, 1, 1)


@pytest.fixture
def mayor(space):
    return factories.make_relation(space, "mayor", single_valued=True)


def given(relation, object: str, begins=None, ends=None) -> TripleInput:
    return TripleInput(EntityInput("Lindenau"), relation, EntityInput(object), begins, ends)


def test_the_memory_takes_no_empty_period(mayor):
    with pytest.raises(InvalidPeriod, match="hold on no day"):
        given(mayor, "Ada", DAY, DAY)


def test_the_database_takes_no_empty_period(space, alice):
    for write in (
        lambda: factories.make_triple(space, "A", "mayor", "B", valid_from=DAY, valid_to=DAY),
        lambda: factories.make_candidate(
            factories.make_document(space, alice), alice, valid_from=DAY, valid_to=DAY
        ),
    ):
        with pytest.raises(IntegrityError, match="valid_range"), transaction.atomic():
            write()


def test_the_form_takes_no_empty_period(space, alice):
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    sent = {name: getattr(candidate, name) for name in EditForm.Meta.fields}
    sent |= {"relation": candidate.relation_id, "valid_from": DAY, "valid_to": DAY}
    form = EditForm(sent, instance=candidate)
    assert not form.is_valid()
    assert "valid_to" in form.errors


def test_a_correction_from_the_same_day_leaves_no_empty_period(space, alice, mayor):
    memory = Memory(space)
    old = memory.write(given(mayor, "Ada", DAY, date(2005, 1, 1)), actor=alice).triple
    new = memory.supersede(old, given(mayor, "Bea", DAY), actor=alice).triple
    old.refresh_from_db()
    assert (old.status, old.valid_from, old.valid_to) == ("superseded", DAY, None)
    with pytest.raises(InvalidPeriod):
        memory.supersede(new, given(mayor, "Cleo"), valid_to=DAY, actor=alice)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1951, 1970), (1970, 1990)),
        ((1970, 1990), (1951, 1970)),
        ((None, 1970), (1970, None)),
        ((1951, 1970), (1971, 1990)),
    ],
)
def test_years_that_touch_are_a_succession(space, alice, mayor, first, second):
    memory = Memory(space)
    for name, (begins, ends) in (("Ada", first), ("Bea", second)):
        memory.write(given(mayor, name, *_years(begins, ends)), actor=alice)
    assert Triple.objects.filter(status="active").count() == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1951, 1970), (1969, 1990)),
        ((1951, 1970), (1970, 1970)),
        ((1951, None), (1970, 1990)),
        ((1951, 1970), (None, None)),
        ((1970, 1970), (1970, 1970)),
    ],
)
def test_times_that_share_more_are_a_conflict(space, alice, mayor, first, second):
    memory = Memory(space)
    memory.write(given(mayor, "Ada", *_years(*first)), actor=alice)
    with pytest.raises(ConflictError):
        memory.write(given(mayor, "Bea", *_years(*second)), actor=alice)


def _years(begins: int | None, ends: int | None) -> tuple[date | None, date | None]:
    return date(begins, 1, 1) if begins else None, date(ends + 1, 1, 1) if ends else None


def _dated(begins: str, ends: str):
    text = f"subject,relation,object,valid_from,valid_to\nA,b,C,{begins},{ends}\n"
    (row,) = parse_triples(text.encode(), "facts.csv")
    return row.valid_from, row.valid_to


@pytest.mark.parametrize(
    ("begins", "ends", "read"),
    [
        ("60 BC", "44 BC", (None, date.min)),
        ("-0043-03-15", "", (None, None)),
        ("27 bce", "0014", (None, date(15, 1, 1))),
        ("27 BC", "14", None),  # a year has four digits
        ("", "0000", (None, date.min)),
    ],
)
def test_an_import_takes_years_before_christ(begins, ends, read):
    if read is None:
        with pytest.raises(BadRows, match="in order"):
            _dated(begins, ends)
    else:
        assert _dated(begins, ends) == read


@pytest.mark.parametrize("wrong", ["0 BC", "-0043-13-01", "BC", "-43", "44 BCD", "-0043-02-99"])
def test_an_import_takes_no_such_year(wrong):
    with pytest.raises(BadRows, match="in order"):
        _dated(wrong, "")


def test_what_was_over_before_the_calendar_begins_is_said_so():
    relation = RelationSpec("1", "mayor", "", "{subject} {object}")
    fact = Fact("1", EntityRef("1", "A"), relation, EntityRef("2", "B"), None, date.min)
    assert timing.period(fact) == "before the year 1"
    assert period(fact) == "until before the year 1"
