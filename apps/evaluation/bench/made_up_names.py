"""Made-up names of many lengths and shapes, for measuring."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate

_HEADS = "b br c ch d dr f fl g gl gr h j k kl l m n p pr qu r s sch sh st t th tr v w z".split()  # noqa: SIM905
_CORES = "a e i o u ai au ea ee ia io oo ou á é í ö ü".split()  # noqa: SIM905
_TAILS = ["", "", "", *"l m n r s t ck ld ll nd ng rn rt ss st tz".split()]  # noqa: SIM905
_ENDS = ["", "", *"son sen berg ville ton field stein ski ova ez ini escu land burg".split()]  # noqa: SIM905


class Names:
    """A seeded source of names. Words repeat as in real names: few are common, most are rare."""

    def __init__(self, size: int, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._given = self._words(max(200, size // 300), 2)
        self._surnames = self._words(max(500, size // 5), 3)
        self._places = self._words(max(200, size // 20), 3)
        self._nouns = self._words(max(200, size // 100), 2)

    def _words(self, number: int, most: int) -> tuple[list[str], list[float]]:
        pick = self._random.choice
        words: dict[str, None] = {}
        while len(words) < number:
            length = self._random.randint(1, most)
            word = "".join(pick(_HEADS) + pick(_CORES) + pick(_TAILS) for _ in range(length))
            if len(word) > 2:
                words[(word + pick(_ENDS)).capitalize()] = None
        weights = list(accumulate(1 / rank**0.8 for rank in range(5, number + 5)))
        return list(words), weights

    def _one(self, source: tuple[list[str], list[float]]) -> str:
        words, weights = source
        return words[bisect(weights, self._random.random() * weights[-1])]

    def name(self) -> tuple[str, str]:
        """Return a name and its type."""
        given, surname = self._one(self._given), self._one(self._surnames)
        place, noun = self._one(self._places), self._one(self._nouns)
        number = self._random.randint(1, 2100)
        return self._random.choice(
            [
                (f"{given} {surname}", "PER"),
                (f"{given} {surname}", "PER"),
                (f"{given} {given[0]}. {surname}", "PER"),
                (f"{given} {self._one(self._given)} {surname}-{self._one(self._surnames)}", "PER"),
                (place, "LOC"),
                (f"{place}, {self._one(self._places)} County", "LOC"),
                (f"New {place}", "LOC"),
                (f"University of {place}", "ORG"),
                (f"{surname} & {self._one(self._surnames)} Ltd", "ORG"),
                (f"{noun} {surname} Corporation", "ORG"),
                (f"The {noun} of {place}", "MISC"),
                (f"{noun} {noun} {number}", "MISC"),
            ]
        )

    def names(self, number: int) -> Iterator[tuple[str, str]]:
        """Yield that many names, none of them twice."""
        seen: set[str] = set()
        while len(seen) < number:
            name, type_ = self.name()
            if name.casefold() not in seen:
                seen.add(name.casefold())
                yield name, type_


def misspelt(name: str, source: random.Random) -> str:
    """Return the name with two letters of its longest word swapped, one left out or one added."""
    word = max(name.split(), key=len)
    if len(word) < 5:
        return name
    at = source.randrange(1, len(word) - 2)
    changed = source.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        ]
    )
    return name.replace(word, changed, 1)
