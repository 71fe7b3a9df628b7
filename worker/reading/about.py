"""Who or what something is: its facts in a few sentences, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from worker.english.asking import ABOUT, BESIDE_ABOUT, IS_KNOWN
from worker.english.words import BE, DEMONSTRATIVES, EMPTY, FINITE
from worker.heads.answering import Reading
from worker.reading.items import Item
from worker.reading.question import Question, Thing
from worker.reading.spans import words_in
from worker.types import SIDES, EntityRef, Fact, RelationSpec, Side, TracedAnswer

MOST_FACTS = 12
_OF_ONE_RELATION = 3
_PLAIN = BE | DEMONSTRATIVES | {"who", "what", "exactly", "actually", "so", "and", "the"}


def asks_about(items: Sequence[Item]) -> Question | None:
    """Return the question for all that is known of a thing: "Who is X?", "Tell me about X"."""
    nodes = [item.node for item in items if item.kind == "node"]
    words = [item.text for item in items if item.kind == "word"]
    if len(nodes) != 1 or not isinstance(nodes[0], Thing):
        return None
    if any(item.kind == "poss" for item in items):
        return None
    if not _asks_who(words, last=items[0].kind == "node") and not _asks_for_all(words):
        return None
    return Question("about", nodes[0], form_spans=words_in(items))


def _asks_who(words: Sequence[str], *, last: bool) -> bool:
    """Tell whether words ask who or what something is; those that come ``last`` ("X is what?")
    may be of another question."""
    asks = words[:1] in (["who"], ["what"]) and not BE.isdisjoint(words)
    return asks and not last and _PLAIN.issuperset(words)


def _asks_for_all(words: Sequence[str]) -> bool:
    """Tell whether words ask for whatever is known: "about X", "some background on X", "what is
    known?"."""
    told = not ABOUT.isdisjoint(words) or {"tell", "on"} <= {*words}
    told = told or any(tuple(words[-len(it) :]) == it for it in IS_KNOWN)
    asks = not words[:1] or words[0] not in FINITE
    return told and asks and (EMPTY | ABOUT | BESIDE_ABOUT).issuperset(words)


def say_about(reading: Reading, thing: Thing) -> TracedAnswer:
    """Return what the memory knows of a thing, grouped by relation, each fact cited; where several
    have the name, ask which one is meant."""
    known = [(entity, _facts_of(reading, entity)) for entity in thing.entities[:5]]
    known = [(entity, facts) for entity, facts in known if facts]
    reading.traces = [trace for trace in reading.traces if trace.result.facts]
    if not known:
        name = thing.entities[0].name
        return reading.abstain(f"The memory knows {name} by name only and has no fact about it.")
    if len(known) > 1:
        names = "; ".join(
            f"{entity.name} ({entity.description or entity.type or 'no description'})"
            for entity, _ in known
        )
        return reading.abstain(f"Several have this name, please say which one is meant: {names}.")
    entity, facts = known[0]
    shown = facts[:MOST_FACTS]
    reading.understood.append(
        f"All relations were looked up for {entity.name}; those without a fact are left out."
    )
    answer = reading.answer(shown, answers=())
    more = len(facts) - len(shown)
    return (
        replace(answer, text=f"{answer.text} And {more} more facts are known.") if more else answer
    )


def _facts_of(reading: Reading, entity: EntityRef) -> list[Fact]:
    """Return the facts of an entity: of each relation together, the newest first."""
    groups: list[list[Fact]] = []
    seen: set[str] = set()
    for side in SIDES:
        for relation in reading.memory.relations():
            if not _fits(relation, side, entity.type):
                continue
            found = [
                fact for fact in reading.ask(relation, entity, side) if fact.triple_id not in seen
            ]
            seen |= {fact.triple_id for fact in found}
            found.sort(key=_newest)
            # What others say of it is shown in part, so that it does not hide its own facts.
            groups.append(found if side == "subject" else found[:_OF_ONE_RELATION])
    return [fact for group in groups for fact in group]


def _newest(fact: Fact) -> int:
    return -(fact.valid_from or date.min).toordinal()


def _fits(relation: RelationSpec, side: Side, type_: str) -> bool:
    types = relation.subject_types if side == "subject" else relation.object_types
    return not types or not type_ or type_ in types
