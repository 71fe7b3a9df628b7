"""What learned weights are worth beside the head's own scores: figures of decisions kept out, and
of what was read once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from apps.evaluation.services.learning.decided import Judged
from worker.learned.correction import Correction
from worker.learned.measures import Kept, compared

MOST_FLIPS: Final = 200  # that are kept to be shown


def figures_of(
    learned: Correction,
    kept: Sequence[Judged],
    used: Sequence[Judged],
    read: Sequence[tuple[str, float, float]],
    names: Sequence[str],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return the figures of the decisions that were ``kept`` out, what would not be proposed of
    them, and for each relation what was decided and from which own score it is proposed."""
    limit = learned.limit(learned.threshold)
    rows = [_kept(learned, one, names, limit) for one in kept]
    gone = [one for one, row in zip(kept, rows, strict=True) if not row.is_proposed]
    return {
        **compared(rows, seed=seed),
        "decisions": len(kept),
        "documents": len({one.document for one in kept}),
        "flips": {
            "right": [one.candidate for one in gone if one.right][:MOST_FLIPS],
            "wrong": [one.candidate for one in gone if not one.right][:MOST_FLIPS],
            "right_count": sum(one.right for one in gone),
            "wrong_count": sum(not one.right for one in gone),
        },
        "read": _read(learned, read, limit),
        "relations": _relations(learned, used, limit),
    }


def _kept(learned: Correction, one: Judged, names: Sequence[str], limit: float) -> Kept:
    score = learned.score(learned.weighed(one.score, names, one.signs), one.relation)
    return Kept(one.document, one.score, score, score >= limit, True, one.right)


def _read(
    learned: Correction, read: Sequence[tuple[str, float, float]], limit: float
) -> dict[str, int | float]:
    """Count what either way proposes in the passages that were read, and how many of it are right
    by the corrected scores."""
    scored = [(one >= learned.threshold, learned.score(weighed, of)) for of, one, weighed in read]
    before = [score for was, score in scored if was]
    after = [score for _, score in scored if score >= limit]
    return {
        "before": len(before),
        "after": len(after),
        "new": sum(score >= limit and not was for was, score in scored),
        "gone": sum(score < limit and was for was, score in scored),
        "before_right": round(sum(before), 1),
        "after_right": round(sum(after), 1),
    }


def _relations(learned: Correction, used: Sequence[Judged], limit: float) -> list[dict[str, Any]]:
    """Return what was decided of each relation, those with the most decisions first."""
    count = Counter(one.relation for one in used)
    right = Counter(one.relation for one in used if one.right)
    return [
        {
            "relation": relation,
            "decisions": number,
            "right": right[relation],
            "offset": learned.relations.get(relation, 0.0),
            "own_limit": round(learned.raw(limit, relation), 4),
        }
        for relation, number in count.most_common()
    ]
