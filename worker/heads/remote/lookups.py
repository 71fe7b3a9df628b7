"""From the look-ups that a server says to a question's value: only what the question names, and
only relations of the memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from worker.heads.asked import Asked
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.placing import places
from worker.mentions.names import normalised
from worker.reading.look_up import is_plain
from worker.reading.question import (
    MOST_STEPS,
    AllOf,
    Form,
    Node,
    Option,
    Question,
    Reached,
    Thing,
)
from worker.types import SIDES, EntityRef, RelationSpec, Side, Span

MOST_LOOKUPS = 3
FORMS: tuple[Form, ...] = ("which", "how many", "whether")


class UnlikeLookups(ValueError):
    """The JSON is not what look-ups look like."""


class NotAsked(ValueError):
    """A look-up is for what the question does not name, or by what the memory does not have."""


@dataclass(frozen=True)
class Step:
    relation: str
    known: Side


@dataclass(frozen=True)
class Lookup:
    """A name, and the steps to take from it."""

    start: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Lookups:
    """What a server says that a question asks for."""

    lookups: tuple[Lookup, ...]
    form: Form = "which"
    among: str = ""


def said_lookups(value: Mapping[str, Any]) -> Lookups:
    """Return the look-ups of an answer. Raises UnlikeLookups."""
    items = value.get("lookups")
    if not isinstance(items, list):
        raise UnlikeLookups('there is no list "lookups"')
    if len(items) > MOST_LOOKUPS:
        raise UnlikeLookups(f'"lookups" has more than {MOST_LOOKUPS} items')
    form, among = value.get("form", "which"), value.get("among", "")
    if form not in FORMS:
        raise UnlikeLookups(f'"form" is none of {", ".join(FORMS)}')
    text = among if isinstance(among, str) else ""
    return Lookups(tuple(map(_lookup, items)), cast(Form, form), text.strip())


def _lookup(item: object) -> Lookup:
    start = item.get("start") if isinstance(item, dict) else None
    steps = item.get("steps") if isinstance(item, dict) else None
    if not isinstance(start, str) or not start.strip() or not isinstance(steps, list) or not steps:
        raise UnlikeLookups('an item of "lookups" has no "start" or no "steps"')
    if len(steps) > MOST_STEPS:
        raise UnlikeLookups(f'"steps" has more than {MOST_STEPS} items')
    return Lookup(start.strip(), tuple(map(_step, steps)))


def _step(item: object) -> Step:
    relation = item.get("relation") if isinstance(item, dict) else None
    known = item.get("known") if isinstance(item, dict) else None
    if not isinstance(relation, str) or known not in SIDES:
        raise UnlikeLookups('an item of "steps" has no "relation", or "known" is no side')
    return Step(relation, cast(Side, known))


class Resolver:
    """Finds what a question's look-ups mean in the memory."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.memory, context = asked.memory, asked.context
        topic = (context.topic,) if context.topic else ()
        self.before = [*topic, *(e for turn in reversed(context.turns) for e in turn.entities)]
        self.said_before = [text for turn in context.turns for text in (turn.question, turn.answer)]
        self._relations: dict[str, RelationSpec] = {}
        for relation in self.memory.relations():
            for name in (relation.name, *relation.aliases):
                self._relations.setdefault(" ".join(name.split()).casefold(), relation)

    @property
    def names_anything(self) -> bool:
        return bool(self.asked.named or self.before)

    def question(self, said: Lookups) -> Question:
        """Return the value of a question for which look-ups were said. Raises NotAsked."""
        parts = tuple(self._reached(lookup) for lookup in said.lookups)
        target = parts[0] if len(parts) == 1 else AllOf(parts)
        among = self.thing(said.among) if said.among and said.form == "whether" else None
        timed = self.asked.timed
        time = timed.time if timed and is_plain(target) else self.asked.time
        return Question(said.form, target, among=among, time=time, text=self.asked.text)

    def _reached(self, lookup: Lookup) -> Node:
        node: Node = self.thing(lookup.start)
        for step in lookup.steps:
            node = Reached(node, (Option(self.relation(step.relation), step.known, 1.0),))
        return node

    def relation(self, name: str) -> RelationSpec:
        found = self._relations.get(" ".join(name.split()).casefold())
        if found is None:
            raise NotAsked("it was read as asking for a relation that the memory does not have")
        return found

    def thing(self, name: str) -> Thing:
        """Return what a name of the question, or of the conversation, means. Raises NotAsked."""
        question = self.asked.text
        for mention in self.asked.named:
            words = question[mention.start : mention.end]
            if normalised(words) == normalised(name):
                return _thing(words, mention)
        spans = places(question, name)
        found = self._known(name) if spans else ()
        if found:
            return Thing(found, name, spans=(spans[0],))
        earlier = [one for one in self.before if normalised(one.name) == normalised(name)]
        if not earlier and any(places(text, name) for text in self.said_before):
            earlier = list(self._known(name))
        if earlier:
            return Thing((earlier[0],), name)
        if spans:
            raise NotAsked(f"the memory does not know “{spans[0].of(question)}”")
        raise NotAsked("it was read as being about something that it does not name")

    def _known(self, name: str) -> tuple[EntityRef, ...]:
        """Return the entities that the memory has under a whole name."""
        found = self.memory.find_entities(name)
        return tuple(entity for start, end, entity in found if end - start == len(name))


def _thing(words: str, mention: NamedEntity) -> Thing:
    entities: Sequence[EntityRef] = next(iter(mention.ranked(words)), mention.entities)
    return Thing(tuple(entities), words, spans=(Span(mention.start, mention.end),))
