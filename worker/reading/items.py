"""A question as a row of words and of the things that stand between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from worker.english.words import (
    AUXILIARIES,
    COMPOUNDS,
    CONJUNCTIONS,
    DETERMINERS,
    EMPTY,
    LONG_COMPOUNDS,
    OPERATORS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
)
from worker.reading.question import Node, Thing
from worker.types import EntityRef

Kind: TypeAlias = Literal["word", "node", "poss", "mark"]
_QUOTES = frozenset('"“”„«»')
_THRICE = re.compile(r"([a-z])\1{2,}")  # no English word has a letter three times in a row
_TOKEN = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*|['’](?:s\b)?|[^\w\s]")
_NOT = re.compile(r"(?<=[a-z])n['’]t\b", re.IGNORECASE)
_WON_T = {"ca": "can", "wo": "will", "sha": "shall"}
# What a run of nouns ends at.
BOUNDARIES = AUXILIARIES | CONJUNCTIONS | DETERMINERS | PREPOSITIONS | PRONOUNS | QUESTION_WORDS


@dataclass(frozen=True)
class Item:
    """A word, in lower case, at ``[start, end)`` of the question, or a set that was understood.

    ``masked`` is what stands for a set where relations are looked for: "this person".
    """

    kind: Kind
    text: str
    start: int
    end: int
    node: Node | None = None
    type: str = ""

    @property
    def boundary(self) -> bool:
        return self.kind != "word" or self.text in BOUNDARIES


@dataclass(frozen=True)
class Named:
    """A stretch of the question that names something."""

    start: int
    end: int
    node: Node
    type: str


def items_of(question: str, named: Iterable[Named]) -> list[Item]:
    """Return the words and names of a question in order; "isn't" is two words.

    >>> [item.text for item in items_of("Who's Ada's aunt?", [])]
    ['who', 'is', 'ada', "'s", 'aunt', '?']
    """
    found: list[Item] = []
    at = 0
    for name in sorted(named, key=lambda one: one.start):
        found += _words(question, at, name.start)
        text = question[name.start : name.end]
        found.append(Item("node", text, name.start, name.end, name.node, name.type))
        at = name.end
    return _compounded(found + _words(question, at, len(question)))


def _compounded(items: Sequence[Item]) -> list[Item]:
    """Return the items with words that stand for one thing together as one word; of two that a
    stroke joins, as in "director/manager", the second."""
    found: list[Item] = []
    for item in items:
        one = COMPOUNDS.get((found[-1].text, item.text)) if found else None
        three = tuple(one.text for one in (*found[-2:], item))
        long = LONG_COMPOUNDS.get(three)
        words = item.kind == "word" and [before.kind for before in found[-2:]] == ["word", "mark"]
        if words and found[-1].text == "/":
            found[-2:] = [Item("word", item.text, found[-2].start, item.end)]
        elif long is not None:
            found[-2:] = [Item("word", long, found[-2].start, item.end)]
        elif one is not None:
            found[-1] = Item("word", one, found[-1].start, item.end)
        else:
            found.append(item)
    return found


def _words(question: str, start: int, end: int) -> list[Item]:
    found: list[Item] = []
    at = start
    while match := _TOKEN.search(question, at, end):
        text = match.group().casefold()
        negated = _NOT.search(question, match.start(), min(end, match.end() + 2))
        if negated and text.endswith("n"):
            first = text[:-1]
            found.append(Item("word", _WON_T.get(first, first), match.start(), negated.start()))
            found.append(Item("word", "n't", negated.start(), negated.end()))
            at = negated.end()
            continue
        at = match.end()
        if text not in _QUOTES:
            plain = _THRICE.sub(r"\1\1", text)
            found.append(_item(plain, match.start(), match.end(), found))
    return found


def _item(text: str, start: int, end: int, before: Sequence[Item]) -> Item:
    if text[0] not in "'’":
        return Item("word" if text[0].isalnum() else "mark", text, start, end)
    if len(text) > 1 and before and before[-1].text in QUESTION_WORDS:
        return Item("word", "is", start, end)
    ends_in_s = start > 0 and before and before[-1].text.endswith("s")
    if len(text) > 1 or ends_in_s or not before:
        return Item("poss", "'s", start, end)
    return Item("mark", text, start, end)


def says_little(item: Item) -> bool:
    """Tell whether an item is a set, a mark, or a word that asks for nothing by itself."""
    return item.kind in ("node", "mark") or (item.text in EMPTY and item.text not in OPERATORS)


def nodes_at(items: Sequence[Item]) -> list[int]:
    """Return where sets stand in a row of items."""
    return [at for at, item in enumerate(items) if item.kind == "node"]


def put(items: Sequence[Item], start: int, end: int, node: Node, type_: str) -> list[Item]:
    """Return the items with a set in the place of ``items[start:end]``."""
    inside = items[start:end]
    text = " ".join(item.text for item in inside)
    one = Item("node", text, inside[0].start, inside[-1].end, node, type_)
    return [*items[:start], one, *items[end:]]


def without(items: Sequence[Item], start: int, end: int) -> list[Item]:
    """Return the items that do not touch the characters ``[start, end)``."""
    return [item for item in items if item.end <= start or end <= item.start]


def with_unknown_name(items: Sequence[Item], question: str) -> list[Item]:
    """Return the items with the one name that nobody knows, told by its capitals, as a thing: a
    fact may rule it out all the same. Without such a name, or with several, as they are."""
    run = [
        at
        for at, item in enumerate(items)
        if at and item.kind == "word" and question[item.start : item.start + 1].isupper()
    ]
    if not run or run[-1] - run[0] >= len(run):
        return list(items)
    name = question[items[run[0]].start : items[run[-1]].end]
    return put(items, run[0], run[-1] + 1, Thing((EntityRef("", name),), name), "")


@dataclass(frozen=True)
class Phrase:
    """Words with one set among them, as relations are looked for: ``[start, end)`` is its mask."""

    text: str
    start: int
    end: int
    type: str


def phrase(items: Sequence[Item], at: int, mask: str) -> Phrase:
    """Return the words of ``items`` with ``mask`` in the place of the set at ``at``."""
    text = ""
    start = 0
    for number, item in enumerate(items):
        if item.kind in ("poss", "mark"):
            text += item.text if item.kind == "poss" or item.text in "?.,!" else f" {item.text}"
            continue
        if text:
            text += " "
        if number == at:
            start = len(text)
            text += mask
        else:
            text += item.text
    return Phrase(text, start, start + len(mask), items[at].type)


def renamed(item: Item, text: str) -> Item:
    """Return an item with another word in its place."""
    return replace(item, text=text)
