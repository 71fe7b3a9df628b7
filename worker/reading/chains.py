"""Chains of steps that the memory can go from what a question names, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from worker.reading.alignment import Alignment
from worker.reading.around import Around, Step
from worker.reading.question import Node, Option, Reached, Thing, things_in
from worker.types import EntityRef

MOST_STEPS = 4
BEAM = 18  # chains of a length that are gone on from
MOST_ENDS = 30  # things of a set that are looked at
_TWICE = 3.0  # half of what a word loses that speaks for a step and for something else
_EACH_STEP = 1.0  # what a further step has to be worth
_EACH_NAME = 2.0  # what a name that is used is worth


@dataclass(frozen=True)
class Chain:
    """A set that the memory knows, what is in it, and what of the question leads there.

    ``things`` are the numbers of the names that it is reached from; ``words`` the places of words
    that are accounted for otherwise than by a step.
    """

    things: frozenset[int]
    node: Node
    steps: tuple[Step, ...]
    ends: tuple[EntityRef, ...]
    before: tuple[EntityRef, ...] = ()  # what the last step was taken from
    words: frozenset[int] = field(default=frozenset())
    met: tuple[EntityRef, ...] = ()  # things of the sets that it was made of

    @property
    def named(self) -> tuple[EntityRef, ...]:
        """What it begins with, as far as the question names that."""
        return tuple(entity for thing in things_in(self.node) for entity in thing.entities)

    @property
    def all_met(self) -> tuple[EntityRef, ...]:
        """What is in the set or was met on the way to it."""
        return (*self.met, *self.before, *self.ends)

    @property
    def seen(self) -> tuple[EntityRef, ...]:
        """What is in the set, as far as it is looked at: all of a set for which nothing is named,
        as its relations were read in whole."""
        return self.ends[:MOST_ENDS] if self.things else self.ends

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(one.id for one in self.ends)


def worth(alignment: Alignment, chain: Chain) -> float:
    """Return how well the words of the question speak for a chain."""
    found = alignment.of(chain.steps)
    told = len(found.words | chain.words) - _TWICE * len(found.words & chain.words)
    return sum(found.scores) + 0.5 * told - _EACH_STEP * (len(chain.steps) + loops(chain.steps))


def whole_worth(alignment: Alignment, chain: Chain) -> float:
    """Return how well the question speaks for a chain as the whole of what it asks for."""
    return worth(alignment, chain) + _EACH_NAME * len(chain.things)


def loops(steps: Sequence[Step]) -> int:
    """Return how often a relation is gone along and at once back again."""
    pairs = pairwise(steps)
    return sum(one[0].id == other[0].id and one[1] != other[1] for one, other in pairs)


def begun(things: Sequence[Thing], sorts: frozenset[int] = frozenset()) -> list[Chain]:
    """Return the sets of one thing each that a question names, one for each that a name may
    mean; ``sorts`` are the numbers of the words that mean all that they stand for."""
    return [
        Chain(frozenset([number]), Thing(those, thing.name, thing.spans), (), those)
        for number, thing in enumerate(things)
        for those in ([thing.entities] if number in sorts else [(one,) for one in thing.entities])
    ]


def chains_from(
    front: Sequence[Chain], around: Around, alignment: Alignment, most: int = MOST_STEPS
) -> list[Chain]:
    """Return the chains of up to ``most`` further steps from some sets, the likeliest of each
    length, shorter ones first."""
    found: list[Chain] = []
    for _ in range(most):
        around.look(entity for chain in front if chain.things for entity in chain.seen)
        longer = [new for chain in front for new in _further(chain, around)]
        longer.sort(key=lambda chain: -worth(alignment, chain))
        front = longer[:BEAM]
        found += front
        if not front:
            break
    return found


def _further(chain: Chain, around: Around) -> list[Chain]:
    found = []
    for step in around.steps_from(chain.seen):
        ends = around.reached(chain.seen, step)
        if ends and not _turns_back(chain, ends):
            node = Reached(chain.node, (Option(*step),))
            steps = (*chain.steps, step)
            found.append(Chain(chain.things, node, steps, tuple(ends), chain.ends, chain.words))
    return found


def _turns_back(chain: Chain, ends: Sequence[EntityRef]) -> bool:
    """Tell whether a step leads to nothing but what the last one came from, or the names that the
    chain begins with."""
    there = {one.id for one in ends}
    return there <= {one.id for one in chain.before} or there <= {one.id for one in chain.named}
