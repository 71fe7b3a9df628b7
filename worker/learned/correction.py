"""Scores of a write head, set right by what reviewers decided.

In log odds a score becomes ``slope * score + offset``, and the relation's own offset on top (Platt
1999, with an offset for each relation). Nothing here needs a model or numpy.

>>> plain = Correction({"backend": "encoder"}, slope=1.0, offset=0.0, relations={"7": -1.0})
>>> round(plain.score(0.5, "7"), 3), plain.score(0.5, "8")
(0.269, 0.5)
>>> round(plain.raw(plain.score(0.31, "7"), "7"), 3)
0.31
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worker.heads.log_odds import logit, sigmoid

FORMAT = 1
LEARNED = "learned"  # the name of the hash of learned weights among those of a head


class BadCorrection(ValueError):
    """These learned weights cannot be read."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True)
class Correction:
    """What was learned: ``base`` says of which head (``made_of``), ``relations`` has the offsets of
    relations by their ids, and ``least`` is the corrected score from which a fact is proposed; None
    where it is that of the head, corrected as a relation without decisions is. ``threshold`` is
    that of the head. ``signs`` is added to the weights of the regression that makes the head's
    score (``worker.heads.encoder.scoring``) before all of this.
    """

    base: Mapping[str, Any]
    slope: float
    offset: float
    relations: Mapping[str, float] = field(default_factory=dict)
    least: float | None = None
    threshold: float = 0.5
    signs: Mapping[str, float] = field(default_factory=dict)

    def log_odds(self, odds: float, relation: str) -> float:
        """Return the corrected log odds of a fact of a relation."""
        return self.slope * odds + self.offset + self.relations.get(relation, 0.0)

    def score(self, score: float, relation: str) -> float:
        """Return the corrected score."""
        return sigmoid(self.log_odds(logit(score), relation))

    def weighed(self, score: float, names: Sequence[str], signs: Sequence[float]) -> float:
        """Return the head's score with its ``signs``, which have such ``names``, weighed as was
        learned: what the other methods take for its own."""
        if not signs:
            return score
        more = sum(self.signs.get(n, 0.0) * one for n, one in zip(names, signs, strict=True))
        return sigmoid(logit(score) + more + self.signs.get("offset", 0.0))

    def raw(self, score: float, relation: str) -> float:
        """Return the head's own score of a corrected one: the inverse of ``score``."""
        own = logit(score) - self.offset - self.relations.get(relation, 0.0)
        return sigmoid(own / self.slope)

    def limit(self, threshold: float) -> float:
        """Return the corrected score from which a fact is proposed, where the head proposes from
        ``threshold``. ``least`` holds for the head's ``threshold`` of its trained relations; one
        that is higher for others stays as much higher, in log odds."""
        if self.least is None:
            return self.score(threshold, "")
        further = self.slope * (logit(threshold) - logit(self.threshold))
        return sigmoid(logit(self.least) + further)

    def as_json(self) -> dict[str, Any]:
        """Return what ``of`` reads, and ``sha256`` is over."""
        return {
            "format": FORMAT,
            "base": dict(self.base),
            "slope": self.slope,
            "offset": self.offset,
            "relations": dict(self.relations),
            "least": self.least,
            "threshold": self.threshold,
            "signs": dict(self.signs),
        }

    @classmethod
    def of(cls, kept: Any) -> Correction:
        """Return what ``as_json`` made. Raises BadCorrection."""
        try:
            if kept["format"] != FORMAT:
                raise BadCorrection
            made = cls(
                kept["base"],
                _number(kept["slope"]),
                _number(kept["offset"]),
                {str(key): _number(one) for key, one in kept["relations"].items()},
                None if kept["least"] is None else _number(kept["least"]),
                _number(kept["threshold"]),
                {str(key): _number(one) for key, one in kept["signs"].items()},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise BadCorrection from error
        if made.slope <= 0 or not isinstance(made.base, Mapping):
            raise BadCorrection
        return made

    @property
    def sha256(self) -> str:
        """The SHA-256 of the canonical JSON."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadCorrection
    return float(value)


def made_of(head: Any) -> dict[str, Any]:
    """Return what a head is, to tell later whether it is the same: its name and the hashes of its
    weights, or its version where it has none."""
    hashes = {k: v for k, v in getattr(head, "hashes", {}).items() if k != LEARNED}
    if hashes:
        return {"backend": head.name, "hashes": hashes}
    return {"backend": head.name, "version": head.version.partition("+")[0]}
