"""The sorts that common words of a question stand for: "which novelists", "the wheels"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from worker.english.nouns import SORTED_BY, singular
from worker.english.words import OF_ANY, POSSESSIVES, STOP_WORDS
from worker.heads.answering import MOST_OF_ALL
from worker.heads.encoder.mentions import NamedEntity
from worker.interfaces import LooksAround, Memory
from worker.reading.stems import stem
from worker.types import EntityRef, Fact, RelationSpec

_WORD = re.compile(r"[\w-]+", re.UNICODE)
_OWNING = ("'s", "s'", "’s", "s’")
_LEAST = 4  # letters of a word that stands for a sort
_MOST = 8  # sorts that one word may stand for


def is_sort(text: str, one: NamedEntity) -> bool:
    """Tell whether a word stands for whatever is of a sort, as in "which novelist" and "the
    novelists", and not for what something has: "the author of X", "X's novels"."""
    before, after = (part.casefold().split() for part in (text[: one.start], text[one.end :]))
    owned = before and (before[-1] in POSSESSIVES or before[-1].endswith(_OWNING))
    if owned or after[:1] == ["of"]:
        return False
    last = text[one.start : one.end].casefold().split()[-1]
    return singular(last) != last or bool(before and before[-1] in OF_ANY)


def sorts_ending_in(
    memory: Memory, text: str, named: Sequence[NamedEntity], spoken: frozenset[str]
) -> list[NamedEntity]:
    """Return the nouns of a question that stand for all sorts which they are the last word of, or
    the word before "of": "wheels" for Ferris wheels and water wheels. Words that are ``named``
    stand for something already; those whose stems are ``spoken`` ask for a relation as well.

    One more statement reads the sorts where a noun asks for them; a memory with more than
    MOST_OF_ALL things sorted by a relation knows none of these.
    """
    nouns = [one for one in _nouns(text, spoken) if not _met(one, named)]
    if not nouns or not isinstance(memory, LooksAround):
        return []
    ids = [one.id for one in memory.relations() if one.used and _sorts(one)]
    sorts = _by_head(memory.whole(ids, MOST_OF_ALL)) if ids else {}
    found = []
    for noun in nouns:
        entities = sorts.get(singular(text[noun.start : noun.end]), {})
        if 0 < len(entities) <= _MOST:
            found.append(NamedEntity(noun.start, noun.end, tuple(entities.values())))
    return found


def _nouns(text: str, spoken: frozenset[str]) -> Iterator[NamedEntity]:
    """Yield the words in small letters that may stand for a sort, as yet for no entity."""
    for match in _WORD.finditer(text):
        word = match.group()
        if word != word.lower() or len(word) < _LEAST or singular(word) in STOP_WORDS:
            continue
        one = NamedEntity(*match.span(), ())
        before, after = text[: match.start()].casefold().split(), text[match.end() :].split()
        known = before[-1:] == ["the"] and after[:1] != ["of"] and stem(word) not in spoken
        if known or is_sort(text, one):
            yield one


def _met(one: NamedEntity, named: Sequence[NamedEntity]) -> bool:
    return any(it.start < one.end and one.start < it.end for it in named)


def _sorts(relation: RelationSpec) -> bool:
    """Tell whether a relation says of what sort its subject is."""
    return not SORTED_BY.isdisjoint(map(str.casefold, (relation.name, *relation.aliases)))


def _by_head(facts: Sequence[Fact]) -> dict[str, dict[str, EntityRef]]:
    """Return the sorts of several words, by the noun that says of what kind they are."""
    found: dict[str, dict[str, EntityRef]] = {}
    for sort in (fact.object for fact in facts):
        head = sort.name.partition(" of ")[0].split()[-1:]
        if head and len(sort.name.split()) > 1 and head[0] == head[0].lower():
            found.setdefault(singular(head[0]), {})[sort.id] = sort
    return found
