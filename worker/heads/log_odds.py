"""Scores as log odds, and back."""

from __future__ import annotations

import math


def logit(score: float) -> float:
    """Return the log odds of a score, bounded."""
    bounded = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def sigmoid(x: float) -> float:
    """Return the probability of log odds, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
