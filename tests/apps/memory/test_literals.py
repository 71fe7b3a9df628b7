"""Times and quantities in the memory: one entity for one value, however it is spelt."""

from __future__ import annotations

import pytest

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.memory.controller import ConflictError, EntityInput, MemoryController, TripleInput
from apps.memory.models import Entity
from apps.memory.services import entity_change
from tests import factories
from worker.literals import as_json, parse_literal


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)


def stated(space: Space, text: str, kind: str = "time", relation: str = "date of birth"):
    type_ = {"time": "TIME", "quantity": "NUM", "text": "MISC"}[kind]
    return TripleInput(
        EntityInput("Ada Brook", "PER"),
        factories.make_relation(space, relation, single_valued=True),
        EntityInput(text, type_, kind),
    )


@pytest.mark.parametrize(
    ("kind", "one", "other", "normal"),
    [
        ("time", "7 November 1867", "November 7th, 1867", {"edtf": "1867-11-07"}),
        ("time", "the 1990s", "1990s", {"edtf": "199X"}),
        ("time", "from 1914 to 1918", "1914–18", {"edtf": "1914/1918"}),
        ("quantity", "twelve", "12", {"quantity": "12"}),
        ("quantity", "US$ 1.5 million", "1,500,000 US dollars", {"quantity": "1500000 USD"}),
        ("text", "+44 20 7946 0000", "+442079460000", {"normal": "+442079460000"}),
    ],
)
def test_it_makes_one_entity_and_one_fact_of_equal_values(
    memory, space, bob, kind, one, other, normal
):
    first = memory.write(stated(space, one, kind), actor=bob)
    assert memory.conflicts(stated(space, other, kind)) == ()
    second = memory.write(stated(space, other, kind), actor=bob)
    entity = Entity.objects.get(kind=kind)
    assert (first.triple, second.created) == (second.triple, False)
    assert (entity.name, [alias.name for alias in entity.aliases.all()]) == (one, [other])
    assert normal.items() <= entity.value.items()


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("time", "7 November 1867", "8 November 1867"),
        ("time", "1867", "1868"),
        ("time", "early 1990s", "late 1990s"),
        ("time", "three years", "three weeks"),
        ("quantity", "12 km", "12 mi"),
        ("quantity", "about 12", "13"),
    ],
)
def test_it_keeps_other_values_apart(memory, space, bob, kind, one, other):
    memory.write(stated(space, one, kind), actor=bob)
    with pytest.raises(ConflictError):
        memory.write(stated(space, other, kind), actor=bob)
    memory.write(stated(space, other, kind), actor=bob, despite_conflicts=True)
    assert Entity.objects.filter(kind=kind).count() == 2


def test_it_sees_no_conflict_in_a_less_exact_value(memory, space, bob):
    memory.write(stated(space, "7 November 1867"), actor=bob)
    assert memory.conflicts(stated(space, "1867")) == ()
    assert memory.conflicts(stated(space, "the 19th century")) == ()
    memory.write(stated(space, "over 200 km", "quantity", "length"), actor=bob)
    assert memory.conflicts(stated(space, "250 km", "quantity", "length")) == ()


def test_it_never_takes_a_thing_for_a_literal_of_its_name(memory, space, bob):
    novel = factories.make_entity(space, "1984", type="MISC")
    written = memory.write(stated(space, "1984"), actor=bob)
    assert written.triple.object != novel
    assert novel.value is None


def test_it_looks_only_in_its_own_space(memory, space, bob, mallory):
    elsewhere = Space.objects.get(slug="elsewhere")
    value = as_json(parse_literal("1867", "time"), "1867")
    factories.make_entity(elsewhere, "1867", type="TIME", kind="time", value=value)
    written = memory.write(stated(space, "the year 1867"), actor=bob)
    assert written.triple.object.space == space


def test_it_follows_a_merged_entity_of_the_value(memory, space, bob):
    value = as_json(parse_literal("1867", "time"), "1867")
    kept = factories.make_entity(space, "the year of the flood", type="TIME", kind="time")
    factories.make_entity(space, "1867", type="TIME", kind="time", value=value, merged_into=kept)
    written = memory.write(stated(space, "the year 1867"), actor=bob)
    assert written.triple.object == kept


def test_it_gives_a_value_to_a_literal_that_had_none(memory, space, bob):
    twelve = factories.make_entity(space, "twelve", type="NUM", kind="quantity")
    memory.write(stated(space, "twelve", "quantity"), actor=bob)
    twelve.refresh_from_db()
    assert twelve.value["quantity"] == "12"
    changed = Event.objects.filter(action="entity.changed").first()
    assert changed.payload["value"]["quantity"] == "12"


def test_it_reads_the_value_again_when_a_literal_is_renamed(space: Space, alice: User):
    value = as_json(parse_literal("1867", "time"), "1867")
    entity = factories.make_entity(space, "1867", type="TIME", kind="time", value=value)
    renamed = entity_change(
        entity=entity, actor=alice, name="May 1867", type="TIME", description=""
    )
    assert renamed.value["edtf"] == "1867-05"
    kept = entity_change(entity=entity, actor=alice, name="the flood", type="TIME", description="")
    assert kept.value["edtf"] == "1867-05"


def test_it_finds_a_date_in_the_spelling_of_a_question(memory, space, bob, mallory):
    born = memory.write(stated(space, "7 November 1867"), actor=bob).triple.object
    for spelling in ("November 7, 1867", "1867-11-07", "Nov. 7th, 1867"):
        question = f"Who was born on {spelling}?"
        ((start, end, entity),) = memory.find_entities(question)
        assert (question[start:end], entity.id) == (spelling, str(born.pk))
    assert memory.find_entities("Who was born on November 8, 1867?") == []
    assert MemoryController(Space.objects.get(slug="elsewhere")).find_entities(question) == []
