"""How many of something a question wants a thing to have: "more than three", "at least twice"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.english.comparing import SEVERAL, TIMES_OVER
from worker.english.numbers import number_of
from worker.reading.items import Item
from worker.reading.question import HOLDS, Sign
from worker.reading.sizes import signs_at, sizes_of

_FEWEST = 2  # that a number alone stands for: "one" is often none
MOST = 1000  # of a number that things are counted up to


@dataclass(frozen=True)
class NumberAsked:
    """A bound of a number of things; ``places`` are those of its words."""

    sign: Sign
    value: int
    words: str
    places: frozenset[int]

    def holds(self, number: int) -> bool:
        """Tell whether so many are as many as is asked for."""
        return HOLDS[self.sign](number, self.value)


def numbers_asked(items: Sequence[Item]) -> list[NumberAsked]:
    """Return the numbers of things that a question's words ask for.

    >>> from worker.reading.items import items_of
    >>> [(one.sign, one.value) for one in numbers_asked(items_of("who won more than once?", []))]
    [('>', 1)]
    """
    found = [
        NumberAsked(one.sign, int(one.value), one.words, one.places)
        for one in sizes_of(items)
        if one.value == int(one.value) and 0 <= one.value <= MOST
    ]
    taken = {place for one in found for place in one.places}
    for at, item in enumerate(items):
        if item.kind == "word" and at not in taken:
            for one in _other(items, at):
                found.append(one)
                taken |= one.places
    return found


def _other(items: Sequence[Item], at: int) -> list[NumberAsked]:
    """Return what a word asks for that no comparison goes before: "twice", "several", "three"."""
    text = items[at].text
    sign, length = signs_at(items, at)
    after = items[at + length].text if at + length < len(items) else ""
    if sign is not None and after in TIMES_OVER:
        places = frozenset(range(at, at + length + 1))
        words = " ".join(items[place].text for place in sorted(places))
        return [NumberAsked(sign, TIMES_OVER[after], words, places)]
    if text in SEVERAL:
        return [NumberAsked(">", 1, text, frozenset([at]))]
    number = TIMES_OVER.get(text) or number_of(text) or 0
    if not _FEWEST <= number <= MOST or _is_part(items, at):
        return []
    more = [one.text for one in items[at + 1 : at + 3]] == ["or", "more"]
    places = frozenset(range(at, at + 3)) if more else frozenset([at])
    return [NumberAsked(">=" if more else "=", number, text, places)]


def _is_part(items: Sequence[Item], at: int) -> bool:
    """Tell whether a word is a part of a longer number: the "2" and the "500" of "2,500"."""
    for first in (at - 2, at):
        three = items[max(0, first) : first + 3]
        joined = [one.end == two.start for one, two in pairwise(three)]
        if len(three) == 3 and all(joined) and three[1].text in (",", "."):
            return three[0].text.isdecimal() and three[2].text.isdecimal()
    return False
