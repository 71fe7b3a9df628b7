"""Measures of a run with their intervals.

The intervals are bootstrap intervals of 95 % over the cases (Efron and Tibshirani, An Introduction
to the Bootstrap, 1993, the percentile method), from 1,000 draws with the run's seed. Cases whose
results count alike are drawn together: a draw of n cases with replacement says how many of each
kind there are, which is one draw of a multinomial, so 100,000 cases cost what 100 do.

What each case is or is not has Wilson's interval instead (Journal of the American Statistical
Association 22, 1927), as has what no draw changes: 20 of 20 right is no proof that all will be.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from apps.evaluation.services.kinds.measures import Measure, Numbers, Side, draws_of
from worker.wilson import wilson


def shares_of(sides: Sequence[Side], seed: int, measures: Mapping[str, Measure]) -> dict[str, Any]:
    """Return every measure of results with its interval."""
    kinds = Counter(sides)
    sizes = np.array(list(kinds.values()), dtype=np.float64)
    draws = draws_of(sizes, seed)
    shares = {}
    for name, measure in measures.items():
        parts = np.array([measure.of(side) for side in kinds], dtype=np.float64)
        value = float(measure.value(sizes @ parts)) if kinds else math.nan
        there = not math.isnan(value)
        shares[name] = {
            "value": round(value, 6) if there else None,
            "interval": _interval_of(measure, value, sizes, parts, draws) if there else None,
            "n": round(float(sizes @ parts[:, -1])) if kinds else 0,
        }
    return shares


def _interval_of(
    measure: Measure, value: float, sizes: Numbers, parts: Numbers, draws: Numbers
) -> list[float]:
    cases = float(sizes @ (parts[:, -1] > 0))  # what one case states does not come alone
    if measure.counted:
        return _rounded(*wilson(value, cases))
    values = measure.value((draws @ parts).T)
    low, high = np.percentile(values[~np.isnan(values)], [2.5, 97.5])
    found = _rounded(float(low), float(high))
    is_point = found[0] == found[1] and value in (0.0, 1.0)
    return _rounded(*wilson(value, cases)) if is_point else found


def _rounded(low: float, high: float) -> list[float]:
    return [round(low, 6), round(high, 6)]
