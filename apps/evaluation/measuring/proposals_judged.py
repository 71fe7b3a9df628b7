"""Proposals for annotated texts, counted: what is right, what was found, what should not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from apps.evaluation.measuring.annotated import AnnotatedText, Stated
from apps.evaluation.measuring.proposing import Proposed

Fits = Callable[[Stated, Proposed], bool]
FIFTHS, BINS = 5, 10


@dataclass(frozen=True)
class Judged:
    """What came of one text. ``right`` says of each proposal, the surest first, whether it is."""

    text: AnnotatedText
    proposals: tuple[Proposed, ...]
    right: tuple[bool, ...]
    found: int
    false: int

    @property
    def complete(self) -> bool:
        """Whether every fact was found."""
        return self.found == len(self.text.facts)


def judge(text: AnnotatedText, proposals: Sequence[Proposed], fits: Fits) -> Judged:
    """Compare the proposals for a text with its annotation.

    A fact counts as found once; a proposal that repeats one by another name is right, too.
    """
    good = (*text.facts, *text.also_right)
    return Judged(
        text,
        tuple(proposals),
        tuple(any(fits(fact, one) for fact in good) for one in proposals),
        sum(any(fits(fact, one) for one in proposals) for fact in text.facts),
        sum(any(fits(fact, one) for one in proposals) for fact in text.unstated),
    )


def scores(judged: Iterable[Judged]) -> dict[str, Any]:
    """Return precision over the proposals, recall over the facts, and F1; 0 for nothing."""
    rows = list(judged)
    right = sum(sum(one.right) for one in rows)
    proposed = sum(len(one.right) for one in rows)
    found = sum(one.found for one in rows)
    facts = sum(len(one.text.facts) for one in rows)
    precision = right / proposed if proposed else 0.0
    recall = found / facts if facts else 0.0
    both = precision + recall
    return {
        "texts": len(rows),
        "facts": facts,
        "proposals": proposed,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / both if both else 0.0,
    }


def by_kind(judged: Sequence[Judged], measure: Callable[[Sequence[Judged]], Any]) -> dict[str, Any]:
    """Return a measure of the texts of each kind, by the kind's name."""
    kinds = sorted({one.text.kind for one in judged})
    return {kind: measure([one for one in judged if one.text.kind == kind]) for kind in kinds}


def by_score(judged: Iterable[Judged]) -> dict[str, Any]:
    """Return whether scores can be believed.

    ``fifths`` are the proposals in five parts of equal size, from the lowest scores up, each with
    its mean ``score`` and the share that is ``right``; ``rising`` says whether each fifth is more
    precise than the one below it. ``calibration_error`` is the mean gap between score and share
    right in ten equal bins, weighted by their size.
    """
    rows = sorted(
        (p.score, right)
        for one in judged
        for p, right in zip(one.proposals, one.right, strict=True)
    )
    edges = [round(len(rows) * part / FIFTHS) for part in range(FIFTHS + 1)]
    fifths = [_part(rows[a:b]) for a, b in pairwise(edges) if b > a]
    shares = [part["right"] for part in fifths]
    bins: dict[int, list[tuple[float, bool]]] = {}
    for score, right in rows:
        bins.setdefault(min(int(score * BINS), BINS - 1), []).append((score, right))
    gaps = [len(part) * abs(_part(part)["score"] - _part(part)["right"]) for part in bins.values()]
    return {
        "fifths": fifths,
        "rising": len(fifths) == FIFTHS and all(a < b for a, b in pairwise(shares)),
        "calibration_error": sum(gaps) / len(rows) if rows else None,
    }


def _part(rows: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    return {
        "score": sum(score for score, _ in rows) / len(rows),
        "right": sum(right for _, right in rows) / len(rows),
        "count": len(rows),
    }
