"""How large a question wants a quantity to be: "under 300 staff", "at least 5 million"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from worker.english.comparing import LESS_THAN, MORE_THAN, THAN
from worker.english.words import NEGATIONS
from worker.literals import parse_literal
from worker.literals.spelling import ONES, SCALES, TENS
from worker.reading.items import Item
from worker.reading.question import HOLDS, Sign, Thing
from worker.types import QuantityValue

LONGEST = 7  # words and marks of a number
_SPELT = {*ONES, *TENS, *SCALES, "a", "an", "and", "half", "quarter", "of"}
_OTHERWISE: dict[Sign, Sign] = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}  # "no more than"


@dataclass(frozen=True)
class Size:
    """A bound of a quantity; ``places`` are those of its words."""

    sign: Sign
    value: float
    words: str
    places: frozenset[int]

    def holds(self, low: float | None, high: float | None) -> bool:
        """Tell whether a quantity is surely within the bound: one from ``low`` to ``high``, which
        are the same where it is exact, and None where it is open."""
        end = low if self.sign.startswith(">") else high
        if end is None:
            return False
        return HOLDS[self.sign](end, self.value)


def sizes_of(items: Sequence[Item]) -> list[Size]:
    """Return the bounds that a question's words name.

    >>> from worker.reading.items import items_of
    >>> [(one.sign, one.value, one.words) for one in sizes_of(items_of("no more than 1,200", []))]
    [('<=', 1200.0, 'no more than 1,200')]
    """
    texts = [item.text if item.kind in ("word", "mark") else "" for item in items]
    found = []
    for at in range(len(texts)):
        sign, cue = _sign(texts[at : at + 3])
        if sign is None:
            continue
        value, end = _value(items, at + cue)
        if end > at + cue:
            first = at
            if at and texts[at - 1] in NEGATIONS:
                sign, first = _OTHERWISE[sign], at - 1
            words = _written(items[first:end])
            found.append(Size(sign, value, words, frozenset(range(first, end))))
    return found


def signs_at(items: Sequence[Item], at: int) -> tuple[Sign | None, int]:
    """Return the comparison that begins at a place and how many words it has."""
    return _sign([one.text if one.kind == "word" else "" for one in items[at : at + 3]])


def _sign(texts: Sequence[str]) -> tuple[Sign | None, int]:
    """Return a comparison and how many words it has; none for others."""
    first, second = texts[0], texts[1] if len(texts) > 1 else ""
    if first in THAN and second == "than":
        return (">" if THAN[first] == ">" else "<"), 2
    if first == "at" and second in ("least", "most"):
        return (">=" if second == "least" else "<="), 2
    if first == "up" and second == "to":
        return "<=", 2
    if first in MORE_THAN:
        return ">", 2 if second == "of" else 1
    return ("<", 1) if first in LESS_THAN else (None, 0)


def _value(items: Sequence[Item], start: int) -> tuple[float, int]:
    """Return the number that begins at a place and where it ends: the longest that there is. It
    ends where nothing began for no number."""
    stop = start
    while stop < len(items) and stop - start < LONGEST and _may_be_of_number(items[stop]):
        stop += 1
    for end in range(stop, start, -1):
        value = parse_literal(_written(items[start:end]), "quantity")
        if isinstance(value, QuantityValue) and value.low and value.low == value.high:
            return float(Fraction(value.low)), end
    return 0.0, 0


def _may_be_of_number(item: Item) -> bool:
    if item.kind == "node":  # a number that the memory knows
        things = item.node.entities if isinstance(item.node, Thing) else ()
        return bool(things) and all(one.kind == "quantity" for one in things)
    if item.kind == "mark":
        return item.text not in "?!.;:"
    words = item.text.split("-")
    return item.kind == "word" and (
        all(word in _SPELT for word in words) or item.text.replace(".", "").isdecimal()
    )


def _written(items: Sequence[Item]) -> str:
    """Return the words with blanks where the question has some."""
    said = ""
    for before, item in zip([None, *items], items, strict=False):
        said += " " * (before is not None and before.end < item.start) + item.text
    return said
