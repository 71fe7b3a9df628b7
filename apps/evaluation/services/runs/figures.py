"""The figures of a run: shares with intervals, and what they are of.

The intervals are bootstrap intervals of 95 % over the cases (Efron and Tibshirani, An Introduction
to the Bootstrap, 1993, the percentile method), from 1,000 draws with the run's seed. Cases whose
results count alike are drawn together: a draw of n cases with replacement says how many of each
kind there are, which is one draw of a multinomial, so 100,000 cases cost what 100 do.

What each case is or is not has Wilson's interval instead (Journal of the American Statistical
Association 22, 1927), as has what no draw changes: 20 of 20 right is no proof that all will be.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from apps.evaluation.models import Result, Run

DRAWS: Final = 1000
MOST_NAMES: Final = 200  # of each breakdown
MOST_POINTS: Final = 50
BINS: Final = 10
Z: Final = 1.959964  # leaves 2.5 % of a normal distribution on either side
_COUNTED: Final = frozenset({"right", "wrong", "abstention_precision", "abstention_recall"})
Numbers: TypeAlias = "npt.NDArray[np.float64]"
# What counts in a result: outcome, abstained, answerable, f1, claims, cited, supporting, facts,
# gold, gold cited.
Row: TypeAlias = tuple[str, bool, bool, float, int, int, int, int, int, int]
Outcome = Result.Outcome


def figures_of(run: Run) -> dict[str, Any]:
    """Return the figures of a run's results, as ``Run.figures`` keeps them.

    ``shares`` has for each measure its ``value`` and ``interval``, None where there is nothing that
    it could be of, and ``n``, of how many things it is. ``by`` breaks the counts down, the most
    frequent first; sources and reviewers by their numbers.
    """
    rows, scored, by, seconds = _read(run)
    counts = Counter(row[0] for row in rows)
    return {
        "n": len(rows),
        **{outcome.value: counts[outcome.value] for outcome in Outcome},
        "shares": shares_of(rows, run.seed),
        "by": {name: _listed(found) for name, found in by.items()},
        "latency_ms": {"p50": _nth(seconds, 0.50), "p95": _nth(seconds, 0.95)},
        "latencies": latencies(seconds),
        "risk_coverage": risk_coverage(scored, len(rows)),
        "calibration": calibration(scored),
    }


def told_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the log keeps of figures: counts and shares, and nothing that names anybody."""
    keys = ("n", *(outcome.value for outcome in Outcome), "latency_ms")
    shares = {name: one["value"] for name, one in figures["shares"].items()}
    return {**{key: figures[key] for key in keys}, "shares": shares}


By: TypeAlias = dict[str, dict[str, "Counter[str]"]]


def _read(run: Run) -> tuple[list[Row], list[tuple[float, bool]], By, list[float]]:
    """Read all results once."""
    rows: list[Row] = []
    scored: list[tuple[float, bool]] = []
    by: By = {name: defaultdict(Counter) for name in ("kind", "relation", "source", "reviewer")}
    seconds = []
    for row, score, took, names in _results(run):
        rows.append(row)
        seconds.append(took)
        if score is not None and not row[1] and row[0] != Outcome.REFUSED:
            scored.append((score, row[0] == Outcome.RIGHT))
        for group, those in names.items():
            for name in those:
                by[group][name][row[0]] += 1
    return rows, scored, by, seconds


def _results(run: Run) -> Iterator[tuple[Row, float | None, float, dict[str, Sequence[str]]]]:
    found = Result.objects.filter(run=run).order_by("pk")
    columns = (
        "outcome", "did_abstain", "f1", "claims", "cited", "supporting", "facts", "score",
        "seconds", "answer__gold", "answer__gold_cited", "case__kind", "case__relation",
        "case__rests_on", "case__expected",
    )  # fmt: skip
    for one in found.values_list(*columns).iterator(chunk_size=5000):
        outcome, abstained, f1, claims, cited, supporting, facts, score, took, gold, got = one[:11]
        kind, relation, rests_on, expected = one[11:]
        names: dict[str, Sequence[str]] = {
            "kind": [kind],
            "relation": [relation] if relation else [],
            "source": [str(pk) for pk in rests_on.get("documents", ())],
            "reviewer": [str(pk) for pk in rests_on.get("people", ())],
        }
        row: Row = (
            outcome, abstained, _answerable(expected), round(f1, 6), claims, cited, supporting,
            facts, gold or 0, got or 0,
        )  # fmt: skip
        yield row, score, took, names


