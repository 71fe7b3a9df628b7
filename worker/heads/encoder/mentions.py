"""Which entities of the memory a question names, and which of these names to trust."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.interfaces import Memory
from worker.types import EntityRef, Turn

MOST_MENTIONS = 6
_COMMON = frozenset(
    """a an and are at by did do does for from had has have he her him his how i in is it its list
    many me much name of on or she tell that the their them they this to was we were what when
    where which who whom whose why will with you your born died die film movie book song album
    city country town place person people company band team game""".split()  # noqa: SIM905
)
_TITLES = frozenset(
    """president king queen prince princess sir dr mr mrs ms saint pope general the in was is did
    does who whom what where when which how are were do has of and""".split()  # noqa: SIM905
)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|hers|its|their)\b", re.IGNORECASE)


@dataclass(frozen=True)
class NamedEntity:
    """A stretch of the question and the entities it may name; more than one share the name."""

    start: int
    end: int
    entities: tuple[EntityRef, ...]

    def ranked(self, question: str) -> list[tuple[EntityRef, ...]]:
        """Return the entities that bear the very name, then those that have it as an alias."""
        name = question[self.start : self.end].casefold()
        own = tuple(entity for entity in self.entities if entity.name.casefold() == name)
        other = tuple(entity for entity in self.entities if entity.name.casefold() != name)
        return [group for group in (own, other) if group]

    @property
    def type(self) -> str:
        """The type that all the entities share, or nothing."""
        types = {entity.type for entity in self.entities}
        return types.pop() if len(types) == 1 else ""


def named_entities(memory: Memory, question: str) -> list[NamedEntity]:
    """Return the entities that ``question`` names, longest name first, without overlaps.

    Left out are names that are only a common word of questions, names that stand inside a longer
    capitalised name that the memory does not know ("Great" in "The Great Escape"), and, where
    some name is capitalised, those that are not.
    """
    by_span: dict[tuple[int, int], list[EntityRef]] = {}
    for start, end, entity in memory.find_entities(question):
        if question[start:end].lower() in _COMMON:
            continue
        entities = by_span.setdefault((start, end), [])
        if entity.id not in {known.id for known in entities}:
            entities.append(entity)
    kept: list[NamedEntity] = []
    for start, end in sorted(by_span, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other.start or other.end <= start for other in kept):
            kept.append(NamedEntity(start, end, tuple(by_span[start, end])))
    whole = [named for named in kept if not _inside_longer_name(question, named, kept)]
    written = [named for named in whole if _as_a_name(question[named.start : named.end])]
    return (written or whole)[:MOST_MENTIONS]


def _as_a_name(text: str) -> bool:
    return any(char.isupper() or char.isdigit() for char in text)


def _inside_longer_name(question: str, named: NamedEntity, kept: Sequence[NamedEntity]) -> bool:
    before = re.search(r"([\w'’.\-]+)[ \-]$", question[: named.start])
    after = re.match(r"[ \-]([\w'’.\-]+)", question[named.end :])
    for match, offset in ((before, 0), (after, named.end)):
        if match is None:
            continue
        start, end = match.start(1) + offset, match.end(1) + offset
        word = match.group(1)
        covered = any(other.start <= start < other.end for other in kept)
        opening = not question[:start].strip()
        plain = word.rstrip(".").lower() in _TITLES
        if word[:1].isupper() and not covered and not opening and not plain and end > start:
            return True
    return False


def carried_over(question: str, turns: Sequence[Turn]) -> NamedEntity | None:
    """Return what a pronoun of the question stands for: the last turn's first entity."""
    pronoun = _PRONOUN.search(question)
    if pronoun is None or not turns or not turns[-1].entities:
        return None
    return NamedEntity(pronoun.start(), pronoun.end(), (turns[-1].entities[0],))
