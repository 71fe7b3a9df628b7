"""From what a server says a passage states to proposals: what the passage lacks is dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from worker.english.anaphors import is_anaphor
from worker.heads.remote.placing import nearest, places
from worker.literals import parse_literal
from worker.mentions.kinds import decided_type
from worker.protocol import serialise_write
from worker.types import (
    ENTITY_TYPES,
    LITERAL_KINDS,
    Argument,
    LiteralValue,
    MentionSpan,
    Mood,
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)
from worker.validity import with_validity

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
    subject = _argument(passage, pair.subject, relation.subject_types)
    object_ = _argument(passage, pair.object, relation.object_types)
    if subject is None or object_ is None:
        return "value"
    score = IN_ONE_SENTENCE if pair.sentences == 1 else OVER_SEVERAL
    return Proposal(subject, relation.id, object_, pair.sentence, score, mood=fact.mood)


def _argument(passage: PassageText, span: Span, types: Sequence[str]) -> Argument | None:
    """Return what stands at a place, of one of the types that its relation takes there; None where
    only dates or numbers belong there and it is none."""
    text = span.of(passage.text)
    literal = [type_ for type_ in types if type_ in LITERAL_KINDS]
    for type_ in literal:
        if (value := parse_literal(text, LITERAL_KINDS[type_])) is not None:
            return _literal(text, span, type_, value)
    things = [type_ for type_ in types if type_ in ENTITY_TYPES and type_ not in literal]
    if literal and not things:
        return None
    tagged = [MentionSpan(span, type_) for type_ in things or ["MISC"]]
    return Argument(text, span, decided_type(passage.text, tagged, passage.sentences))


def _literal(text: str, span: Span, type_: str, value: LiteralValue) -> Argument:
    return Argument(text, span, type_, LITERAL_KINDS[type_], value=value)


def extraction_of(
    passage: PassageText, found: Sequence[Proposal], relations: Mapping[str, RelationSpec]
) -> PassageExtraction:
    """Return the extraction of a passage: its proposals in the order of the text, with the times
    that their sentences give them; ``relations`` are by id."""
    order = {id_: number for number, id_ in enumerate(relations)}
    ordered = sorted(
        found, key=lambda p: (p.sentence, p.subject.span, p.object.span, order[p.relation_id])
    )
    mentions = tuple(
        sorted(
            {MentionSpan(a.span, a.type) for p in found for a in (p.subject, p.object)},
            key=lambda mention: (mention.span, mention.type),
        )
    )
    holding = [proposal for proposal in ordered if proposal.holds]
    return PassageExtraction(
        passage.id,
        with_validity(passage, holding, mentions, relations),
        serialise_write(
            [(p.subject.called, relations[p.relation_id].name, p.object.called) for p in holding]
        ),
        mentions,
        tuple(proposal for proposal in ordered if not proposal.holds),
    )
