"""Questions with their readings, as ``evaluate questions --readings`` writes them: a line is
``{"uses": [["name", "relation", "forward"]], "readings": [{"question": "...", "reading": "...",
"relations": [...], "sign": 0.0, "right": true, "figures": {"read": 0.0}}]}``."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from worker.heads.encoder.reranker import Compared
from worker.training.reading_pairs import Ranked

KNOWN = 3.0  # how far a reading stands from the others, and from 0, where it is told well


def read_recorded(lines: Sequence[str]) -> list[Ranked]:
    """Return the questions of a file that have readings. Raises ValueError for a malformed line."""
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            one = _ranked(row["readings"], [str(name) for _, name, _ in row.get("uses") or []])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"line {number} is no question with its readings: {error}") from error
        if one is not None:
            found.append(one)
    return found


def _ranked(readings: Sequence[dict[str, Any]], uses: Sequence[str]) -> Ranked | None:
    """Return a question's readings, the wrong ones by the score that the cross-encoder gave them
    when they were recorded. Of the right ones those count that use most of the relations which the
    question's writer names, and else the likeliest; others are right by chance, and left out."""
    rows = sorted(readings, key=lambda one: -float(one["sign"]))
    right = [one for one in rows if one["right"]]
    named = set(uses)
    shared = [
        len(named & {*one["relations"]}) / len(named | {*one["relations"], ""}) for one in right
    ]
    good = [one for one, share in zip(right, shared, strict=True) if share == max(shared)]
    good = good if max(shared, default=0.0) > 0 else right[:1]
    wrong = sorted((one for one in rows if not one["right"]), key=lambda one: -_scored(one))
    if not rows or not (good or wrong):
        return None
    return Ranked(
        tuple(map(_compared, good)), tuple(map(_compared, wrong)), known=_is_known(good, wrong)
    )


def _scored(one: dict[str, Any]) -> float:
    """Return what the cross-encoder said of a reading; the least where it was not asked."""
    return float(one.get("figures", {}).get("read", -math.inf))


def _is_known(right: Sequence[dict[str, Any]], wrong: Sequence[dict[str, Any]]) -> bool:
    """Tell whether the cross-encoder told the right readings well from the others and from 0."""
    others = max(0.0, *map(_scored, wrong)) if wrong else 0.0
    if right:
        return max(map(_scored, right)) - others >= KNOWN
    return -math.inf < max(map(_scored, wrong)) <= -KNOWN


def _compared(one: dict[str, Any]) -> Compared:
    return Compared(str(one["question"]), str(one["reading"]))
