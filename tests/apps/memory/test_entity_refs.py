"""Entities as heads see them: a literal brings its kind and its value, however it is read."""

from __future__ import annotations

import pytest

from apps.memory.controller import EntityInput, MemoryController, TripleInput, entity_ref
from apps.memory.models import Entity
from tests import factories
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.heads.timing import time_of
from worker.literals import as_json, parse_literal, parse_time, value_from_json
from worker.types import MemoryQuery, RelationSpec, TimeValue


@pytest.mark.django_db
def test_every_way_to_an_entity_gives_its_kind_and_value(space, bob):
    memory = MemoryController(space)
    born = factories.make_relation(space, "date of birth")
    for name, kind in (("7 November 1867", "time"), ("1,500 km", "quantity"), ("Paris", "item")):
        given = EntityInput(name, kind=kind)
        memory.write(TripleInput(EntityInput(f"Of {name}"), born, given), actor=bob)
        value = parse_literal(name, kind)
        row = Entity.objects.get(name=name)
        (fact,) = memory.read(MemoryQuery("date of birth", subject=f"Of {name}")).facts
        (turned,) = memory.read(MemoryQuery("date of birth", object=name)).facts
        found = [ref for _, _, ref in memory.find_entities(f"What was {name}?") if ref.name == name]
        for ref in (entity_ref(row), fact.object, turned.object, *found):
            assert (ref.id, ref.kind, ref.value) == (str(row.pk), kind, value)
        assert found
    ((_, _, spelt),) = memory.find_entities("Who was born on November 7, 1867?")
    assert spelt.value == parse_time("7 November 1867")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("44 BC", "time"), ("since 1999", "time"), ("about 1850", "time"), ("2008", "time"),
        ("1.5 million USD", "quantity"), ("over 200", "quantity"), ("about 5 people", "quantity"),
        ("10 to 12 km", "quantity"), ("two thirds", "quantity"),
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_was_stored(text, kind):
    value = parse_literal(text, kind)
    assert value is not None
    assert value_from_json(as_json(value, text)) == value


def test_what_is_no_value_gives_none():
    assert value_from_json(None) is None
    assert value_from_json({"text": "May"}) is None


def test_a_memory_in_a_dictionary_has_them_too():
    memory = InMemoryMemory([RelationSpec("P569", "date of birth")])
    fact = memory.add(Named("Ada", "PER"), "P569", Named("1867", "TIME"))
    assert fact.subject.kind == "item"
    assert fact.object.kind == "time"
    assert isinstance(fact.object.value, TimeValue)
    assert time_of(fact.object) == parse_time("1867")
    assert time_of(fact.subject) is None
