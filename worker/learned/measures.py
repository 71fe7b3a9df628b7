"""How good corrected scores are beside the head's own, on decisions that nothing was fitted to."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

DRAWS: Final = 1000
Row = tuple[float, bool]  # a score, and whether it was right


@dataclass(frozen=True)
class Kept:
    """A decision that was kept out: its document, the head's ``own`` score and the ``learned`` one,
    whether each way proposes it, and whether it was ``right``."""

    document: int
    own: float
    learned: float
    is_proposed: bool
    was_proposed: bool
    right: bool


def log_loss(rows: Sequence[Row]) -> float:
    """Return the mean log loss of scores taken for chances."""
    total = sum(
        -math.log(min(max(score if right else 1 - score, 1e-6), 1.0)) for score, right in rows
    )
    return total / len(rows) if rows else 0.0


def calibration_error(rows: Sequence[Row], bins: int = 10) -> float:
    """Return the expected calibration error over equal bins (Naeini et al. 2015)."""
    sums: dict[int, list[float]] = {}
    for score, right in rows:
        at = sums.setdefault(min(int(score * bins), bins - 1), [0.0, 0.0])
        at[0] += score
        at[1] += right
    return sum(abs(score - right) for score, right in sums.values()) / len(rows) if rows else 0.0


def precision_for(rows: Sequence[Row], finds: int) -> float:
    """Return the precision of the best rows that hold so many right ones; ties count as a whole,
    by the share of them that is needed. 0 where there are fewer, or none are wanted."""
    ordered = sorted(rows, key=lambda row: -row[0])
    found, at = 0, 0
    while at < len(ordered) and finds > 0:
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        inside = sum(right for _, right in ordered[at:end])
        if found + inside >= finds:
            share = (finds - found) / inside
            return finds / (at + share * (end - at))
        found, at = found + inside, end
    return 0.0


def average_precision(rows: Sequence[Row]) -> float:
    """Return the mean, over the right rows, of the precision of those that score as high."""
    right = sum(one for _, one in rows)
    return sum(precision_for(rows, number) for number in range(1, right + 1)) / (right or 1)


def side(kept: Sequence[Kept], *, learned: bool) -> dict[str, Any]:
    """Return the figures of one way of scoring the decisions."""
    rows = [(one.learned if learned else one.own, one.right) for one in kept]
    proposed = [one for one in kept if (one.is_proposed if learned else one.was_proposed)]
    right = sum(one.right for one in proposed)
    accepted = sum(one.right for one in kept)
    return {
        "proposed": len(proposed),
        "right": right,
        "precision": right / len(proposed) if proposed else 0.0,
        "recall": right / accepted if accepted else 0.0,
        "log_loss": log_loss(rows),
        "calibration_error": calibration_error(rows),
    }


def compared(kept: Sequence[Kept], *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of both sides, and at the recall of the learned scores, and at nine tenths
    of what was accepted, the precision of both with the 95 % interval of the difference, by a
    bootstrap over documents."""
    learned = side(kept, learned=True)
    levels: dict[str, Callable[[Sequence[Kept]], int]] = {
        "at_its_recall": lambda rows: sum(one.right for one in rows if one.is_proposed),
        "at_nine_tenths": lambda rows: math.ceil(0.9 * sum(one.right for one in rows)),
    }
    by_document: dict[int, list[Kept]] = {}
    for one in kept:
        by_document.setdefault(one.document, []).append(one)
    documents = list(by_document.values())
    draw = random.Random(seed)
    drawn = [
        [one for document in draw.choices(documents, k=len(documents)) for one in document]
        for _ in range(DRAWS if len(documents) > 1 else 0)
    ]
    found: dict[str, Any] = {"own": side(kept, learned=False), "learned": learned}
    for name, finds in levels.items():
        before, after = _both(kept, finds(kept))
        gains = sorted(b - a for a, b in (_both(rows, finds(rows)) for rows in drawn))
        ends = [gains[int(0.025 * len(gains))], gains[int(0.975 * len(gains))]] if gains else None
        found[name] = {"own": before, "learned": after, "interval": ends}
    return found


def _both(rows: Sequence[Kept], finds: int) -> tuple[float, float]:
    own = precision_for([(one.own, one.right) for one in rows], finds)
    return own, precision_for([(one.learned, one.right) for one in rows], finds)
