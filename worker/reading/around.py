"""What the memory knows around things, so that only readings are looked at that it can answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from worker.heads.answering import other_side
from worker.interfaces import LooksAround, Memory
from worker.types import EntityRef, Fact, RelationSpec, Side

EACH = 40  # facts of one thing by one step
Step: TypeAlias = tuple[RelationSpec, Side]  # a relation and the side that is known


class Around:
    """The facts that lead from things by some steps, looked up many at once and kept."""

    def __init__(self, memory: Memory, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)
        self._memory = memory
        self._looked: set[str] = set()
        self._facts: dict[str, dict[tuple[str, Side], list[Fact]]] = {}

    def look(self, entities: Iterable[EntityRef]) -> None:
        """Take up what leads from these things; a memory that does not look around has nothing."""
        new = [one for one in dict.fromkeys(e.id for e in entities) if one not in self._looked]
        new = [one for one in new if one]
        if not new or not self.steps or not isinstance(self._memory, LooksAround):
            return
        self._looked.update(new)
        wanted = set(new)
        asked = [(relation.id, known) for relation, known in self.steps]
        sides = set(asked)
        for fact in self._memory.around(new, asked, EACH):
            ends: tuple[tuple[Side, str], ...] = (
                ("subject", fact.subject.id), ("object", fact.object.id),
            )  # fmt: skip
            for known, id_ in ends:
                if id_ in wanted and (fact.relation.id, known) in sides:
                    there = self._facts.setdefault(id_, defaultdict(list))
                    if fact not in there[fact.relation.id, known]:  # read in whole before
                        there[fact.relation.id, known].append(fact)

    def look_whole(
        self, relations: Sequence[RelationSpec], most: int
    ) -> dict[tuple[str, Side], list[EntityRef]]:
        """Take up all facts of some relations, but of those that have more than ``most``. Return
        for each relation, by its id, and known side the things that it leads to."""
        if not isinstance(self._memory, LooksAround):
            return {}
        ends: dict[tuple[str, Side], dict[str, EntityRef]] = {}
        ids = dict.fromkeys(relation.id for relation in relations)
        for fact in self._memory.whole(list(ids), most):
            ways: tuple[tuple[Side, EntityRef, EntityRef], ...] = (
                ("subject", fact.subject, fact.object), ("object", fact.object, fact.subject),
            )  # fmt: skip
            for known, start, end in ways:
                ends.setdefault((fact.relation.id, known), {}).setdefault(end.id, end)
                if start.id not in self._looked:
                    there = self._facts.setdefault(start.id, defaultdict(list))
                    there[fact.relation.id, known].append(fact)
        return {key: list(found.values()) for key, found in ends.items()}

    def steps_from(self, entities: Iterable[EntityRef]) -> list[Step]:
        """Return the steps that lead on from one of the things, in the order of ``steps``."""
        there = {key for one in entities for key in self._facts.get(one.id, ())}
        return [step for step in self.steps if (step[0].id, step[1]) in there]

    def facts(self, entity: EntityRef, step: Step) -> Sequence[Fact]:
        """Return the facts that a step leads by from a thing that was looked at."""
        relation, known = step
        return self._facts.get(entity.id, {}).get((relation.id, known), ())

    def reached(self, entities: Iterable[EntityRef], step: Step) -> list[EntityRef]:
        """Return what a step leads to from things that were looked at, each once."""
        there = (other_side(f, step[1]) for one in entities for f in self.facts(one, step))
        return list({one.id: one for one in there}.values())
