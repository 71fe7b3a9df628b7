"""What is measured of a run: each measure from sums over its cases.

>>> side = Side("right", did_abstain=True, f1=1.0, nothing_due=True)
>>> MEASURES["abstention_recall"].of(side)
(1.0, 1.0)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = "npt.NDArray[np.float64]"


class Side(NamedTuple):
    """What came of a case in one run: the columns of ``Result`` that are measured, then counts
    that its answer keeps (``COUNTS``), whether nothing is right but to abstain, and the numbers
    that the answers of its kind keep besides (``Kind.numbers``), in their order."""

    outcome: str
    did_abstain: bool = False
    f1: float = 0.0
    claims: int = 0
    cited: int = 0
    supporting: int = 0
    facts: int = 0
    gold: int = 0
    gold_cited: int = 0
    unstated: int = 0
    false: int = 0
    top: int = 0
    top_right: int = 0
    nothing_due: bool = False
    numbers: tuple[float, ...] = ()


COLUMNS: Final = ("outcome", "did_abstain", "f1", "claims", "cited", "supporting", "facts")
COUNTS: Final = ("gold", "gold_cited", "unstated", "false", "top", "top_right")


DRAWS: Final = 1000
_AT_ONCE: Final = 4_000_000  # numbers drawn at a time, so that memory stays small


def draws_of(counts: Numbers, seed: int) -> Numbers:
    """Return for each of 1,000 draws with replacement how many it holds of each of what there are
    ``counts`` of: an array ``(DRAWS, len(counts))``."""
    if not len(counts):
        return np.zeros((DRAWS, 0))
    chance = np.random.default_rng(abs(seed))
    whole = int(counts.sum())
    step = max(1, _AT_ONCE // len(counts))
    parts = [
        chance.multinomial(whole, counts / whole, size=min(step, DRAWS - at)).astype(np.float64)
        for at in range(0, DRAWS, step)
    ]
    return np.concatenate(parts)


def share(sums: Numbers) -> Numbers:
    """Return the first sum over the last; not a number where that is nothing. ``sums`` is
    (parts, draws)."""
    above, below = sums[0], sums[-1]
    found: Numbers = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found


def harmonic(sums: Numbers) -> Numbers:
    """Return F1 from (right, proposed, found, all that is there): the harmonic mean of precision
    and recall; not a number where nothing is there."""
    right, proposed, found, gold = sums
    precision = np.divide(right, proposed, out=np.zeros(np.shape(right)), where=proposed > 0)
    recall = np.divide(found, gold, out=np.full(np.shape(found), np.nan), where=gold > 0)
    both = np.asarray(precision + recall)
    # Where both are nothing, so is F1; where nothing is there, it stays no number.
    f1: Numbers = np.asarray(both * 0.0)
    np.divide(2 * precision * recall, both, out=f1, where=both > 0)
    return f1


def exponential(sums: Numbers) -> Numbers:
    """Return the exponential of the first sum over the last: of losses, the perplexity."""
    found: Numbers = np.exp(share(sums))
    return found


@dataclass(frozen=True)
class Measure:
    """A measure for people. ``of`` gives the parts that a case adds, the last of which says of how
    many things the measure is, and ``value`` the measure from their sums; ``up`` tells whether
    more is better, ``counted`` whether each case is such or is not, ``plain`` whether it is a
    number and no share."""

    label: str
    explains: str
    up: bool
    of: Callable[[Side], tuple[float, ...]]
    value: Callable[[Numbers], Numbers] = share
    counted: bool = False
    plain: bool = False

    def said(self, value: float | None) -> str:
        """Write a value for people, or a dash where there is none.

        >>> MEASURES["right"].said(0.6154)
        '61.5 %'
        """
        if value is None:
            return "–"
        return f"{value:,.2f}" if self.plain else f"{100 * value:.1f} %"

    def changed(self, change: float | None) -> str:
        """Write a difference with its sign: of shares in percentage points."""
        if change is None:
            return "–"
        said = f"{abs(change):,.2f}" if self.plain else f"{100 * abs(change):.1f}"
        sign = "+" if change > 0 else "−"
        return said if not float(said.replace(",", "")) else f"{sign}{said}"


def outcome_is(outcome: str) -> Callable[[Side], tuple[float, ...]]:
    return lambda side: (float(side.outcome == outcome), 1.0)


def _rightly_open(side: Side) -> float:
    return float(side.did_abstain and side.nothing_due)


def _ratio(above: str, below: str) -> Callable[[Side], tuple[float, ...]]:
    return lambda side: (float(getattr(side, above)), float(getattr(side, below)))


MEASURES: Final[dict[str, Measure]] = {
    "right": Measure(
        "Right", "of all cases: all of what is right, and nothing else", True, outcome_is("right"),
        counted=True,
    ),
    "wrong": Measure(
        "Wrong", "of all cases: nothing right, or something where nothing is", False,
        outcome_is("wrong"), counted=True,
    ),
    "f1": Measure(
        "F1", "how much of what is right was answered, and nothing else, on average", True,
        lambda side: (side.f1, 1.0),
    ),
    "uncited": Measure(
        "Claims without citation", "of what the answers state: what stands on no fact of the "
        "memory", False,
        lambda side: (float(side.claims - min(side.cited, side.claims)), float(side.claims)),
    ),
    "abstention_precision": Measure(
        "Abstained rightly", "of the abstentions: those where there is no answer", True,
        lambda side: (_rightly_open(side), float(side.did_abstain)), counted=True,
    ),
    "abstention_recall": Measure(
        "Unanswerable left open", "of the cases without an answer: those left open", True,
        lambda side: (_rightly_open(side), float(side.nothing_due)), counted=True,
    ),
    "citation_precision": Measure(
        "Citations that bear out", "of the cited facts: those that bear a right answer out", True,
        _ratio("supporting", "facts"),
    ),
    "citation_recall": Measure(
        "Needed facts cited", "of the facts that a right answer needs: those cited", True,
        _ratio("gold_cited", "gold"),
    ),
}  # fmt: skip

_FACTS: Final[dict[str, Measure]] = {
    "precision": Measure(
        "Precision", "of the facts that were proposed: those that the text states", True,
        _ratio("supporting", "claims"),
    ),
    "recall": Measure(
        "Recall", "of the facts that the text states: those that were proposed", True,
        _ratio("gold_cited", "gold"),
    ),
    "facts_f1": Measure(
        "F1 of the facts", "the harmonic mean of precision and recall", True,
        lambda side: (
            float(side.supporting), float(side.claims), float(side.gold_cited), float(side.gold)
        ),
        harmonic,
    ),
}  # fmt: skip
_WHOLE: Final[dict[str, Measure]] = {
    "right": Measure(
        "Texts read rightly", "of all texts: every fact found, and nothing else proposed", True,
        outcome_is("right"), counted=True,
    ),
    "wrong": Measure(
        "Texts read wrongly", "of all texts: proposals, and none of them right", False,
        outcome_is("wrong"), counted=True,
    ),
    "f1": Measure(
        "F1 of a text", "how much of a text was read, and nothing else, on average", True,
        lambda side: (side.f1, 1.0),
    ),
    "abstention_recall": Measure(
        "Nothing stated, nothing proposed", "of the texts that state no fact: those left alone",
        True, lambda side: (_rightly_open(side), float(side.nothing_due)), counted=True,
    ),
}  # fmt: skip
FALSE: Final[dict[str, Measure]] = {
    "false_share": Measure(
        "Fooled", "of the facts that a careless reader would take from the texts: those proposed",
        False, _ratio("false", "unstated"),
    ),
}  # fmt: skip
TOP: Final[dict[str, Measure]] = {
    "top_precision": Measure(
        "Precision of the surest", "of the five surest proposals of each text: those that are "
        "right", True, _ratio("top_right", "top"),
    ),
}  # fmt: skip
OF_SENTENCES: Final[Mapping[str, Measure]] = {**_FACTS, **FALSE, **_WHOLE}
OF_DOCUMENTS: Final[Mapping[str, Measure]] = {**_FACTS, **TOP, **FALSE, **_WHOLE}
OF_RELATIONS: Final[Mapping[str, Measure]] = {
    "right": Measure(
        "First", "of all questions: the right relation, from the right side, comes first", True,
        outcome_is("right"), counted=True,
    ),
    "top_five": Measure(
        "Among five", "of all questions: it is among the first five", True,
        lambda side: (float(side.outcome in ("right", "partly")), 1.0), counted=True,
    ),
    "f1": Measure(
        "Reciprocal rank", "one over the place on which it comes, on average", True,
        lambda side: (side.f1, 1.0),
    ),
    "wrong": Measure(
        "Not among five", "of all questions: five others come first", False,
        lambda side: (float(side.outcome not in ("right", "partly")), 1.0), counted=True,
    ),
}  # fmt: skip
