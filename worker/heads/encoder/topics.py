"""Questions that name nothing: which words stand for the topic, and the question that names it.

"Who directed the film?" and "Who was the director?" both ask of something said before. What that
is, the read head decides among the ``Choice``s: by the types that the relation asked for takes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.english.follow_ups import (
    ASKING_FOR_IT,
    ASKS_FOR_IT,
    DEFINITE_NOUN,
    PARTICIPLE_FIRST,
)
from worker.english.nouns import KIND_MODIFIERS, TYPES_BY_NOUN
from worker.english.words import EMPTY
from worker.heads.encoder.pronouns import Said
from worker.reading.leftover import words_of
from worker.types import EntityRef

_ANYTHING = frozenset({"PER", "ORG", "LOC", "MISC", "TIME", "NUM"})


@dataclass(frozen=True)
class Choice:
    """A question with the name of what it may be about at ``[start, end)``."""

    entity: EntityRef
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class DefiniteNoun:
    """Words such as "the film" at ``[start, end)``, and the types of what they can stand for."""

    words: str
    start: int
    end: int
    types: frozenset[str]


def definite_noun(question: str) -> DefiniteNoun | None:
    """Return the first "the film" that stands for something named before; "Who is the director?"
    asks for one instead."""
    at = 0
    while match := DEFINITE_NOUN.search(question, at):
        at = match.start() + 1
        found = _read(match)
        if found and not _asked_for(question, found):
            return found
    return None


def _asked_for(question: str, noun: DefiniteNoun) -> bool:
    """Tell whether a question asks for what its noun names: "Who is the director?", "The band?"."""
    before, after = question[: noun.start], question[noun.end :]
    if ASKS_FOR_IT.search(before):
        return True
    beside = words_of(f"{before} {after}")
    return ASKING_FOR_IT.issuperset(one.plain for one in beside)


def _read(match: re.Match[str]) -> DefiniteNoun | None:
    kind, noun = (match[group] and match[group].lower() for group in ("kind", "noun"))
    end = match.start("of") if match["of"] else match.end()
    if kind in TYPES_BY_NOUN and noun not in TYPES_BY_NOUN:
        noun, end = kind, match.end("kind")
    elif kind and kind not in KIND_MODIFIERS and kind not in TYPES_BY_NOUN:
        return None
    types = TYPES_BY_NOUN.get(noun, _ANYTHING)
    if types >= _ANYTHING:
        return None
    text = match.string[match.start() : end]
    return DefiniteNoun(text, match.start(), end, types)


def names_nothing(question: str) -> bool:
    """Tell whether a question asks for something in words, none of which is written as a name."""
    words = words_of(question)
    return any(word.plain not in EMPTY for word in words) and not any(w.capital for w in words)


def put_in(question: str, start: int, end: int, name: str, entity: EntityRef) -> Choice:
    """Return the question with a name in the place of the words that stand for it."""
    text = question[:start] + name + question[end:]
    at = start + name.index(entity.name)
    return Choice(entity, text, at, at + len(entity.name))


def with_topic(question: str, entity: EntityRef) -> Choice:
    """Return the question with the topic that it leaves out.

    >>> with_topic("Who was the director?", EntityRef("e", "Emma")).text
    'Who was the director of Emma?'
    >>> with_topic("Published when?", EntityRef("e", "Emma")).text
    'Emma was published when?'
    """
    body = question.strip(" ?.!,")
    if match := PARTICIPLE_FIRST.match(body):
        rest = match["verb"].lower() + body[match.end() :]
        return Choice(entity, f"{entity.name} was {rest}?", 0, len(entity.name))
    start = len(body) + len(" of ")
    return Choice(entity, f"{body} of {entity.name}?", start, start + len(entity.name))


def topics(said: Sequence[Said], types: frozenset[str] = frozenset()) -> list[EntityRef]:
    """Return what a question that names nothing may be about, the likeliest first: what was named
    last, the last answer, then what came before. ``types`` are those that its noun can mean."""
    named = next((turn.named for turn in reversed(said) if turn.named), ())
    found = [*named, *(said[0].known if said else ())]
    for turn in reversed(said):
        found += [*(turn.answers if len(turn.answers) == 1 else ()), *turn.known]
    distinct = {entity.id: entity for entity in found}.values()
    return [
        entity
        for entity in distinct
        if entity.type not in ("TIME", "NUM")
        and (not types or not entity.type or entity.type in types)
    ]
