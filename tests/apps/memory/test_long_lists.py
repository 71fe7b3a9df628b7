"""Reads of what has very many facts, and the relations that a head sees."""

from __future__ import annotations

import pytest
from django.db import connection

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Relation, Triple
from tests import factories
from tests.plans import plans, rows_read
from worker.types import MemoryQuery

PEOPLE, LATE = 1500, 600


@pytest.fixture
def taught(space: Space) -> Relation:
    """A relation: everybody was taught by another, then all by Ada, and the last by Ben too."""
    relation = factories.make_relation(space, "teacher")
    names = [f"Person {number}" for number in range(PEOPLE)]
    people = Entity.objects.bulk_create(
        Entity(space=space, name=name, normalised=normalise_name(name)) for name in names
    )
    ada, ben = (factories.make_entity(space, name) for name in ("Ada", "Ben"))
    pairs = list(zip(people, [*people[1:], people[0]], strict=True))
    pairs += [(person, ada) for person in people]
    pairs += [(person, ben) for person in people[-LATE:]]
    Triple.objects.bulk_create(
        Triple(space=space, subject=one, relation=relation, object=other) for one, other in pairs
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE memory_triple")
        cursor.execute("ANALYZE memory_entity")
    return relation


@pytest.mark.parametrize(("teacher", "first"), [("Ada", 0), ("Ben", PEOPLE - LATE)])
@pytest.mark.parametrize("past", [False, True])
def test_a_long_list_is_read_no_further_than_it_is_shown(
    space: Space, taught: Relation, teacher: str, first: int, past: bool
) -> None:
    entity = Entity.objects.get(name=teacher)
    query = MemoryQuery(
        "", object=teacher, relation_id=str(taught.pk), object_id=str(entity.pk), include_past=past
    )
    memory = MemoryController(space)
    result = memory.read(query, limit=5)
    assert [fact.subject.name for fact in result.facts] == [
        f"Person {first + number}" for number in range(5)
    ]
    assert result.truncated
    made = plans(lambda: memory.read(query, limit=5))
    assert sum(rows_read(plan, "memory_triple") for plan in made) == 6
    assert sum(rows_read(plan, "memory_entity") for plan in made) < 20


def test_heads_see_the_same_relations_until_one_changes(space: Space) -> None:
    relation = factories.make_relation(space, "employer")
    before = MemoryController(space).relations()
    assert MemoryController(space).relations() is before
    relation.aliases = ["works for"]
    relation.save()
    (after,) = MemoryController(space).relations()
    assert after.aliases == ("works for",)
    other = factories.make_space("other")
    assert MemoryController(other).relations() == ()
    factories.make_relation(other, "capital")
    assert [one.name for one in MemoryController(other).relations()] == ["capital"]
    assert [one.name for one in MemoryController(space).relations()] == ["employer"]
    relation.delete()
    assert MemoryController(space).relations() == ()


def test_a_retired_relation_is_not_seen(space: Space) -> None:
    relation = factories.make_relation(space, "employer")
    assert MemoryController(space).relations()
    Relation.objects.filter(pk=relation.pk).update(retired_at=relation.created_at)
    assert MemoryController(space).relations() == ()
