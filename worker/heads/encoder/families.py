"""Names that stand for all who share them: "a Brook", "the Brooks", "the Brook family"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from worker.english.nouns import CALLED, FAMILIES, singular
from worker.english.words import OF_ANY
from worker.heads.encoder.mentions import NamedEntity
from worker.interfaces import Memory
from worker.types import EntityRef

_PLURAL = re.compile(r"(?<=\w )[A-Z][\w-]+s\b(?!['’])")  # "the three Brooks", not "Brooks'"
_FEWEST = 2  # people who make a family


def families_in(memory: Memory, text: str, named: Sequence[NamedEntity]) -> list[NamedEntity]:
    """Return the surnames in a question that stand for all people who have them, each with these:
    after "a", "any", "which" or "called", before "family", or in the plural."""
    found = [
        NamedEntity(one.start, one.end, people)
        for one in named
        if _stands_for_all(text, one) and len(people := _of_one_name(text, one)) >= _FEWEST
    ]
    for match in _PLURAL.finditer(text):
        if any(one.start < match.end() and match.start() < one.end for one in named):
            continue
        surname = singular(match.group())
        people = _people((it for *_, it in memory.find_entities(surname)), surname)
        if len(people) >= _FEWEST:
            found.append(NamedEntity(*match.span(), people))
    return found


def _stands_for_all(text: str, one: NamedEntity) -> bool:
    before = text[: one.start].casefold().split()[-1:]
    after = text[one.end :].casefold().split()[:1]
    return bool((OF_ANY | CALLED).intersection(before)) or bool(
        FAMILIES.intersection(word.strip("?.,") for word in after)
    )


def _of_one_name(text: str, one: NamedEntity) -> tuple[EntityRef, ...]:
    name = text[one.start : one.end]
    return _people(one.entities, name)


def _people(found: Iterable[EntityRef], surname: str) -> tuple[EntityRef, ...]:
    """Return the people who have a surname, as those that are meant by it."""
    people = {it.id: replace(it, how="exact") for it in found if it.type == "PER"}
    return tuple(it for it in people.values() if _has(it, surname))


def _has(person: EntityRef, surname: str) -> bool:
    """Tell whether a name ends in a surname and is more than that."""
    return person.name.casefold().endswith(f" {surname.casefold()}")
