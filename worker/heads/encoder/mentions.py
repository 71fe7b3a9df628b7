"""Which entities of the memory a question names, and which of these names to trust."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from worker.english.asking import SAID_TO_BE_TRUE
from worker.english.names import LEGAL_FORMS
from worker.english.nouns import singular
from worker.english.titles import is_office, is_title, is_title_of
from worker.english.words import COMMON_IN_QUESTIONS
from worker.interfaces import Memory
from worker.types import EntityRef

MOST_MENTIONS = 6  # of one question that are looked at
_COMMON_AFTER = COMMON_IN_QUESTIONS | LEGAL_FORMS  # "Northwind Freight Ltd"
_TIERS = {"exact": 0, "alias": 1, "partial": 2, "spelling": 3}
_LEAST_COMMON = 4  # letters of a common word that names something
_WORD = re.compile(r"[\w\-]+")
_OF_A_FAMILY = re.compile(  # "Ada and Ben Holt"
    r"(?<![\w'’.\-])(?P<first>[A-Z][\w\-]*)\s+(?:and|or|&)\s+"
    r"(?P<whole>[A-Z][\w.\-]*(?:\s+[A-Z][\w\-]*)+)"
)
_PLAIN = re.compile(r"^\s+[a-z][\w\-]*(?:\s+[a-z][\w\-]*)?\s+$")  # between "French" and a name


@dataclass(frozen=True)
class NamedEntity:
    """A stretch of the question and the entities it may name; more than one share the name."""

    start: int
    end: int
    entities: tuple[EntityRef, ...]

    def ranked(self, question: str) -> list[tuple[EntityRef, ...]]:
        """Return the entities that bear the very name, those that have it as an alias, then those
        that it is like: part of their name, or with the fewest letters changed."""
        name = _plain(question[self.start : self.end])
        tiers: dict[tuple[int, int], list[EntityRef]] = {}
        for entity in self.entities:
            tier = (_TIERS[entity.how], entity.edits)
            if entity.how == "exact" and _plain(entity.name) != name:
                tier = (1, 0)
            tiers.setdefault(tier, []).append(entity)
        return [tuple(tiers[tier]) for tier in sorted(tiers)]

    @property
    def type(self) -> str:
        """The type that all the entities share, or nothing."""
        types = {entity.type for entity in self.entities}
        return types.pop() if len(types) == 1 else ""


def named_entities(memory: Memory, question: str) -> list[NamedEntity]:
    """Return the entities that ``question`` names, longest name first, without overlaps.

    A name that only describes the next one ("the French singer X", "Prince X") comes last. Left
    out are names that are only a common word of questions, names that stand inside a longer
    capitalised name that the memory does not know ("Great" in "The Great Escape"), and, where some
    name is capitalised, those that are not.
    """
    by_span = _entities_by_span(memory, question)
    kept: list[NamedEntity] = []
    for start, end in sorted(by_span, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other.start or other.end <= start for other in kept):
            kept.append(NamedEntity(start, end, tuple(by_span[start, end])))
    whole = [named for named in kept if not _inside_longer_name(question, named, kept)]
    written = [named for named in whole if as_a_name(question[named.start : named.end])]
    found = written or whole[:MOST_MENTIONS]
    return sorted(found, key=lambda named: _describes(question, named, found))


def _entities_by_span(memory: Memory, question: str) -> dict[tuple[int, int], list[EntityRef]]:
    """Return where the memory finds names, each with its entities, but for common words."""
    by_span: dict[tuple[int, int], list[EntityRef]] = {}
    phrase = SAID_TO_BE_TRUE.match(question)
    opening = phrase.end() if phrase else 0
    for start, end, entity in memory.find_entities(question):
        if question[start:end].lower() in COMMON_IN_QUESTIONS or end <= opening:
            continue
        entities = by_span.setdefault((start, end), [])
        if entity.id not in {known.id for known in entities}:
            entities.append(entity)
    return by_span


def common_names(memory: Memory, question: str, named: Sequence[NamedEntity]) -> list[NamedEntity]:
    """Return what common words of a question name beside its proper names: a job, a genre, a kind
    of thing, also in the plural ("astronauts") and as the first word ("Novelists without ..."), and
    a longer name around a proper one ("finance ministers of Arda"). Only what bears that very name
    counts."""
    words = list(_WORD.finditer(question))
    begun = question[: words[0].end()].lower() + question[words[0].end() :] if words else question
    plain = [_in_the_singular(begun[slice(*word.span())]) for word in words]
    starts = [0, *accumulate(len(word) + 1 for word in plain)]
    ends = {starts[at] + len(word): at for at, word in enumerate(plain)}
    found: dict[tuple[int, int], list[EntityRef]] = {}
    for start, end, entity in memory.find_entities(" ".join(plain)):
        if start not in starts or end not in ends or entity.how not in ("exact", "alias"):
            continue
        span = words[starts.index(start)].start(), words[ends[end]].end()
        written = begun if entity.name == entity.name.lower() else question
        if _is_common(written[slice(*span)]) if _is_apart(span, named) else covers(span, named):
            found.setdefault(span, []).append(entity)
    return [NamedEntity(*span, tuple(entities)) for span, entities in found.items()]


def _is_common(surface: str) -> bool:
    small = surface == surface.lower() and len(surface) >= _LEAST_COMMON
    return small and surface not in COMMON_IN_QUESTIONS


def _is_apart(span: tuple[int, int], named: Sequence[NamedEntity]) -> bool:
    return all(span[1] <= one.start or one.end <= span[0] for one in named)


def covers(span: tuple[int, int], named: Sequence[NamedEntity]) -> bool:
    """Tell whether a stretch holds a name and more, and no part of a name alone."""
    met = [one for one in named if one.start < span[1] and span[0] < one.end]
    inside = all(span[0] <= one.start and one.end <= span[1] for one in met)
    return inside and any((one.start, one.end) != span for one in met)


def _in_the_singular(word: str) -> str:
    """Return a word in small letters without the ending of a plural; others as they are."""
    return singular(word) if word == word.lower() and len(word) > _LEAST_COMMON else word


def with_surnames(question: str, memory: Memory) -> str:
    """Return the question with the surname that a first name leaves to the next name, where the
    memory knows both: "Ada and Ben Holt" is "Ada Holt and Ben Holt"."""
    for found in reversed(list(_OF_A_FAMILY.finditer(question))):
        surname = found["whole"].split()[-1]
        name = f"{found['first']} {surname}"
        if _is_person(memory, found["whole"]) and _is_person(memory, name):
            end = found.end("first")
            question = f"{question[:end]} {surname}{question[end:]}"
    return question


def _is_person(memory: Memory, name: str) -> bool:
    known = memory.find_entities(name)
    whole = [one for start, end, one in known if (start, end) == (0, len(name))]
    return any(one.type == "PER" and one.how in ("exact", "alias") for one in whole)


def with_apostrophes(question: str, named: Sequence[NamedEntity]) -> str:
    """Return the question with the apostrophe of "halvorsens wife".

    >>> erik = NamedEntity(7, 17, (EntityRef("e", "Erik Halvorsen"),))
    >>> with_apostrophes("who is halvorsens wife", [erik])
    "who is halvorsen's wife"
    """
    for one in sorted(named, key=lambda one: -one.start):
        surface = question[one.start : one.end]
        last = _plain(surface).split()[-1:]
        own = {word for entity in one.entities for word in _plain(entity.name).split()[-1:]}
        if last and last[0].endswith("s") and own == {last[0][:-1]}:
            question = f"{question[: one.end - 1]}'s{question[one.end :]}"
    return question


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))


def _describes(question: str, named: NamedEntity, found: Sequence[NamedEntity]) -> bool:
    starts = {other.start for other in found if other.start > named.end}
    nearest = min(starts, default=None)
    if nearest is None:
        return False
    between = question[named.end : nearest]
    title = is_title(question[named.start : named.end]) and between.strip(". ") == ""
    return title or _PLAIN.match(between) is not None


def _in_capitals(question: str) -> bool:
    """Tell whether every longer word begins with a capital, as in headings: it says nothing."""
    words = [w for w in re.findall(r"[^\W\d_]+", question) if len(w) > 2 or w in ("is", "Is")]
    return len(words) > 2 and all(word[0].isupper() for word in words)


def as_a_name(text: str) -> bool:
    """Tell whether a text is written as names are: with a capital or a digit."""
    return any(char.isupper() or char.isdigit() for char in text)


def _inside_longer_name(question: str, named: NamedEntity, kept: Sequence[NamedEntity]) -> bool:
    if _in_capitals(question):
        return False
    before = re.search(r"([\w'’.\-]+)[ \-]$", question[: named.start])
    after = re.match(r"[ \-]([\w'’.\-]+)", question[named.end :])
    for match, offset in ((before, 0), (after, named.end)):
        if match is None:
            continue
        start, end = match.start(1) + offset, match.end(1) + offset
        word = match.group(1)
        covered = any(other.start <= start < other.end for other in kept)
        opening = not question[:start].strip()
        plain = word.rstrip(".").lower() in (
            COMMON_IN_QUESTIONS if match is before else _COMMON_AFTER
        )
        if not word[:1].isupper() or covered or opening or plain or end <= start:
            continue
        name = question[named.start : named.end]
        if match is before and not is_title_of(word, name, named.type):
            return True
        if match is after and not is_office(word, question[end:]):
            return True
    return False
