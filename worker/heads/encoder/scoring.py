"""How likely a text states a triple, from what the networks found: a logistic regression.

Its signs are few and its weights are fitted on texts that nothing was trained on, so that scores
are shares of right proposals over kinds of text (Platt 1999, with more signs than one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

SIGNS = ("margin", "rival", "expected", "mood", "apart", "fits", "claimed")
LOOK_SIGNS = ("look", "look_rival", "look_mood", "look_claimed")
BOUND = 12.0  # log odds beyond it say no more


@dataclass(frozen=True)
class Scoring:
    """The regression: ``weights`` (S,) of its signs, and ``offset``."""

    weights: Tensor
    offset: float

    @classmethod
    def of(cls, fitted: Mapping[str, float], names: Sequence[str] = SIGNS) -> Scoring:
        """Return the regression that a manifest holds; a sign that it lacks counts nothing."""
        return cls(torch.tensor([fitted.get(sign, 0.0) for sign in names]), fitted["offset"])

    def with_more(self, more: Mapping[str, float], names: Sequence[str]) -> Scoring:
        """Return the regression with something added to the weights of signs of such names, and to
        its ``offset``."""
        added = torch.tensor([more.get(name, 0.0) for name in names])
        return Scoring(self.weights + added, self.offset + more.get("offset", 0.0))

    def __call__(self, signs: Tensor) -> Tensor:
        """Return probabilities (...) of signs (..., S)."""
        return (signs @ self.weights + self.offset).sigmoid()


@dataclass(frozen=True)
class ReadPairs:
    """What was read of P ordered pairs (P, 2), subjects first, for R relations.

    ``margins`` (P, R) come from the reader and ``expected`` (P, R) from the vectors of pairs
    alone; ``chances`` (P,) is the probability of the likeliest mood; ``apart`` (P,) counts the
    sentence breaks between the two; ``fits`` (P, R) tells where the relation takes things of
    their types.
    """

    pairs: Tensor
    margins: Tensor
    expected: Tensor
    chances: Tensor
    apart: Tensor
    fits: Tensor


def signs(read: ReadPairs) -> Tensor:
    """Return the signs (P, R, SIGNS) of each relation of each pair."""
    margins = read.margins.clamp(-BOUND, BOUND)
    mood = read.chances.clamp(min=1e-5).log()
    return torch.stack(
        [
            margins,
            rivals(margins),
            read.expected.clamp(-BOUND, BOUND),
            mood.unsqueeze(-1).expand_as(margins),
            read.apart.to(margins.dtype).unsqueeze(-1).expand_as(margins),
            read.fits.to(margins.dtype),
            claimed(read.pairs, margins, read.apart),
        ],
        -1,
    )


def look_signs(read: ReadPairs) -> Tensor:
    """Return the signs (P, R, LOOK_SIGNS) that a second look adds; its ``expected`` is not used."""
    every = signs(read)
    return every[..., [SIGNS.index(name) for name in ("margin", "rival", "mood", "claimed")]]


def claimed(pairs: Tensor, margins: Tensor, apart: Tensor) -> Tensor:
    """Return (P, R): how strongly another pair that stands in fewer sentences claims the relation
    for the same subject or object, 0 where none does.

    Of "Anna was born in Oslo. Erik was born in Turku." the second sentence claims Turku for Erik.
    """
    found = torch.zeros_like(margins)
    if not len(pairs):
        return found
    size = int(pairs.max()) + 1
    for ends in pairs.unbind(1):
        best = margins.new_zeros(size, margins.shape[1])
        for breaks in sorted(set(apart.tolist())):
            rows = (apart == breaks).nonzero().squeeze(-1)
            found[rows] = torch.maximum(found[rows], best[ends[rows]])
            index = ends[rows].unsqueeze(1).expand(-1, margins.shape[1])
            best = best.scatter_reduce(0, index, margins[rows], "amax")
    return found


def rivals(margins: Tensor) -> Tensor:
    """Return (P, R): the best of the other relations' margins, -BOUND where there is none."""
    if margins.shape[-1] < 2:
        return torch.full_like(margins, -BOUND)
    best = margins.topk(2, -1).values
    first = margins == best[..., :1]
    return torch.where(first, best[..., 1:], best[..., :1])


def fit(found: Tensor, right: Tensor, *, decay: float = 1e-3, steps: int = 60) -> Scoring:
    """Fit the regression to signs (N, S) of proposals and whether each is ``right`` (N,)."""
    deviation = found.std(0).clamp(min=1e-3)
    mean = found.mean(0)
    weights = torch.zeros(found.shape[1] + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")
    target = right.to(found.dtype)

    def loss() -> Tensor:
        optimiser.zero_grad()
        logits = ((found - mean) / deviation) @ weights[:-1] + weights[-1]
        value = functional.binary_cross_entropy_with_logits(logits, target)
        value = value + decay * (weights[:-1] ** 2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    made = weights.detach()
    scaled = made[:-1] / deviation
    return Scoring(scaled, float(made[-1] - (mean * scaled).sum()))