def _answerable(expected: Sequence[Any]) -> bool:
    """Tell whether something is right but abstaining; of a sentence, whether it states a fact."""
    return any(
        not isinstance(one, dict) or one.get("mood", "stated") in ("stated", "ended")
        for one in expected
    )


# Measures: for a result, what it adds to the share, and of how much.
def _parts(row: Row) -> dict[str, tuple[float, float]]:
    outcome, abstained, answerable, f1, claims, cited, supporting, facts, gold, got = row
    rightly = abstained and not answerable
    return {
        "right": (outcome == Outcome.RIGHT, 1),
        "wrong": (outcome == Outcome.WRONG, 1),
        "f1": (f1, 1),
        "uncited": (claims - min(cited, claims), claims),
        "abstention_precision": (rightly, abstained),
        "abstention_recall": (rightly, not answerable),
        "citation_precision": (supporting, facts),
        "citation_recall": (got, gold),
    }


MEASURES: Final = tuple(_parts((Outcome.RIGHT, False, True, 0.0, 0, 0, 0, 0, 0, 0)))


def shares_of(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Return every measure of results with its interval."""
    kinds = Counter(rows)
    sizes = np.array(list(kinds.values()), dtype=np.float64)
    parts = [_parts(row) for row in kinds]
    draws = _drawn(sizes, seed)
    shares = {}
    for measure in MEASURES:
        above = np.array([one[measure][0] for one in parts], dtype=np.float64)
        below = np.array([one[measure][1] for one in parts], dtype=np.float64)
        of = float(sizes @ below) if kinds else 0.0
        shares[measure] = {
            "value": round(float(sizes @ above) / of, 6) if of else None,
            "interval": _interval_of(measure, sizes, above, below, draws) if of else None,
            "n": round(of),
        }
    return shares


def _drawn(sizes: Numbers, seed: int) -> Numbers:
    """Return for each draw how many results of each kind it holds, as (DRAWS, kinds)."""
    if not len(sizes):
        return np.zeros((DRAWS, 0))
    total = int(sizes.sum())
    drawn = np.random.default_rng(abs(seed)).multinomial(total, sizes / total, size=DRAWS)
    return drawn.astype(np.float64)


def _interval_of(
    measure: str, sizes: Numbers, above: Numbers, below: Numbers, draws: Numbers
) -> list[float]:
    share = float(sizes @ above) / float(sizes @ below)
    cases = float(sizes @ (below > 0))  # what one case states does not come alone
    if measure in _COUNTED:
        return wilson(share, cases)
    found = _interval(draws @ above, draws @ below)
    return wilson(share, cases) if found[0] == found[1] and share in (0.0, 1.0) else found


def wilson(share: float, n: float) -> list[float]:
    """Return the 95 % interval of a share of n cases, which is never a point.

    >>> wilson(1.0, 20)
    [0.838875, 1.0]
    """
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    low, high = (middle - half) / whole, (middle + half) / whole
    return [round(max(low, 0.0), 6) + 0.0, round(min(high, 1.0), 6)]


def _interval(above: Numbers, below: Numbers) -> list[float]:
    """Return the middle 95 % of the shares of all draws that have one."""
    there = below > 0
    low, high = np.percentile(above[there] / below[there], [2.5, 97.5])
    return [round(float(low), 6), round(float(high), 6)]


def _listed(found: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    rows = [
        {
            "name": name,
            "n": counts.total(),
            "right": counts[Outcome.RIGHT],
            "wrong": counts[Outcome.WRONG],
            "abstained": counts[Outcome.ABSTAINED],
        }
        for name, counts in found.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["n"])), str(row["name"])))[:MOST_NAMES]


def _nth(seconds: Sequence[float], share: float) -> float:
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
    by_score = sorted(scored, key=lambda one: -one[0])
    scores = np.array([one[0] for one in by_score])
    wrong = np.cumsum([not right for _, right in by_score])
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    if len(ends) > MOST_POINTS:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, MOST_POINTS).round().astype(int))]
    return [[round((at + 1) / asked, 6), round(wrong[at] / (at + 1), 6)] for at in ends.tolist()]


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
