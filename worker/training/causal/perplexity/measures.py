"""Perplexities of many documents and how sure they are. Needs no model.

A measure of one document is [loss, count, nats, bytes]: OVERALL has the loss of all tokens and
their number; TARGET and ENTITY the sum over mentions of the mean loss of a mention's tokens, and
the number of mentions. A perplexity is the exponential of loss by count; bits per byte are the
nats of the tokens, in bits, by the bytes that they stand for, so that bases with other
vocabularies compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEASURES = ("overall", "target", "entity")
DRAWS = 2000
SEED = 0
Sums = Mapping[str, Sequence[float]]  # of one document and row, by measure
Interval = list[float] | None  # [low, high]


def perplexity(rows: Sequence[Sequence[float]]) -> float | None:
    """Return the perplexity of some documents; None where nothing was measured."""
    loss, count = (sum(row[i] for row in rows) for i in (0, 1))
    return _exp(loss / count) if count else None


def bits_per_byte(rows: Sequence[Sequence[float]]) -> float | None:
    """Return the bits of some documents' text by its bytes; None where nothing was measured."""
    nats, size = (sum(row[i] for row in rows) for i in (2, 3))
    return nats / math.log(2) / size if size else None


def compared(
    on: Sequence[Sums], off: Sequence[Sums], measures: Sequence[str] = MEASURES
) -> dict[str, dict[str, Any]]:
    """Return by measure: the perplexity ``on`` with what is looked at and ``off`` without it,
    their ratio, its 95 % interval, and bits per byte."""
    return {measure: _compared(on, off, measure) for measure in measures}


def _compared(on: Sequence[Sums], off: Sequence[Sums], measure: str) -> dict[str, Any]:
    with_, without = ([row[measure] for row in rows] for rows in (on, off))
    a, b = perplexity(with_), perplexity(without)
    return {
        "on": a,
        "off": b,
        "ratio": a / b if a is not None and b else None,
        "interval_95": ratio_interval(with_, without),
        "on_interval_95": perplexity_interval(with_),
        "bits_per_byte_on": bits_per_byte(with_),
        "bits_per_byte_off": bits_per_byte(without),
        "n": int(sum(row[1] for row in with_)),
    }


def perplexity_interval(rows: Sequence[Sequence[float]]) -> Interval:
    """Return the 95 % interval of a perplexity, by drawing documents anew (Efron 1979)."""
    return _interval(_drawn(rows))


def ratio_interval(on: Sequence[Sequence[float]], off: Sequence[Sequence[float]]) -> Interval:
    """Return the 95 % interval of a ratio of perplexities: both of the same documents, drawn anew
    with replacement. The same seed gives the same interval."""
    return _interval(_drawn(on) - _drawn(off))


def _drawn(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the mean loss in each of ``DRAWS`` draws of as many documents as there are."""
    table = np.array([row[:2] for row in rows], dtype=np.float64).reshape(-1, 2)
    if not len(table):
        return np.full(1, np.nan)
    chosen = np.random.default_rng(SEED).integers(len(table), size=(DRAWS, len(table)))
    sums = table[chosen].sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: NDArray[np.float64] = sums[:, 0] / sums[:, 1]
    return means


def _interval(logs: NDArray[np.float64]) -> Interval:
    sure = logs[np.isfinite(logs)]
    if not len(sure):
        return None
    return [_exp(float(q)) for q in np.quantile(sure, [0.025, 0.975])]


def share(right: float, count: float) -> float | None:
    """Return a share; None of nothing."""
    return right / count if count else None


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sums of counts, by name."""
    sums: dict[str, int] = {}
    for those in counts:
        for name, count in those.items():
            sums[name] = sums.get(name, 0) + count
    return sums


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))
