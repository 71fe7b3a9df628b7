"""From scored entity pairs to proposals: which mentions speak for a fact, and which sentences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from worker.english.anaphors import is_anaphor
from worker.heads.proposing import sentences_of
from worker.literals import parse_literal, parse_text
from worker.mentions.names import called, normalised
from worker.mentions.nationality import SAID_OF
from worker.relation_roles import role_of
from worker.types import (
    Argument,
    EntityKind,
    MentionSpan,
    Mood,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)

_Key: TypeAlias = tuple[str, Mood, str, str]  # relation, mood, name of subject and of object
_KINDS: dict[str, EntityKind] = {"TIME": "time", "NUM": "quantity"}


@dataclass(frozen=True)
class EntityMentions:
    """The mentions, in order, that name one entity of a passage, and the entity's type.

    A nationality word has a ``name`` that the text need not hold, its country's, and ``of``, the
    mention of whom or what it is said.
    """

    mentions: tuple[MentionSpan, ...]
    type: str
    name: str = ""
    of: MentionSpan | None = None


@dataclass(frozen=True)
class ScoredTriple:
    """A relation found between two entities of a passage, with its mood and probability."""

    subject: EntityMentions
    relation_id: str
    object: EntityMentions
    score: float
    mood: Mood = "stated"
    signs: tuple[float, ...] = ()  # what the score was made of, where that was kept


def sentence_index(sentences: Sequence[Span], offset: int) -> int:
    """Return the sentence that holds ``offset``, the one before it where none does."""
    return max(bisect_right(sentences, offset, key=lambda s: s.start) - 1, 0)


def proposal(passage: PassageText, triple: ScoredTriple) -> Proposal:
    """Return the proposal for a triple: its best pair of mentions and the sentences they are in.

    The pair in the fewest sentences wins, then the fullest names, then the nearest.
    """
    sentences = sentences_of(passage)
    places = {
        m.span: sentence_index(sentences, m.span.start)
        for m in (*triple.subject.mentions, *triple.object.mentions)
    }

    def worth(pair: tuple[MentionSpan, MentionSpan]) -> tuple[int, int, int, Span, Span]:
        s, o = pair[0].span, pair[1].span
        length = sum(0 if is_anaphor(x.of(passage.text)) else x.end - x.start for x in (s, o))
        return abs(places[s] - places[o]), -length, abs(s.start - o.start), s, o

    subject, object_ = min(
        ((s, o) for s in triple.subject.mentions for o in triple.object.mentions), key=worth
    )
    first, last = sorted((places[subject.span], places[object_.span]))
    evidence = Span(
        min(sentences[first].start, subject.span.start, object_.span.start),
        max(sentences[last].end, subject.span.end, object_.span.end),
    )
    return Proposal(
        _argument(passage.text, subject.span, triple.subject),
        triple.relation_id,
        _argument(passage.text, object_.span, triple.object),
        evidence,
        triple.score,
        mood=triple.mood,
    )


def _argument(text: str, span: Span, entity: EntityMentions) -> Argument:
    own = span.of(text)
    value = parse_text(own) if entity.type == "MISC" else None
    kind = _KINDS.get(entity.type, "text" if value else "item")
    name = entity.name or fullest_name(text, entity, own)
    return Argument(own, span, entity.type, kind, name, value or parse_literal(own, kind))


def fullest_name(text: str, entity: EntityMentions, own: str = "") -> str:
    """Return the longest name that a text has for an entity, the first of equals; of those that
    may be short for it where one mention is at hand."""
    names = [m.span.of(text) for m in entity.mentions]
    fitting = [n for n in names if not is_anaphor(n) and (not own or called(own, n))]
    return max(fitting, key=len, default=own or names[0])


def names_in(text: str, entities: Iterable[EntityMentions]) -> list[MentionSpan]:
    """Return the mentions of entities that are names, with the types of these."""
    return [
        MentionSpan(m.span, entity.type)
        for entity in entities
        for m in entity.mentions
        if not is_anaphor(m.span.of(text))
    ]


def said_of(entities: Iterable[EntityMentions]) -> list[EntityMentions]:
    """Return the entities of which something may be said: all but nationality words that modify
    nothing named."""
    return [entity for entity in entities if not entity.name or entity.of]


def may_be_said(
    text: str, spec: RelationSpec, subject: EntityMentions, object: EntityMentions
) -> bool:
    """Tell whether a relation may be proposed: a nationality word says of one thing alone that
    it is of a country, and nothing is said of a name and itself."""
    if subject.name:
        return False
    if not object.name:
        one, other = fullest_name(text, subject), fullest_name(text, object)
        return normalised(one) != normalised(other)
    said = SAID_OF.get(subject.type, frozenset())
    modified = object.of is not None and object.of.span in {m.span for m in subject.mentions}
    return modified and role_of(spec) in said


def without_doubles(text: str, triples: Iterable[ScoredTriple]) -> list[ScoredTriple]:
    """Join triples that windows found twice: same relation and mood, and names in common on both
    sides.

    The joined triple has the higher score and the mentions of both.
    """
    kept: dict[int, ScoredTriple] = {}
    owned: dict[int, set[_Key]] = {}
    seen: dict[_Key, int] = {}
    names: dict[EntityMentions, frozenset[str]] = {}
    for number, triple in enumerate(triples):
        for entity in (triple.subject, triple.object):
            if entity not in names:
                names[entity] = frozenset(normalised(m.span.of(text)) for m in entity.mentions)
        keys = {
            (triple.relation_id, triple.mood, s, o)
            for s in names[triple.subject]
            for o in names[triple.object]
        }
        # One triple may connect several that had no names in common.
        for index in sorted({seen[k] for k in keys if k in seen}):
            other = kept.pop(index)
            triple = replace(
                other,
                subject=_joined(other.subject, triple.subject),
                object=_joined(other.object, triple.object),
                score=max(other.score, triple.score),
                signs=max(other, triple, key=lambda t: t.score).signs,
            )
            keys |= owned.pop(index)
        kept[number], owned[number] = triple, keys
        seen.update(dict.fromkeys(keys, number))
    return list(kept.values())


def _joined(one: EntityMentions, other: EntityMentions) -> EntityMentions:
    both = {m.span: m for m in (*other.mentions, *one.mentions)}
    return replace(one, mentions=tuple(both[s] for s in sorted(both)))


def one_mood_each(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Return the proposals; of those with the same relation at the same place that windows read
    in different moods, the one with the highest score."""
    best: dict[tuple[str, Span, Span], Proposal] = {}
    for one in proposals:
        place = (one.relation_id, one.subject.span, one.object.span)
        if place not in best or one.score > best[place].score:
            best[place] = one
    return list(best.values())


def distinct_mentions(mentions: Iterable[MentionSpan]) -> tuple[MentionSpan, ...]:
    """Return mentions in order, the longer one where two of them overlap."""
    kept: list[MentionSpan] = []
    for mention in sorted(mentions, key=lambda m: (m.span.start, -m.span.end)):
        if not kept or mention.span.start >= kept[-1].span.end:
            kept.append(mention)
        elif mention.span.end - mention.span.start > kept[-1].span.end - kept[-1].span.start:
            kept[-1] = mention
    return tuple(kept)
