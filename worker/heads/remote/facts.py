"""From what a server says a passage states to proposals: what the passage lacks is dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from worker.english.anaphors import is_anaphor
from worker.heads.placing import nearest, places
from worker.heads.proposing import argument_at
from worker.types import Mood, PassageText, Proposal, RelationSpec, Span

MOODS: tuple[Mood, ...] = get_args(Mood)
IN_ONE_SENTENCE, OVER_SEVERAL = 0.6, 0.4  # a server gives no score that could be compared
MOST_FACTS = 200  # of one passage
DROPPED = {  # why what a server said was dropped
    "form": "was no fact in the form that was asked for",
    "relation": "named a relation that was not asked for",
    "name": "named what the passage does not hold",
    "place": "joined names that stand far apart in the passage, or at one place",
    "value": "gave no date or number where one belongs",
    "double": "was said twice",
    "most": "was one too many",
}


class UnlikeFacts(ValueError):
    """The JSON is not a list of facts."""


@dataclass(frozen=True)
class SaidFact:
    """A fact as a server says it; ``said_in`` is the sentence that it was asked about."""

    subject: str
    relation: str
    object: str
    mood: Mood = "stated"
    said_in: Span | None = None


@dataclass
class Found:
    """The proposals of a passage, and how many that were said it does not bear out, by why."""

    proposals: list[Proposal] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def said_facts(value: Mapping[str, Any]) -> tuple[list[SaidFact], int]:
    """Return the facts of an answer, and how many of its items are none. Raises UnlikeFacts where
    it is no list of facts at all."""
    items = value.get("facts")
    if not isinstance(items, list):
        raise UnlikeFacts('there is no list "facts"')
    facts = [fact for item in items if (fact := _said(item)) is not None]
    if items and not facts:
        raise UnlikeFacts('no item of "facts" has a subject, a relation and an object')
    return facts, len(items) - len(facts)


def _said(item: object) -> SaidFact | None:
    if not isinstance(item, dict):
        return None
    texts = [item.get(name) for name in ("subject", "relation", "object")]
    mood = item.get("mood", "stated")
    if not all(isinstance(text, str) and text.strip() for text in texts) or mood not in MOODS:
        return None
    subject, relation, object_ = cast("list[str]", texts)
    return SaidFact(subject, relation, object_, cast(Mood, mood))


def found_in(
    passage: PassageText, said: Iterable[SaidFact], relations: Mapping[str, RelationSpec]
) -> Found:
    """Return what of the facts the passage bears out; ``relations`` are by their names, folded."""
    found = Found()
    there: set[tuple[Span, str, Span]] = set()
    for fact in said:
        if len(found.proposals) == MOST_FACTS:
            found.dropped["most"] += 1
            continue
        made = _proposal(passage, fact, relations)
        if isinstance(made, str):
            found.dropped[made] += 1
            continue
        key = (made.subject.span, made.relation_id, made.object.span)
        if key in there:
            found.dropped["double"] += 1
            continue
        there.add(key)
        found.proposals.append(made)
    return found


def _proposal(
    passage: PassageText, fact: SaidFact, relations: Mapping[str, RelationSpec]
) -> Proposal | str:
    """Return the proposal that a fact is, or why it is none (see DROPPED)."""
    relation = relations.get(" ".join(fact.relation.split()).casefold())
    if relation is None:
        return "relation"
    if is_anaphor(fact.subject) or is_anaphor(fact.object):
        return "name"
    pair = nearest(passage, fact.subject, fact.object, said_in=fact.said_in)
    if pair is None:
        both = all(places(passage.text, name) for name in (fact.subject, fact.object))
        return "place" if both else "name"
    subject = argument_at(passage, pair.subject, relation.subject_types)
    object_ = argument_at(passage, pair.object, relation.object_types)
    if subject is None or object_ is None:
        return "value"
    score = IN_ONE_SENTENCE if pair.sentences == 1 else OVER_SEVERAL
    return Proposal(subject, relation.id, object_, pair.sentence, score, mood=fact.mood)
