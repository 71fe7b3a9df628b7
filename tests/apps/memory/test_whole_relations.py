"""All facts of a relation at once, for questions that name nothing."""

from datetime import date

import pytest

from apps.accounts.models import Space
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Relation, Triple
from tests import factories
from worker.types import MemoryQuery


def fact(space: Space, subject: str, relation: Relation, object_: str, **fields) -> Triple:
    ends = [
        Entity.objects.filter(space=space, name=name).first() or factories.make_entity(space, name)
        for name in (subject, object_)
    ]
    return Triple.objects.create(
        space=space, subject=ends[0], relation=relation, object=ends[1], **fields
    )


@pytest.fixture
def children(space: Space) -> Relation:
    relation = factories.make_relation(space, "child")
    for parent, child in (("Ada", "Cy"), ("Ada", "Eve"), ("Ben", "Ida")):
        fact(space, parent, relation, child)
    return relation


def test_a_query_without_a_name_reads_all_facts_of_a_relation(
    memory: MemoryController, children: Relation
) -> None:
    result = memory.read(MemoryQuery("child"))
    assert [one.object.name for one in result.facts] == ["Cy", "Eve", "Ida"]
    assert not result.truncated
    assert [(one.role, one.name, one.accepted) for one in result.candidates] == [
        ("relation", "child", True)
    ]
    assert memory.read(MemoryQuery("child"), limit=2).truncated
    assert not memory.read(MemoryQuery("nothing of the kind")).facts


def test_what_an_equivalent_states_is_turned_round(
    space: Space, memory: MemoryController, children: Relation
) -> None:
    parent = factories.make_relation(space, "parent", inverse=children)
    children.inverse = parent
    children.save()
    fact(space, "Gus", parent, "Ada")
    fact(space, "Cy", parent, "Ada")  # stated both ways, it is one
    found = memory.read(MemoryQuery("child")).facts
    assert [(one.subject.name, one.object.name) for one in found] == [
        ("Ada", "Cy"), ("Ada", "Eve"), ("Ben", "Ida"), ("Ada", "Gus"),
    ]  # fmt: skip


def test_many_relations_come_in_one_look_and_long_ones_not_at_all(
    space: Space, memory: MemoryController, children: Relation
) -> None:
    spouse = factories.make_relation(space, "spouse")
    fact(space, "Ada", spouse, "Ben", valid_to=date(1990, 1, 1))
    ids = [str(children.pk), str(spouse.pk)]
    bound = memory.as_memory()
    assert len(bound.whole(ids, 3)) == 4
    assert [one.relation.name for one in bound.whole(ids, 2)] == ["spouse"]
    assert bound.whole(["", "x", "-1"], 10) == []
    later = memory.as_memory(as_of=date(2000, 1, 1))
    assert not later.whole([str(spouse.pk)], 10)
    other = MemoryController(factories.make_space("other")).as_memory()
    assert other.whole(ids, 10) == []


def test_the_past_counts_where_it_is_asked_for(
    space: Space, memory: MemoryController, children: Relation
) -> None:
    spouse = factories.make_relation(space, "spouse")
    new = fact(space, "Ada", spouse, "Cy")
    fact(
        space, "Ada", spouse, "Ben", valid_to=date(1990, 1, 1), superseded_by=new,
        status=Triple.Status.SUPERSEDED, retracted_at=new.recorded_at,
    )  # fmt: skip
    assert [one.object.name for one in memory.read(MemoryQuery("spouse")).facts] == ["Cy"]
    past = MemoryQuery("spouse", include_past=True, until=date(1980, 1, 1), since=date(1980, 1, 1))
    assert [one.object.name for one in memory.read(past).facts] == ["Cy", "Ben"]
