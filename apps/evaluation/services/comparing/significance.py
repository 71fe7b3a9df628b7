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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from apps.evaluation.services.comparing.measures import MEASURES, Measure, Side
from apps.evaluation.services.comparing.pairs import Pairs

DRAWS: Final = 1_000
LEVEL: Final = 0.05
_COUNTED: Final = ("right", "wrong")  # what each case is or is not
_AT_ONCE: Final = 4_000_000  # numbers drawn at a time, so that memory stays small
Numbers: TypeAlias = "npt.NDArray[np.float64]"
Parts: TypeAlias = tuple[Numbers, Numbers]


@dataclass(frozen=True)
class Difference:
    """How a measure differs between two runs, ``before`` and ``after``, in the cases they share.

    ``low`` and ``high`` are the 95 % interval of ``change``; ``p`` is that of the exact test, where
    there is one. ``sure``: more than chance. A run without such cases has None for its measure.
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
    """Return how each measure differs from the first run to the second."""
    drawn = _draws([count for _, _, count in pairs.kinds], seed)
    return [_difference(name, one, pairs, drawn) for name, one in MEASURES.items()]


def _difference(name: str, measure: Measure, pairs: Pairs, drawn: Numbers) -> Difference:
    counts = np.array([count for _, _, count in pairs.kinds], dtype=float)
    one = _parts(measure, [a for a, _, _ in pairs.kinds])
    other = _parts(measure, [b for _, b, _ in pairs.kinds])
    before, after = _share(counts, one), _share(counts, other)
    if before is None or after is None:
        return Difference(name, measure, before, after)
    there = (drawn @ one[1] > 0) & (drawn @ other[1] > 0)
    some = drawn[there]
    changes = (some @ other[0]) / (some @ other[1]) - (some @ one[0]) / (some @ one[1])
    low, high = (float(end) for end in np.percentile(changes, [2.5, 97.5]))
    p = mcnemar(*_discordant(name, pairs)) if name in _COUNTED else None
    sure = p < LEVEL if p is not None else not low <= 0 <= high
    return Difference(name, measure, before, after, after - before, low, high, p, sure)


def _discordant(outcome: str, pairs: Pairs) -> tuple[int, int]:
    one = other = 0
    for a, b, count in pairs.kinds:
        one += count * (a.outcome == outcome != b.outcome)
        other += count * (b.outcome == outcome != a.outcome)
    return one, other


def _parts(measure: Measure, sides: Sequence[Side]) -> Parts:
    both = np.array([measure.of(side) for side in sides], dtype=float)
    return both[:, 0], both[:, 1]


def _share(counts: Numbers, parts: Parts) -> float | None:
    whole = float(counts @ parts[1])
    return float(counts @ parts[0]) / whole if whole else None


def _draws(counts: Sequence[int], seed: int) -> Numbers:
    """Return how often each way of coming out is drawn: an array ``(DRAWS, len(counts))``."""
    chance = np.random.default_rng(seed)
    whole = sum(counts)
    shares = np.array(counts, dtype=float) / whole
    step = max(1, _AT_ONCE // len(counts))
    parts = [
        chance.multinomial(whole, shares, size=min(step, DRAWS - at)).astype(float)
        for at in range(0, DRAWS, step)
    ]
    return np.concatenate(parts)
