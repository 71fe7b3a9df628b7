"""Fitting corrections of scores to decisions: a logistic regression with an offset for each
relation that is drawn towards none at all (a random intercept; Gelman and Hill 2007, chapter 14).

How far relations may lie apart is estimated from the decisions themselves, as the spread that makes
them likeliest (empirical Bayes, by Laplace's approximation), so that a relation with few decisions
stays near all others and one with many goes its own way. Slope and offset of all are drawn towards
the score as it is, so that ten decisions change next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.heads.log_odds import logit
from worker.learned.correction import Correction

Floats = npt.NDArray[np.float64]
SLOPE_SPREAD: Final = 0.5  # how far slope and offset may lie from 1 and 0 (standard deviations)
OFFSET_SPREAD: Final = 2.0
SIGN_SPREAD: Final = 0.2  # how far the weight of a sign may move, over its deviation
LEAST_SLOPE: Final = 0.1  # a score never counts for less, and never against itself
SPREADS: Final = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7)
LIKELY_SPREAD: Final = 0.7  # of the half-normal prior of the spread itself
_STEPS: Final = 60


@dataclass(frozen=True)
class Decided:
    """Proposals that reviewers decided: the head's own ``scores`` (N), the ids of their
    ``relations`` (N), and whether each was ``right`` (N). ``signs`` (N, S) are what the scores were
    made of, where the head tells."""

    scores: Sequence[float]
    relations: Sequence[str]
    right: Sequence[bool]
    signs: Sequence[Sequence[float]] = ()

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def is_mixed(self) -> bool:
        """Whether some are right and some are wrong."""
        return 0 < sum(self.right) < len(self.right)


@dataclass(frozen=True)
class _Data:
    design: Floats  # (K, N): ones, the log odds, and the signs, each with mean 0 and deviation 1
    right: Floats  # (N,)
    groups: npt.NDArray[np.intp]  # (N,): which relation
    count: int

    def by_group(self, weights: Floats) -> Floats:
        return np.bincount(self.groups, weights, self.count).astype(np.float64)


@dataclass(frozen=True)
class _Fitted:
    shared: Floats  # (K,): offset, slope and the weights of signs
    own: Floats  # (R,): the offsets of relations
    evidence: float


@dataclass(frozen=True)
class _Prior:
    """Towards which ``mean`` (K,) and how strongly, ``weight`` (K,), what is shared is drawn, and
    how strongly the offsets of relations towards 0."""

    mean: Floats
    weight: Floats
    each: float

    def loss(self, shared: Floats, own: Floats) -> float:
        return float((self.weight @ (shared - self.mean) ** 2 + self.each * own @ own) / 2)


def fit(decided: Decided, base: Mapping[str, Any], sign_names: Sequence[str] = ()) -> Correction:
    """Return the correction that fits the decisions, without a threshold of its own; with
    ``sign_names`` what is added to the weights of signs too. Raises ValueError unless some
    decisions are right and some are wrong."""
    if not decided.is_mixed:
        raise ValueError("nothing can be fitted where all decisions are alike.")
    names = sorted(set(decided.relations))
    place = {name: i for i, name in enumerate(names)}
    odds = np.array([logit(score) for score in decided.scores])
    signs, centre, width = _signs(decided, len(sign_names))
    data = _Data(
        np.concatenate([[np.ones_like(odds), odds], signs.T]),
        np.array(decided.right, dtype=np.float64),
        np.array([place[name] for name in decided.relations], dtype=np.intp),
        len(names),
    )
    best = max((_fitted(data, spread) for spread in SPREADS), key=lambda one: one.evidence)
    weights = best.shared[2:] / width
    slope = best.shared[1]
    return Correction(
        base,
        slope=_short(slope),
        offset=_short(best.shared[0]),
        relations={name: _short(best.own[i]) for name, i in place.items()},
        signs=_added(sign_names, weights / slope, centre) if sign_names else {},
    )


def _signs(decided: Decided, count: int) -> tuple[Floats, Floats, Floats]:
    """Return the signs (N, S) with mean 0 and deviation 1, 0 of those that have none, and their
    means and deviations (S,)."""
    made = np.zeros((len(decided), count))
    there = [i for i, signs in enumerate(decided.signs) if signs] if count else []
    if not there:
        return made, np.zeros(count), np.ones(count)
    known = np.array([decided.signs[i] for i in there], dtype=np.float64)
    centre, width = known.mean(0), np.maximum(known.std(0), 1e-3)
    made[there] = (known - centre) / width
    return made, centre, width


def _added(names: Sequence[str], weights: Floats, centre: Floats) -> dict[str, float]:
    """Return what is added to the weights of signs, and to the offset beside them, so that signs
    as they are in the mean change nothing."""
    added = {name: _short(weight) for name, weight in zip(names, weights, strict=True)}
    return {**added, "offset": _short(-float(np.array([*added.values()]) @ centre))}


def _short(value: float) -> float:
    return round(float(value), 6) + 0.0  # no negative zero


def _fitted(data: _Data, spread: float) -> _Fitted:
    signs = len(data.design) - 2
    mean = np.array([0.0, 1.0] + [0.0] * signs)
    weight = np.array([OFFSET_SPREAD**-2, SLOPE_SPREAD**-2] + [SIGN_SPREAD**-2] * signs)
    made = _newton(data, spread, _Prior(mean, weight, spread**-2))
    if made.shared[1] < LEAST_SLOPE:
        mean[1], weight[1] = LEAST_SLOPE, 1e9
        made = _newton(data, spread, _Prior(mean, weight, spread**-2))
    return made


def _newton(data: _Data, spread: float, prior: _Prior) -> _Fitted:
    """Maximise the posterior by Newton's method; only the corner of the Hessian is no diagonal."""
    shared, own = prior.mean.copy(), np.zeros(data.count)
    value = _loss(data, shared, own, prior)
    for _ in range(_STEPS):
        gradient, corner, cross, diagonal = _around(data, shared, own, prior)
        schur = corner - (cross / diagonal) @ cross.T
        step = np.linalg.solve(schur, gradient[0] - cross @ (gradient[1] / diagonal))
        step_own = (gradient[1] - cross.T @ step) / diagonal
        size = 1.0
        while size > 1e-6:
            tried = (shared - size * step, own - size * step_own)
            after = _loss(data, *tried, prior)
            if after <= value:
                break
            size /= 2
        else:
            break
        moved = size * max(np.abs(step).max(), np.abs(step_own).max())
        (shared, own), value = tried, after
        if moved < 1e-8:
            break
    _, corner, cross, diagonal = _around(data, shared, own, prior)
    volume = np.log(diagonal).sum() + np.linalg.slogdet(corner - (cross / diagonal) @ cross.T)[1]
    known = data.count * np.log(prior.each) + np.log(prior.weight).sum()
    evidence = -value + (known - volume) / 2
    return _Fitted(shared, own, float(evidence - (spread / LIKELY_SPREAD) ** 2 / 2))


