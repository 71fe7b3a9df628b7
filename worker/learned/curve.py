"""What simulated reviewers teach a head: decisions by gold, and figures on other documents.

Reviewers decide document by document what a head puts to them at its own threshold, as gold has it.
What was learned is measured on documents that nobody decided on, beside the head's own scores.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.learned.correction import Correction
from worker.learned.fitting import Decided, fit, least_for_as_many
from worker.learned.measures import calibration_error, log_loss
from worker.training.judging import gold_triples, judge
from worker.training.redocred import GoldDocument

DRAWS: Final = 1000
MOST_READ: Final = 120  # documents that are read once more to choose a threshold
FLOOR: Final = 0.1
# Subject, relation, object and score, as a head proposed it, and what the score was made of.
Found = tuple[str, str, str, float, tuple[float, ...]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Read:
    """A document, what a head found in it from a low score on, and the number of its facts."""

    gold: GoldDocument
    found: Sequence[Found]

    @property
    def facts(self) -> int:
        return len(gold_triples(self.gold))

    def right(self) -> list[bool]:
        """Return what a reviewer who knows the gold says of each: a second name for a fact that is
        there is right too."""
        known = {
            (subject, relation, object_)
            for one, relation, other in gold_triples(self.gold)
            for subject in self.gold.names(one)
            for object_ in self.gold.names(other)
        }
        return [
            (subject.casefold(), relation, object_.casefold()) in known
            for subject, relation, object_, *_ in self.found
        ]


@dataclass(frozen=True)
class Learned:
    """What so many decisions of a seed taught, and how many documents they are of."""

    correction: Correction | None
    decisions: int
    documents: int


def learn(
    documents: Sequence[Read],
    threshold: float,
    decisions: int,
    seed: int,
    names: Sequence[str] = (),
) -> Learned:
    """Let reviewers decide so many proposals and learn from them; all that there are where these
    are fewer. Nothing is learned from none, or where all were alike. With ``names`` of signs their
    weights are learned too."""
    order = list(documents)
    random.Random(seed).shuffle(order)
    rows: list[tuple[float, str, bool, tuple[float, ...]]] = []
    seen: list[Read] = []
    for document in order:
        if len(rows) >= decisions:
            break
        seen.append(document)
        judged = zip(document.found, document.right(), strict=True)
        rows += [(one[3], one[1], right, one[4]) for one, right in judged if one[3] >= threshold]
    rows = rows[:decisions]
    decided = Decided(*map(list, zip(*rows, strict=True))) if rows else Decided([], [], [])
    if not decided.is_mixed:
        return Learned(None, len(rows), len(seen))
    made = fit(decided, {}, names)
    read = [
        (one[1], one[3], made.weighed(one[3], names, one[4] if names else ()))
        for document in seen[:MOST_READ]
        for one in document.found
        if one[3] >= FLOOR
    ]
    least = least_for_as_many(made, read, threshold)
    return Learned(replace(made, least=least, threshold=threshold), len(rows), len(seen))


@dataclass(frozen=True)
class Scored:
    """Proposals of documents in the order of their scores, the surest first: the document of each
    (N,), whether it is right (N,) and whether it is proposed (N,), and the facts of each document
    (D,)."""

    documents: npt.NDArray[np.intp]
    right: npt.NDArray[np.bool_]
    proposed: npt.NDArray[np.bool_]
    scores: Floats
    facts: Floats

    def figures(self, weights: Floats, finds: float) -> Floats:
        """Return precision, recall and F1 of what is proposed, and the precision of the surest that
        hold ``finds`` right ones, where each document counts by its weight (D,)."""
        weight = weights[self.documents]
        right = weight * self.right
        proposed, good = float(weight @ self.proposed), float(right @ self.proposed)
        facts = float(weights @ self.facts)
        precision, recall = good / max(proposed, 1e-9), good / max(facts, 1e-9)
        so_far = np.cumsum(right)
        at = min(int(np.searchsorted(so_far, finds - 1e-9)), len(so_far) - 1)
        equal = float(so_far[at]) / max(float(weight[: at + 1].sum()), 1e-9)
        return np.array(
            [precision, recall, 2 * good / max(proposed + facts, 1e-9), equal], dtype=np.float64
        )

    def finds(self, weights: Floats) -> float:
        """Return how many right ones are proposed."""
        return float((weights[self.documents] * self.right) @ self.proposed)


def scored(
    documents: Sequence[Read],
    learned: Correction | None,
    threshold: float,
    names: Sequence[str] = (),
) -> Scored:
    """Return what a head proposes of documents, with corrected scores where something was
    learned, judged as ``worker.training.judging`` does: each fact counts once."""
    limit = threshold if learned is None else learned.limit(threshold)
    rows: list[tuple[float, int, bool]] = []
    for number, document in enumerate(documents):
        made = [
            (s, r, o, score if learned is None else _score(learned, r, score, names, signs))
            for s, r, o, score, signs in document.found
        ]
        rows += [(score, number, right) for score, right, _ in judge(document.gold, made)]
    rows.sort(key=lambda row: -row[0])
    scores = np.array([row[0] for row in rows], dtype=np.float64)
    return Scored(
        np.array([row[1] for row in rows], dtype=np.intp),
        np.array([row[2] for row in rows], dtype=np.bool_),
        scores >= limit,
        scores,
        np.array([document.facts for document in documents], dtype=np.float64),
    )


def _score(
    learned: Correction, relation: str, score: float, names: Sequence[str], signs: Sequence[float]
) -> float:
    return learned.score(learned.weighed(score, names, signs if names else ()), relation)


NAMES: Final = ("precision", "recall", "f1", "precision_at_equal_recall")


def point(own: Scored, learned: Sequence[Scored], *, seed: int = 0) -> dict[str, Any]:
    """Return the mean figures over what several seeds learned, with the figures of each, the 95 %
    interval of the mean and that of its gain over the head's own: a bootstrap over documents."""
    count = len(own.facts)
    whole = np.ones(count)
    each = [one.figures(whole, own.finds(whole)) for one in learned]
    draw = np.random.default_rng(seed)
    means, gains = [], []
    for _ in range(DRAWS):
        weights = np.bincount(draw.integers(count, size=count), minlength=count).astype(float)
        finds = own.finds(weights)
        mean = np.mean([one.figures(weights, finds) for one in learned], axis=0)
        means.append(mean)
        gains.append(mean - own.figures(weights, finds))
    rows = [
        [(float(score), bool(right)) for score, right in zip(one.scores, one.right, strict=True)]
        for one in learned
    ]
    return {
        **{
            name: {
                "mean": float(np.mean([one[i] for one in each])),
                "seeds": [float(one[i]) for one in each],
                "interval": _ends([one[i] for one in means]),
                "gain": _ends([one[i] for one in gains]),
            }
            for i, name in enumerate(NAMES)
        },
        "proposed": float(np.mean([one.proposed.sum() for one in learned])),
        "log_loss": float(np.mean([log_loss(one) for one in rows])),
        "calibration_error": float(np.mean([calibration_error(one) for one in rows])),
    }


def _ends(values: Sequence[float]) -> list[float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return [float(low), float(high)]
