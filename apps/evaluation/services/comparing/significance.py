"""Whether a difference between two runs over the same cases is more than chance.

Right and wrong answers: McNemar's test, exact (Psychometrika 12, 1947): of the cases that only one
of the runs has right, each falls to either side like a fair coin. All other measures: the paired
bootstrap (Efron and Tibshirani 1993, chapter 13), 1,000 draws of the shared cases with
replacement. Cases that came out alike in both runs are drawn by their number, which is the same
distribution, and keeps 100,000 cases as small as the ways in which they can come out.

scipy offers both, but importing ``scipy.stats`` costs each web process more than these few lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from apps.evaluation.services.comparing.pairs import Pairs
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.kinds.measures import Measure, Numbers, draws_of

LEVEL: Final = 0.05
FEWEST: Final = 6  # cases; five that all fall to one side are a chance of 1 in 16


@dataclass(frozen=True)
class Difference:
    """How a measure differs between two runs, ``before`` and ``after``, in the cases they share.

    ``low`` and ``high`` are the 95 % interval of ``change``; ``p`` is that of the exact test, where
    there is one. ``sure``: more than chance, which fewer than six cases
    never show: draws of one case are all alike. A run without such cases has None for its measure.
    """

    name: str
    measure: Measure
    before: float | None
    after: float | None
    change: float | None = None
    low: float = 0.0
    high: float = 0.0
    p: float | None = None
    sure: bool = False

    @property
    def is_better(self) -> bool:
        return self.change is not None and (self.change > 0) == self.measure.up

    @property
    def tone(self) -> str:
        """``good`` or ``bad`` for what is more than chance, else nothing."""
        if not self.sure:
            return ""
        return "good" if self.is_better else "bad"


def mcnemar(only_one: int, only_other: int) -> float:
    """Return the two-sided exact p-value of McNemar's test from the two numbers of cases that only
    one of the two has right."""
    whole = only_one + only_other
    if whole == 0:
        return 1.0
    least = min(only_one, only_other)
    top = math.lgamma(whole + 1) - whole * math.log(2)
    tail = math.fsum(
        math.exp(top - math.lgamma(i + 1) - math.lgamma(whole - i + 1)) for i in range(least + 1)
    )
    return min(1.0, 2 * tail)


def differences_of(pairs: Pairs, seed: int = 0) -> list[Difference]:
    """Return how each measure of the kind differs from the first run to the second."""
    drawn = draws_of(np.array([count for _, _, count in pairs.measured], dtype=float), seed)
    measures = kind_of(pairs.base.version.benchmark.kind).measures
    return [_difference(name, one, pairs, drawn) for name, one in measures.items()]


def _difference(name: str, measure: Measure, pairs: Pairs, drawn: Numbers) -> Difference:
    if not pairs.measured:
        return Difference(name, measure, None, None)
    counts = np.array([[count for _, _, count in pairs.measured]], dtype=float)
    one = np.array([measure.of(a) for a, _, _ in pairs.measured], dtype=float)
    other = np.array([measure.of(b) for _, b, _ in pairs.measured], dtype=float)
    before, after = _value(measure, counts, one), _value(measure, counts, other)
    if before is None or after is None:
        return Difference(name, measure, before, after)
    changes = measure.value((drawn @ other).T) - measure.value((drawn @ one).T)
    low, high = (float(end) for end in np.percentile(changes[~np.isnan(changes)], [2.5, 97.5]))
    # What each case, in either run, is or is not.
    is_exact = measure.counted and bool((one[:, -1] == 1).all() and (other[:, -1] == 1).all())
    p = mcnemar(*_discordant(one, other, counts)) if is_exact else None
    clear = p < LEVEL if p is not None else not low <= 0 <= high
    sure = clear and counts.sum() >= FEWEST
    return Difference(name, measure, before, after, after - before, low, high, p, sure)


def _discordant(one: Numbers, other: Numbers, counts: Numbers) -> tuple[int, int]:
    """Return how many cases are such in one of two runs alone."""
    only_one = counts[0] @ ((one[:, 0] > 0) & (other[:, 0] == 0))
    only_other = counts[0] @ ((other[:, 0] > 0) & (one[:, 0] == 0))
    return round(float(only_one)), round(float(only_other))


def _value(measure: Measure, counts: Numbers, parts: Numbers) -> float | None:
    """Return a measure over all cases; None where there is nothing that it could be of."""
    (value,) = measure.value((counts @ parts).T).tolist()
    return None if math.isnan(value) else value
