"""Readings of hand-made memories, made without a model: all words speak alike for all steps."""

from datetime import date

from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import time_of
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.ranked import linked_of
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.reading.alignment import Alignment, stretches_of, told_words
from worker.reading.around import Around
from worker.reading.candidates import Generator
from worker.reading.canonical import canonical
from worker.reading.chains import begun, chains_from
from worker.reading.look_up import looked_up
from worker.types import SIDES, RelationSpec

TODAY = date(2026, 11, 26)
RELATIONS = [
    RelationSpec("coach", "head coach", subject_types=("ORG",), object_types=("PER",)),
    RelationSpec("member", "member of", subject_types=("PER",), object_types=("ORG",)),
    RelationSpec("country", "citizenship", subject_types=("PER",), object_types=("LOC",)),
    RelationSpec("owner", "owned by", subject_types=("ORG",), object_types=("ORG",)),
    RelationSpec("staff", "staff", subject_types=("ORG",), object_types=("NUM",)),
    RelationSpec(
        "born", "date of birth", object_types=("TIME",), wikidata_property="P569", role="inception"
    ),
    RelationSpec("came", "premiere", object_types=("TIME",), role="happens"),
    RelationSpec("start", "start time", object_types=("TIME",), role="starts"),
    RelationSpec("end", "end time", object_types=("TIME",), role="ends"),
]
_TYPES = {relation.id: (relation.subject_types, relation.object_types) for relation in RELATIONS}


def memory_of(*facts):
    """Return a memory with facts: subject, relation, object and, where they are given, the years
    or days from which and until which it holds."""
    memory = InMemoryMemory(RELATIONS)
    for subject, relation, object_, *days in facts:
        start, end = (*map(_day, days), None, None)[:2]
        ends = [
            Named(name, types[0] if len(types) == 1 else "") if isinstance(name, str) else name
            for name, types in zip((subject, object_), _TYPES[relation], strict=True)
        ]
        memory.add(ends[0], relation, ends[1], valid_from=start, valid_to=end)
    return memory


def _day(value):
    return date(value, 1, 1) if isinstance(value, int) else value


class Made:
    """A question with its names in a memory, and what is made of it."""

    def __init__(self, memory, text, today=TODAY):
        self.memory, self.today = memory, today
        timed, others = time_of(text, named_entities(memory, text), today)
        self.linked = linked_of(text, others, timed)
        steps = [(relation, known) for relation in memory.relations() for known in SIDES]
        told = told_words(self.linked.items, self.linked.time_words)
        stretches = stretches_of(self.linked.items, told, {"": "this"})
        scores = [[0.0] * len(steps) for _ in stretches]
        self.alignment = Alignment(self.linked.items, stretches, steps, scores)
        self.around = Around(memory, steps)
        self.first = begun(self.linked.things)

    def sets(self, most=1):
        return chains_from(self.first, self.around, self.alignment, most)

    def candidates(self):
        made = Generator(self.linked, self.memory, self.around, self.alignment, self.today)
        return made.candidates()

    def said(self):
        """Return the candidates by their canonical words."""
        return {canonical(one.question): one for one in self.candidates()}

    def begin(self, time):
        return Reading(self.memory, time, today=self.today)

    def answers(self, said):
        """Return the names by which the reading that is said so answers."""
        found = looked_up(self.said()[said].question, self.begin)
        return sorted(one.name for one in found.answers) if found else None
