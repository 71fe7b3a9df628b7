"""What a read head sees of the memory is recorded, whatever it asks for."""

from datetime import date

from apps.accounts.models import Space
from apps.asking.services.grounding import RecordedMemory
from apps.memory.controller import MemoryController
from tests import factories
from worker.heads.answering import Reading
from worker.interfaces import LooksAround
from worker.reading.look_up import looked_up
from worker.reading.question import Anything, Counted, Option, Question, Reached


def test_an_answer_may_rest_on_all_facts_of_a_relation(space: Space) -> None:
    relation = factories.make_relation(space, "child", template="{object} is a child of {subject}.")
    ada = factories.make_entity(space, "Ada")
    for name in ("Cy", "Eve"):
        child = factories.make_entity(space, name)
        space.triples.create(subject=ada, relation=relation, object=child)
    memory = RecordedMemory(MemoryController(space).as_memory())
    (spec,) = memory.relations()
    parents = Reached(Anything(), (Option(spec, "object"),))
    node = Counted(parents, Option(spec, "subject"), ">", 1, "more than one")
    today = date(2026, 11, 26)
    answer = looked_up(Question("which", node), lambda time: Reading(memory, time, today=today))
    assert answer is not None
    assert [one.name for one in answer.answers] == ["Ada"]
    assert answer.calls == "({MEM_READ(>>child>>)--> Ada})"
    memory.check(answer)


def test_it_looks_around_as_the_memory_does(space: Space) -> None:
    triple = factories.make_triple(space, "Ada", "child", "Cy")
    memory = RecordedMemory(MemoryController(space).as_memory())
    assert isinstance(memory, LooksAround)
    relation = str(triple.relation_id)
    assert len(memory.whole([relation], 10)) == 1
    assert len(memory.around([str(triple.subject_id)], [(relation, "subject")], 10)) == 1
    assert memory.results == []  # nothing that an answer may cite
