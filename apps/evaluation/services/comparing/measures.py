"""What is measured of a run: each measure as a share of sums over its cases.

>>> side = Side("right", True, 1.0, 0, 0, 0, 0, 1, 0, nothing_due=True)
>>> MEASURES["abstention_recall"].of(side)
(1.0, 1.0)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple


class Side(NamedTuple):
    """What came of a case in one run: the columns of ``Result`` that are measured, the facts that
    a right answer cites with those of them that this one does, and whether nothing is right but
    to abstain."""

    outcome: str
    did_abstain: bool
    f1: float
    claims: int
    cited: int
    supporting: int
    facts: int
    gold: int
    gold_cited: int
    nothing_due: bool


@dataclass(frozen=True)
class Measure:
    """A measure for people. ``of`` gives what a case adds above and below the line of the share;
    ``up`` tells whether more is better."""

    label: str
    explains: str
    up: bool
    of: Callable[[Side], tuple[float, float]]


def _is(outcome: str) -> Callable[[Side], tuple[float, float]]:
    return lambda side: (float(side.outcome == outcome), 1.0)


def _rightly_open(side: Side) -> float:
    return float(side.did_abstain and side.nothing_due)


MEASURES: Final[dict[str, Measure]] = {
    "right": Measure(
        "Right", "of all cases: all of what is right, and nothing else", True, _is("right")
    ),
    "wrong": Measure(
        "Wrong", "of all cases: nothing right, or something where nothing is", False, _is("wrong")
    ),
    "f1": Measure(
        "F1", "how much of what is right was answered, and nothing else, on average", True,
        lambda side: (side.f1, 1.0),
    ),
    "uncited": Measure(
        "Claims without citation", "of what the answers state: what stands on no fact of the "
        "memory", False, lambda side: (float(side.claims - side.cited), float(side.claims)),
    ),
    "abstention_precision": Measure(
        "Abstained rightly", "of the abstentions: those where there is no answer", True,
        lambda side: (_rightly_open(side), float(side.did_abstain)),
    ),
    "abstention_recall": Measure(
        "Unanswerable left open", "of the cases without an answer: those left open", True,
        lambda side: (_rightly_open(side), float(side.nothing_due)),
    ),
    "citation_precision": Measure(
        "Citations that bear out", "of the cited facts: those that bear a right answer out", True,
        lambda side: (float(side.supporting), float(side.facts)),
    ),
    "citation_recall": Measure(
        "Needed facts cited", "of the facts that a right answer needs: those cited", True,
        lambda side: (float(side.gold_cited), float(side.gold)),
    ),
}  # fmt: skip
