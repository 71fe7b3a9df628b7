"""Which words of a question speak for which step of a reading, and which speak for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from worker.english.words import ARTICLES, EMPTY, FILLERS, PREPOSITIONS
from worker.reading.around import Step
from worker.reading.items import Item
from worker.reading.stems import spoken_by, stem
from worker.types import OPPOSITE

LONGEST = 5  # words and names of a stretch
MOST_STRETCHES = 48
MOST_TRIED = 4  # stretches that may speak for one step
NO_STRETCH = -1  # in place of a stretch, for a step that needs none
_SPOKEN = 1.0  # what a word of the relation's own adds to a stretch
_OF_A_SORT = 4.0  # what a step scores that goes without saying, as the noun for a sort says it


@dataclass(frozen=True)
class Stretch:
    """A few words of a question in a row, names in the words for their type; ``words`` are the
    places of those that ask for something."""

    text: str
    words: frozenset[int]


def told_words(items: Sequence[Item], accounted: frozenset[int] = frozenset()) -> frozenset[int]:
    """Return the places of the words that ask for something and that no operator accounts for."""
    return frozenset(
        at
        for at, item in enumerate(items)
        if item.kind == "word" and item.text not in EMPTY and at not in accounted
    )


def most_said(items: Sequence[Item]) -> int:
    """Return by how many relations the words of a question may ask whether something is so: "was
    Ada born in Oslo" has a word for one, and none for a child of Ada's besides."""
    told = told_words(items)
    small = FILLERS | (PREPOSITIONS - {"of"})
    beside = [
        at
        for at, item in enumerate(items)
        if at and at - 1 not in told and at not in told and item.text in small
    ]
    return max(1, len(told) + len(beside))


def stretches_of(
    items: Sequence[Item], told: frozenset[int], mask: dict[str, str]
) -> list[Stretch]:
    """Return the stretches of a question that may speak for a step, the short ones first, and the
    whole of it last. ``mask`` has the words for a name of each type."""
    found: dict[str, Stretch] = {}
    row = [at for at, item in enumerate(items) if item.kind != "mark"]
    for length in range(1, LONGEST + 1):
        for first in range(len(row) - length + 1):
            places = row[first : first + length]
            words = told.intersection(places)
            last = items[places[-1]]
            edge = places[-1] in told or last.kind == "node" or length == 1
            if not words or not edge or items[places[0]].text in ARTICLES:
                continue
            one = Stretch(_text(items, places, mask), words)
            if len(found) < MOST_STRETCHES:
                found.setdefault(one.text, one)
    whole = Stretch(_text(items, row, mask), told)
    return [*found.values(), whole]


def _text(items: Sequence[Item], places: Sequence[int], mask: dict[str, str]) -> str:
    said = ""
    for at in places:
        item = items[at]
        word = mask.get(item.type, "this") if item.kind == "node" else item.text
        said += word if item.kind == "poss" or word == "n't" else f" {word}"
    return said.strip()


@dataclass(frozen=True)
class Aligned:
    """How a reading's steps stand to the words: the score of each step, in order, and the places
    of the words that speak for one of them."""

    scores: tuple[float, ...]
    words: frozenset[int]


@dataclass
class Alignment:
    """The stretches of a question with the score of every step for each of them.

    ``scores`` has a row for each stretch and a column for each of ``steps``. ``sorts`` are the
    steps to what is of a sort that the question has a noun for: no other word says that judges are
    those whose position is judge.
    """

    items: Sequence[Item]
    stretches: Sequence[Stretch]
    steps: Sequence[Step]
    scores: Sequence[Sequence[float]]
    sorts: Sequence[Step] = ()
    _known: dict[tuple[int, ...], Aligned] = field(default_factory=dict)

    @cached_property
    def _column(self) -> dict[tuple[str, str], int]:
        return {(relation.id, known): at for at, (relation, known) in enumerate(self.steps)}

    @cached_property
    def _stems(self) -> dict[int, str]:
        return {at: stem(item.text) for at, item in enumerate(self.items) if item.kind == "word"}

    @cached_property
    def _spoken(self) -> list[frozenset[int]]:
        """For each step the words of the question that are its relation's own."""
        spoken = [spoken_by(relation) for relation, _ in self.steps]
        return [
            frozenset(at for at, word in self._stems.items() if word in words) for words in spoken
        ]

    @cached_property
    def _best(self) -> list[list[tuple[float, int]]]:
        """For each step the stretches that speak for it most, with their scores."""
        best = []
        for at in range(len(self.steps)):
            ranked = sorted(
                ((self._score(number, at), number) for number in range(len(self.stretches))),
                reverse=True,
            )
            best.append(ranked[:MOST_TRIED])
        for relation, known in self.sorts:
            column = self._column[relation.id, known]
            best[column] = sorted([*best[column], (_OF_A_SORT, NO_STRETCH)], reverse=True)
        return best

    def _score(self, stretch: int, at: int) -> float:
        spoken = bool(self.stretches[stretch].words & self._spoken[at])
        return self.scores[stretch][at] + _SPOKEN * spoken

    def best(self, step: Step) -> float:
        """Return the score of a step for the stretch that speaks for it most."""
        relation, known = step
        return self._best[self._column[relation.id, known]][0][0]

    def turned(self, step: Step) -> float:
        """Return by how much more the words speak for a step's relation from its other side; 0
        for one that says the same from both."""
        relation, known = step
        if relation.inverse_name.casefold() == relation.name.casefold():
            return 0.0
        other = OPPOSITE[known]
        return max(0.0, self.best((relation, other)) - self.best(step))

    def elsewhere(self, steps: Sequence[Step]) -> float:
        """Return by how much more the whole question speaks for another relation than for that
        of any of the steps."""
        if not steps:
            return 0.0
        whole = self.scores[-1]
        own = {relation.id for relation, _ in steps}
        best = max(
            (s for s, (r, _) in zip(whole, self.steps, strict=True) if r.id in own), default=0.0
        )
        return max(0.0, max(whole) - best)

    def of(self, steps: Sequence[Step]) -> Aligned:
        """Return the best way to give each step a stretch of its own."""
        columns = tuple(self._column[relation.id, known] for relation, known in steps)
        if columns not in self._known:
            self._known[columns] = self._aligned(columns)
        return self._known[columns]

    def _aligned(self, columns: tuple[int, ...]) -> Aligned:
        best: tuple[float, tuple[float, ...], frozenset[int]] = (-1e9, (), frozenset())
        tried: list[tuple[tuple[float, ...], frozenset[int]]] = [((), frozenset())]
        for column in columns:
            further = []
            for scores, words in tried:
                for score, number in self._best[column]:
                    own = self.stretches[number].words if number != NO_STRETCH else frozenset()
                    shared = len(own & words)
                    further.append(((*scores, score - 1.5 * shared), words | own))
            further.sort(key=lambda one: -sum(one[0]))
            tried = further[:12]
        for scores, words in tried:
            spoken = frozenset().union(*(self._spoken[column] for column in columns))
            value = sum(scores) + 0.3 * len(words | spoken)
            if value > best[0]:
                best = (value, scores, words | spoken)
        return Aligned(best[1], best[2])
