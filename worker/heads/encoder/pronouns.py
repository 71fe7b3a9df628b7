"""What a pronoun stands for: one thing of an earlier turn, or all those that it named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.english.anaphors import FEMALE, FEMALE_NOUNS, MALE, MALE_NOUNS
from worker.english.follow_ups import AMONG_THEM, ASKS_THING
from worker.english.given_names import sex_of
from worker.english.words import NEUTER, PLURAL
from worker.types import EntityRef

MALE_WORDS = MALE | MALE_NOUNS
FEMALE_WORDS = FEMALE | FEMALE_NOUNS
_BACK = 2  # turns in which a list is looked for
_BETWEEN = re.compile(r"\s*(?:,|,?\s+and|,?\s+or|\s*&)\s+(?:the\s+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """An earlier turn: its question in full, what it was about and what it led to.

    ``named`` are those of what it was about that its own words name; ``listed`` are the ids of what
    it asked of one by one; ``joined`` tells that the question at hand goes on from it in the same
    sentence.
    """

    text: str
    known: tuple[EntityRef, ...]
    answers: tuple[EntityRef, ...]
    asks_person: bool
    listed: frozenset[str] = frozenset()
    joined: bool = False
    named: tuple[EntityRef, ...] = ()


def named_together(text: str, hits: Sequence[tuple[int, int, EntityRef]]) -> set[str]:
    """Return the entities of the longest list of names in a text: "A, B and C"."""
    best: list[EntityRef] = []
    run: list[EntityRef] = []
    end = 0
    for start, stop, entity in sorted(hits, key=lambda hit: hit[:2]):
        if run and not _BETWEEN.fullmatch(text[end:start]):
            run = []
        run.append(entity)
        end = stop
        best = max(best, run[:], key=len)
    return {entity.id for entity in best} if len(best) > 1 else set()


def meant_all(word: str, said: Sequence[Said]) -> tuple[EntityRef, ...]:
    """Return all that a plural pronoun stands for: what an earlier turn asked of one by one,
    else its answers; nothing where it has no list."""
    if word not in PLURAL:
        return ()
    for turn in reversed(said[-_BACK:]):
        for entities in (tuple(e for e in turn.known if e.id in turn.listed), turn.answers):
            alike = _of_one_type([entity for entity in entities if _fits(entity, word)])
            if len(alike) > 1:
                return alike
    return ()


def among_them(text: str) -> str:
    """Return the words with which a question picks from an earlier list: "which of them"."""
    match = AMONG_THEM.search(text)
    return match.group() if match else ""


def _of_one_type(entities: Sequence[EntityRef]) -> tuple[EntityRef, ...]:
    """Return the entities of the commonest type: others only led to them."""
    types = Counter(entity.type for entity in entities)
    common = types.most_common(1)[0][0] if types else ""
    return tuple(entity for entity in entities if entity.type == common)


def meant(word: str, said: Sequence[Said], gender: dict[str, str]) -> list[EntityRef]:
    """Return what a pronoun may stand for, the likeliest first: the nearest fitting answer, then
    what was asked about, and so on through the turns before.

    Words of the conversation and first names tell who is no "he" or no "she". In the same sentence
    "it" goes on from what was asked about: "Where is Acme and who owns it?".
    """
    sex = "m" if word in MALE_WORDS else "f" if word in FEMALE_WORDS else ""
    found: dict[str, EntityRef] = {}
    for turn in reversed(said):
        for entity, is_answer in _in_order(turn, word):
            fits = _fits(entity, word, person=not is_answer or turn.asks_person)
            if fits and (not sex or _may_be(entity, sex, gender)):
                found.setdefault(entity.id, entity)
    return list(found.values())


def _in_order(turn: Said, word: str) -> list[tuple[EntityRef, bool]]:
    """Return what a turn was about and its answer, the likelier first; the answer is marked."""
    # Of several answers, none can be told to be the one.
    lone = [(entity, True) for entity in turn.answers if len(turn.answers) == 1]
    known = [(entity, False) for entity in turn.known]
    goes_on = turn.joined and word in NEUTER and not ASKS_THING.match(turn.text)
    return [*known, *lone] if goes_on else [*lone, *known]


def _may_be(entity: EntityRef, sex: str, gender: dict[str, str]) -> bool:
    return (gender.get(entity.id) or _sex_by_name(entity) or sex) == sex


def _sex_by_name(entity: EntityRef) -> str:
    return sex_of(entity.name.split()[0]) if entity.type == "PER" and entity.name.split() else ""


def _fits(entity: EntityRef, word: str, *, person: bool = True) -> bool:
    if word in MALE_WORDS | FEMALE_WORDS:
        return entity.type == "PER" or (not entity.type and person)
    if word in NEUTER:
        return entity.type not in ("PER", "TIME", "NUM")
    if word == "there":
        return entity.type in ("LOC", "ORG", "")
    return entity.type not in ("TIME", "NUM")
