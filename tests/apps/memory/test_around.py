"""What stands around things: many relations at once, turned where an equivalent one states it."""

from datetime import date

from apps.accounts.models import Space
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Relation, Triple
from tests import factories


def born(space: Space, name: str, place: str) -> Triple:
    relation = Relation.objects.filter(space=space, name="place of birth").first()
    subject = factories.make_entity(space, name)
    object_ = Entity.objects.filter(space=space, name=place).first()
    return Triple.objects.create(
        space=space,
        subject=subject,
        relation=relation or factories.make_relation(space, "place of birth"),
        object=object_ or factories.make_entity(space, place),
    )


def test_it_finds_facts_from_both_sides(space: Space, memory: MemoryController) -> None:
    born(space, "Ada Brook", "Oakham")
    triple = born(space, "Ben Cole", "Oakham")
    relation, oakham = str(triple.relation_id), str(triple.object_id)
    bound = memory.as_memory()
    found = bound.around([oakham], [(relation, "object")], 10)
    assert [fact.subject.name for fact in found] == ["Ada Brook", "Ben Cole"]
    assert len(bound.around([oakham], [(relation, "object")], 1)) == 1
    assert bound.around([oakham], [(relation, "subject")], 10) == []
    (fact,) = bound.around([str(triple.subject_id)], [(relation, "subject")], 10)
    assert fact.object.name == "Oakham"


def test_it_knows_nothing_of_other_spaces_and_bad_ids(
    space: Space, memory: MemoryController
) -> None:
    triple = born(space, "Ada Brook", "Oakham")
    other = MemoryController(factories.make_space("other")).as_memory(as_of=date(2020, 1, 1))
    step = (str(triple.relation_id), "subject")
    assert other.around([str(triple.subject_id)], [step], 10) == []
    assert memory.around(["", "x", "-1"], [step, ("x", "subject"), ("", "object")], 10) == []
    assert memory.around([], [], 10) == []
