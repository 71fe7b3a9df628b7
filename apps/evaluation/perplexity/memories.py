"""The memories that a reading head is measured with, each a space of its own that leaves no trace.

All are looked up by the product's own memory controller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.measuring.scratch_memory import throwaway_space
from apps.memory.controller import MemoryController
from apps.memory.models import Relation
from apps.memory.services import relations_load
from apps.memory.services.bulk import Fact, facts_load
from worker import registry
from worker.interfaces import Memory
from worker.training.causal.read_points import entity_names, stated
from worker.training.redocred import GoldDocument
from worker.types import MemoryQuery, RelationSpec

Read = Callable[[MemoryQuery], Sequence[str]]
SAID = {
    "gold": "all facts that the annotators found in these documents: an oracle",
    "extracted": "what the write head proposed from these documents, all taken and none reviewed",
    "others": "the annotators' facts of other documents only",
    "none": "an empty memory",
}


@dataclass(frozen=True)
class WrittenFact:
    """A fact as it comes into a memory, its relation by the id of the space that it is for."""

    subject: str
    relation: str
    object: str
    subject_aliases: tuple[str, ...] = ()
    object_aliases: tuple[str, ...] = ()
    subject_type: str = ""
    object_type: str = ""


class Schema:
    """The standard relations in a throw-away space, which is open as long as a stack."""

    def __init__(self, stack: ExitStack) -> None:
        self.space: Space = stack.enter_context(throwaway_space())
        relations_load(space=self.space, actor=None)
        self.specs: Sequence[RelationSpec] = MemoryController(self.space).relations()

    @property
    def names(self) -> dict[str, str]:
        """The names of relations, by their Wikidata property."""
        return {s.wikidata_property: s.name for s in self.specs if s.wikidata_property}


def memory(stack: ExitStack, facts: Iterable[WrittenFact]) -> Read:
    """Return how to read a new memory of some facts, whose relations are given by name."""
    schema = Schema(stack)
    rows: dict[str, Relation] = {
        r.name: r for r in schema.space.relations.defer("embedding")
    }  # fmt: skip
    embedder = registry.embedder(settings.EMBEDDER)
    loaded = [
        Fact(
            f.subject, rows[f.relation], f.object, f.subject_aliases, f.object_aliases,
            f.subject_type, f.object_type,
        )
        for f in facts
    ]  # fmt: skip
    facts_load(space=schema.space, facts=loaded, actor=None, embedder=embedder)
    return reading(MemoryController(schema.space, embedder=embedder).as_memory())


def reading(bound: Memory) -> Read:
    """Return how a causal head reads a memory: the names at the other end of the facts."""

    def read(query: MemoryQuery) -> Sequence[str]:
        ends = "object" if query.subject is not None else "subject"
        found = (getattr(fact, ends).name for fact in bound.read(query).facts)
        return list(dict.fromkeys(found))

    return read


def gold_facts(document: GoldDocument, names: Mapping[str, str]) -> list[WrittenFact]:
    """Return what the annotators found in a document. ``names`` has those of the relations."""
    called = entity_names(document)
    aliases = [
        tuple(dict.fromkeys(m.span.of(document.text) for m in entity))
        for entity in document.entities
    ]
    types = [entity[0].type if entity else "" for entity in document.entities]
    return [
        WrittenFact(
            called[t.subject], names[t.property], called[t.object],
            aliases[t.subject], aliases[t.object], types[t.subject], types[t.object],
        )
        for t in stated(document, names)
    ]  # fmt: skip


class Memories:
    """The memories that are asked for, and the one that a document reads."""

    def __init__(
        self,
        stack: ExitStack,
        wanted: Sequence[str],
        gold: Sequence[Sequence[WrittenFact]],
        extracted: Sequence[Sequence[WrittenFact]],
    ) -> None:
        self.wanted = wanted
        self._whole: dict[str, Read | None] = {"none": None}
        if "gold" in wanted:
            self._whole["gold"] = memory(stack, _all(gold))
        if "extracted" in wanted:
            self._whole["extracted"] = memory(stack, _all(extracted))
        # Each half of the documents reads what the other half states.
        halves = [memory(stack, _all(gold[h::2])) for h in (0, 1)] if "others" in wanted else []
        self._halves = halves

    def of(self, number: int) -> dict[str, Read | None]:
        """Return how the document of a number reads each memory; None is an empty one."""
        return {
            name: self._halves[1 - number % 2] if name == "others" else self._whole[name]
            for name in self.wanted
        }


def _all(facts: Iterable[Sequence[WrittenFact]]) -> list[WrittenFact]:
    return [one for those in facts for one in those]
