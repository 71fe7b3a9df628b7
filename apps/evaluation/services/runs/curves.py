"""What the pictures of a run are drawn from, for a few points each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

MOST_POINTS: Final = 50
BINS: Final = 10


def nth_ms(seconds: Sequence[float], share: float) -> float:
    """Return a percentile in milliseconds by nearest rank; 0 of nothing."""
    if not seconds:
        return 0.0
    value = np.percentile(np.array(seconds), 100 * share, method="inverted_cdf")
    return round(1000 * float(value), 2)


def latencies(seconds: Sequence[float]) -> list[list[float]]:
    """Return how many cases took up to how many milliseconds: 1, 2, 5, 10 and so on, from the first
    to the last that has any."""
    if not seconds:
        return []
    ends = [step * 10.0**power for power in range(7) for step in (1, 2, 5)]
    ends = [end for end in ends if end == ends[0] or end / 2.5 < 1000 * max(seconds)]
    slots = np.searchsorted(np.array(ends), 1000 * np.array(seconds) - 1e-9)
    counts = np.bincount(np.minimum(slots, len(ends) - 1), minlength=len(ends)).tolist()
    first = next(i for i, count in enumerate(counts) if count)
    last = max(i for i, count in enumerate(counts) if count)
    return [[ends[i], counts[i]] for i in range(first, last + 1)]


def risk_coverage(scored: Sequence[tuple[float, bool]], asked: int) -> list[list[float]] | None:
    """Return what share of all cases is answered (coverage), and what share of those answers is not
    right (risk), when only the surest are given, for up to 50 thresholds; None without scores.

    Cases of one score come in together: no threshold parts them (El-Yaniv and Wiener, 2010).
    """
    if not scored:
        return None
    ends, wrong = _summed([(score, not right) for score, right in scored])
    return [[round((at + 1) / asked, 6), round(wrong[at] / (at + 1), 6)] for at in ends]


def calibration(scored: Sequence[tuple[float, bool]]) -> list[list[float]] | None:
    """Return for each tenth of the scores that is in use: mean score, share right and number."""
    if not scored:
        return None
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, right in scored:
        bins[min(int(score * BINS), BINS - 1)].append((score, right))
    return [
        [
            round(sum(score for score, _ in those) / len(those), 6),
            round(sum(right for _, right in those) / len(those), 6),
            len(those),
        ]
        for _, those in sorted(bins.items())
    ]


def precision_recall(
    scored: Sequence[tuple[float, bool]], found: Sequence[tuple[float, bool]], stated: int
) -> list[list[float]] | None:
    """Return recall and precision of the facts when only the surest are proposed, for up to 50
    thresholds; None where nothing is scored, or nothing stated. Proposals of one score come in
    together.

    ``scored`` says of each proposal whether it is right, ``found`` whether it is one of those that
    are ``stated``: what may be proposed besides is right and finds nothing.
    """
    if not scored or not stated:
        return None
    ends, right = _summed(scored)
    _, recalled = _summed(found)
    return [
        [round(min(recalled[at] / stated, 1.0), 6), round(right[at] / (at + 1), 6)] for at in ends
    ]


def _summed(scored: Sequence[tuple[float, bool]]) -> tuple[list[int], list[int]]:
    """Return up to 50 places where the score falls, the surest first, and how many up to each place
    of all are so."""
    by_score = sorted(scored, key=lambda one: -one[0])
    scores = np.array([one[0] for one in by_score])
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    if len(ends) > MOST_POINTS:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, MOST_POINTS).round().astype(int))]
    return ends.tolist(), np.cumsum([is_so for _, is_so in by_score]).tolist()
