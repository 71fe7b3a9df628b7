"""Fitting corrections of scores to decisions: a logistic regression with an offset for each
relation that is drawn towards none at all (a random intercept; Gelman and Hill 2007, chapter 14).

How far relations may lie apart is estimated from the decisions themselves, as the spread that makes
them likeliest (empirical Bayes, by Laplace's approximation), so that a relation with few decisions
stays near all others and one with many goes its own way. Slope and offset of all are drawn towards
the score as it is, so that ten decisions change next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.heads.log_odds import logit
from worker.learned.correction import Correction

Floats = npt.NDArray[np.float64]
SLOPE_SPREAD: Final = 0.5  # how far slope and offset may lie from 1 and 0 (standard deviations)
OFFSET_SPREAD: Final = 2.0
LEAST_SLOPE: Final = 0.1  # a score never counts for less, and never against itself
SPREADS: Final = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7)
LIKELY_SPREAD: Final = 0.7  # of the half-normal prior of the spread itself
_STEPS: Final = 60


@dataclass(frozen=True)
class Decided:
    """Proposals that reviewers decided: the head's own ``scores`` (N), the ids of their
    ``relations`` (N), and whether each was ``right`` (N)."""

    scores: Sequence[float]
    relations: Sequence[str]
    right: Sequence[bool]

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def is_mixed(self) -> bool:
        """Whether some are right and some are wrong."""
        return 0 < sum(self.right) < len(self.right)


@dataclass(frozen=True)
class _Data:
    odds: Floats  # (N,)
    right: Floats  # (N,)
    groups: npt.NDArray[np.intp]  # (N,): which relation
    count: int

    def by_group(self, weights: Floats) -> Floats:
        return np.bincount(self.groups, weights, self.count).astype(np.float64)


@dataclass(frozen=True)
class _Fitted:
    both: Floats  # (2,): offset and slope
    own: Floats  # (R,): the offsets of relations
    evidence: float


def fit(
    decided: Decided, base: Mapping[str, Any], told: Callable[[int, int], None] | None = None
) -> Correction:
    """Return the correction that fits the decisions, without a threshold of its own. ``told`` hears
    how many spreads of how many were tried. Raises ValueError unless some decisions are right and
    some are wrong."""
    if not decided.is_mixed:
        raise ValueError("nothing can be fitted where all decisions are alike.")
    names = sorted(set(decided.relations))
    place = {name: i for i, name in enumerate(names)}
    data = _Data(
        np.array([logit(score) for score in decided.scores]),
        np.array(decided.right, dtype=np.float64),
        np.array([place[name] for name in decided.relations], dtype=np.intp),
        len(names),
    )
    best: _Fitted | None = None
    for number, spread in enumerate(SPREADS, 1):
        one = _fitted(data, spread)
        if best is None or one.evidence > best.evidence:
            best = one
        if told:
            told(number, len(SPREADS))
    assert best is not None
    return Correction(
        base,
        slope=_short(best.both[1]),
        offset=_short(best.both[0]),
        relations={name: _short(best.own[i]) for name, i in place.items()},
    )


def _short(value: float) -> float:
    return round(float(value), 6) + 0.0  # no negative zero


def _fitted(data: _Data, spread: float) -> _Fitted:
    mean = np.array([0.0, 1.0])
    prior = np.array([OFFSET_SPREAD**-2, SLOPE_SPREAD**-2])
    made = _newton(data, spread, mean, prior)
    if made.both[1] < LEAST_SLOPE:
        made = _newton(data, spread, np.array([0.0, LEAST_SLOPE]), np.array([prior[0], 1e9]))
    return made


def _newton(data: _Data, spread: float, mean: Floats, prior: Floats) -> _Fitted:
    """Maximise the posterior by Newton's method; only the corner of the Hessian is no diagonal."""
    design = np.stack([np.ones_like(data.odds), data.odds])  # (2, N)
    both, own, each = mean.copy(), np.zeros(data.count), spread**-2
    value = _loss(data, both, own, mean, prior, each)
    for _ in range(_STEPS):
        slope, corner, cross, diagonal = _around(data, design, both, own, each, prior)
        slope_both = slope[0] + prior * (both - mean)
        slope_own = slope[1] + each * own
        schur = corner - (cross / diagonal) @ cross.T
        step_both = np.linalg.solve(schur, slope_both - cross @ (slope_own / diagonal))
        step_own = (slope_own - cross.T @ step_both) / diagonal
        size = 1.0
        while size > 1e-6:
            tried = (both - size * step_both, own - size * step_own)
            after = _loss(data, *tried, mean, prior, each)
            if after <= value:
                break
            size /= 2
        else:
            break
        moved = size * max(np.abs(step_both).max(), np.abs(step_own).max())
        (both, own), value = tried, after
        if moved < 1e-8:
            break
    _, corner, cross, diagonal = _around(data, design, both, own, each, prior)
    volume = np.log(diagonal).sum() + np.linalg.slogdet(corner - (cross / diagonal) @ cross.T)[1]
    evidence = -value + (data.count * np.log(each) + np.log(prior).sum() - volume) / 2
    return _Fitted(both, own, float(evidence - (spread / LIKELY_SPREAD) ** 2 / 2))


def _around(
    data: _Data, design: Floats, both: Floats, own: Floats, each: float, prior: Floats
) -> tuple[tuple[Floats, Floats], Floats, Floats, Floats]:
    """Return the gradient of the loss of the decisions, and the Hessian with the priors: its corner
    (2, 2), its edge (2, R) and its diagonal (R,)."""
    chances = _chances(data, both, own)
    off, weight = chances - data.right, chances * (1 - chances)
    corner = (design * weight) @ design.T + np.diag(prior)
    cross = np.stack([data.by_group(weight), data.by_group(weight * data.odds)])
    return (design @ off, data.by_group(off)), corner, cross, cross[0] + each


def _log_odds(data: _Data, both: Floats, own: Floats) -> Floats:
    made: Floats = both[0] + both[1] * data.odds + own[data.groups]
    return made


def _chances(data: _Data, both: Floats, own: Floats) -> Floats:
    made: Floats = 1 / (1 + np.exp(-np.clip(_log_odds(data, both, own), -40, 40)))
    return made


def _loss(
    data: _Data, both: Floats, own: Floats, mean: Floats, prior: Floats, each: float
) -> float:
    odds = _log_odds(data, both, own)
    loss = np.logaddexp(0, odds).sum() - data.right @ odds
    return float(loss + (prior @ (both - mean) ** 2 + each * own @ own) / 2)


def least_for_as_many(
    correction: Correction, read: Sequence[tuple[str, float]], threshold: float
) -> float | None:
    """Return the corrected score from which as many right facts are to be expected as the head
    finds from ``threshold`` of its own on.

    ``read`` has what the head scored in texts of the space, also below its threshold: relations and
    its own scores. A corrected score is the chance of being right, so the sums of chances are what
    is compared. None where nothing was proposed.
    """
    scored = sorted((correction.score(score, relation) for relation, score in read), reverse=True)
    wanted = sum(
        correction.score(score, relation) for relation, score in read if score >= threshold
    )
    found = 0.0
    for score in scored:
        found += score
        if wanted > 0 and found >= wanted - 1e-9:
            return round(score - 5e-7, 6)
    return None