def _around(
    data: _Data, shared: Floats, own: Floats, prior: _Prior
) -> tuple[tuple[Floats, Floats], Floats, Floats, Floats]:
    """Return the gradient of the loss, and its Hessian: the corner (K, K), the edge (K, R) and the
    diagonal (R,)."""
    odds = _log_odds(data, shared, own)
    chances = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
    off, weight = chances - data.right, chances * (1 - chances)
    corner = (data.design * weight) @ data.design.T + np.diag(prior.weight)
    cross = np.stack([data.by_group(weight * row) for row in data.design])
    of_shared = data.design @ off + prior.weight * (shared - prior.mean)
    of_own = data.by_group(off) + prior.each * own
    return (of_shared, of_own), corner, cross, cross[0] + prior.each


def _log_odds(data: _Data, shared: Floats, own: Floats) -> Floats:
    made: Floats = shared @ data.design + own[data.groups]
    return made


def _loss(data: _Data, shared: Floats, own: Floats, prior: _Prior) -> float:
    odds = _log_odds(data, shared, own)
    loss = np.logaddexp(0, odds).sum() - data.right @ odds
    return float(loss + prior.loss(shared, own))


def least_for_as_many(
    correction: Correction, read: Sequence[tuple[str, float, float]], threshold: float
) -> float | None:
    """Return the corrected score from which as many right facts are to be expected as the head
    finds from ``threshold`` of its own on.

    ``read`` has what the head scored in texts of the space, also below its threshold: relations,
    its own scores, and these with the signs weighed as was learned. A corrected score is the chance
    of being right, so the sums of chances are what is compared. None where nothing was proposed.
    """
    scored = [(own, correction.score(weighed, relation)) for relation, own, weighed in read]
    wanted = sum(score for own, score in scored if own >= threshold)
    found = 0.0
    for score in sorted((score for _, score in scored), reverse=True):
        found += score
        if wanted > 0 and found >= wanted - 1e-9:
            return round(score - 5e-7, 6)
    return None
