"""What of a question an answer does not account for: nothing may be passed over in silence.

Every name, number, negation, time word and content word of the question must be accounted for by
what was looked up, or the answer would be one to another question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from worker.english.names import LEGAL_FORMS
from worker.english.nouns import SAYS_MORE, TYPES_BY_NOUN, noun_fits, singular
from worker.english.words import (
    EMPTY,
    NEVER_SPOKEN,
    OF_ANY,
    OPERATORS,
    is_kin_of_kin,
)
from worker.interfaces import Memory
from worker.reading.stems import is_named, named_by, spoken_by, stem
from worker.types import RelationSpec

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_HAD_BY = re.compile(r"\s+of\s+(?:the\s+)?")
_OF_SOMEBODYS = re.compile(r"\s+of\s+.+['’]s?\s+", re.IGNORECASE)
_OR = re.compile(r"\s*(?:,|,?\s*or|/)\s*(?:an?\s+)?", re.IGNORECASE)
# How much a word adds to the score of the relations that were read.
Support = Callable[[int, int], float]
# A word that adds so much speaks for them; a word by which another relation is known is no
# nonsense and may add less, but a part that was passed over takes off instead.
CARRIES = 0.6
CARRIES_ELSEWHERE = -0.25
ASKS_ELSEWHERE = 1.0  # more than to the relations that were read
_EMPTY_OR_LEGAL = EMPTY | LEGAL_FORMS
_EMPTY_PHRASE = re.compile(r"\b(?:some|among|each) others?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """A word of the question at ``[start, end)``; ``plain`` is it in lower case without "'s".

    ``open`` tells that it stands where any thing of a kind is meant: "which actor", "an actor".
    """

    plain: str
    start: int
    end: int
    capital: bool
    open: bool


@dataclass(frozen=True)
class Accounted:
    """What a reading accounts for: stretches of the question (names, times, operators), the
    relations it read, the types of what it met on its way, and the ids of the relations that it
    went along more than once in a row. ``unnamed`` are the types of what it met and the question
    does not name, ``near`` the stretches around names, where a noun may say what these are."""

    spans: Sequence[tuple[int, int]]
    relations: Sequence[RelationSpec]
    types: frozenset[str]
    repeated: frozenset[str] = frozenset()
    unnamed: frozenset[str] | None = None
    near: Sequence[tuple[int, int, str]] = ()

    def types_for(self, word: Word) -> frozenset[str]:
        """Return the types of what a noun may mean: of all that is not named, and of a name that
        it stands beside. "The school of the founder of X" is no word for the firm X."""
        if self.unnamed is None:
            return self.types
        beside = {type_ for start, end, type_ in self.near if start <= word.start < end}
        return self.unnamed | beside

    def covers(self, word: Word) -> bool:
        return any(start < word.end and word.start < end for start, end in self.spans)


def words_of(question: str) -> list[Word]:
    """Return the words of a question in order."""
    found: list[Word] = []
    opening = _WORD.search(question)
    first = opening.start() if opening else 0
    before = ""
    for match in _WORD.finditer(question):
        text = match.group()
        plain = re.sub(r"['’]s?$", "", text.casefold().replace("’", "'"))
        if plain != "s":
            capital = text[0].isupper() and match.start() > first
            found.append(Word(plain, *match.span(), capital, before in OF_ANY))
        before = plain
    return found


def left_over(
    question: str,
    accounted: Accounted,
    schema: Iterable[RelationSpec],
    support: Support,
    rival: Support | None = None,
) -> list[str]:
    """Return the words of ``question`` that the reading passes over, as they are written.

    A word is accounted for when it stands in one of the spans, is one of those that ask for
    nothing, is spoken by a relation that was read, names the type of what was met, or when the
    relations that were read were found because of it, which is what ``support`` tells. With
    ``rival``, a word that adds more to another relation asks for that one.
    """
    empty = [match.span() for match in _EMPTY_PHRASE.finditer(question)]
    accounted = replace(accounted, spans=[*accounted.spans, *empty])
    found = words_of(question)
    alternatives = _alternatives(question, found, accounted.types)
    check = _Check(accounted, schema, support, alternatives, rival)
    capitals = _in_capitals(found)
    again = _steps_again(question, found, accounted)
    return [
        question[word.start : word.end]
        for word in found
        if word in again
        or (not accounted.covers(word) and check.passed_over(word, unknown_name=not capitals))
    ]


def _steps_again(question: str, found: Sequence[Word], accounted: Accounted) -> set[Word]:
    """Return the nouns by which a relation is to be gone along again, where it was read once:
    "the child of the children of X", "the father of X's father"."""
    again = set()
    for relation in accounted.relations:
        if relation.id in accounted.repeated:
            continue
        names = named_by(relation)
        heads = [
            word
            for word in found
            if word.plain not in EMPTY and stem(word.plain) in names
            if not any(word.end + 1 == start for start, _ in accounted.spans)  # "the film X"
        ]
        for one, other in pairwise(heads):
            between = question[one.end : other.start]
            whole = question[one.start : other.end].casefold()
            had = question[one.start : one.end].endswith(("'s", "’s")) and between == " "
            if (had or _HAD_BY.fullmatch(between)) and not is_named(whole, relation):
                again.add(other if had else one)
            if _is_of_somebodys(one, other, between, accounted):
                again.add(one)
    return again


def _is_of_somebodys(one: Word, other: Word, between: str, accounted: Accounted) -> bool:
    """Tell whether a name stands between two nouns as in "the father of X's father"."""
    named = any(one.end <= start < other.start for start, _ in accounted.spans)
    return named and _OF_SOMEBODYS.fullmatch(between) is not None


class _Check:
    def __init__(
        self,
        accounted: Accounted,
        schema: Iterable[RelationSpec],
        support: Support,
        alternatives: frozenset[str],
        rival: Support | None = None,
    ) -> None:
        used = {relation.id for relation in accounted.relations}
        self._types_for = accounted.types_for
        self._spoken = _joined(map(spoken_by, accounted.relations))
        self._not_of_people = _joined(
            spoken_by(one) for one in accounted.relations if not _may_be_of_people(one)
        )
        others = [one for one in schema if one.id not in used]
        self._others = _joined(map(named_by, others))
        self._names = frozenset(one.name.casefold() for one in others)
        self._support = support
        self._alternatives = alternatives
        self._rival = rival

    def passed_over(self, word: Word, *, unknown_name: bool) -> bool:
        """Tell whether nothing accounts for a word outside the spans; ``unknown_name`` says that
        a capital marks a name."""
        plain, spoken = word.plain, stem(word.plain) in self._spoken
        if self._says_too_much(plain):
            return True
        if plain in OPERATORS:
            return not spoken
        if spoken or plain in _EMPTY_OR_LEGAL or plain in self._alternatives:
            return False
        if self._rival and self._rival(word.start, word.end) > ASKS_ELSEWHERE:
            return True
        elsewhere = stem(plain) in self._others
        if word.capital and unknown_name and not elsewhere:
            return True
        if noun_fits(plain, self._types_for(word)) and (word.open or plain not in SAYS_MORE):
            return False
        return self._support(word.start, word.end) < self._least(plain, elsewhere)

    def _says_too_much(self, plain: str) -> bool:
        """Tell whether no relation's own words can account for a word. One of kinship means
        something else of what are no people: the family of a plant, a twin town."""
        kin = is_kin_of_kin(plain) and stem(plain) not in self._not_of_people
        return kin or plain in NEVER_SPOKEN or plain[0].isdigit()

    def _least(self, plain: str, elsewhere: bool) -> float:
        """Return how much a word has to add; one that is another relation's whole name asks for
        that one: "mother" is no "child"."""
        return CARRIES_ELSEWHERE if elsewhere and plain not in self._names else CARRIES


def _may_be_of_people(relation: RelationSpec) -> bool:
    types = {*relation.subject_types, *relation.object_types}
    return not types or "PER" in types


def _joined(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(word for one in sets for word in one)


def _alternatives(question: str, found: Sequence[Word], types: frozenset[str]) -> frozenset[str]:
    """Return the nouns of a list such as "teams, countries or people" of which one fits."""
    nouns = [word for word in found if word.plain in TYPES_BY_NOUN]
    for one, other in pairwise(nouns):
        between = question[one.end : other.start]
        if _OR.fullmatch(between) and any(noun_fits(w.plain, types) for w in nouns):
            return frozenset(word.plain for word in nouns)
    return frozenset()


def _in_capitals(found: Sequence[Word]) -> bool:
    """Tell whether every longer word begins with a capital, which then says nothing."""
    longer = [word for word in found[1:] if len(word.plain) > 2]
    return len(longer) > 1 and all(word.capital for word in longer)


def unchecked_kind(question: str, relations: Iterable[RelationSpec], types: frozenset[str]) -> str:
    """Return the word that says of people what no relation that was read says: "politician"."""
    spoken = _joined(map(spoken_by, relations))
    for word in words_of(question):
        if word.plain in SAYS_MORE and "PER" in types and stem(word.plain) not in spoken:
            return word.plain
    return ""


def knows_kind(memory: Memory, kind: str) -> bool:
    """Tell whether a memory has something by the very name of a kind, so that what is of it can be
    asked for."""
    word = singular(kind)
    return any(one.name == word for _, _, one in memory.find_entities(word))
