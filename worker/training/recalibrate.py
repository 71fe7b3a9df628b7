"""Move the write head's scores to the shares that are right.

``python -m worker.training.recalibrate --data FILE ... --weights DIR``.

Each line of a file is a text with its proposals, as ``evaluate statements`` and ``evaluate
documents`` write them with ``--scores``: ``{"proposals": [{"score": 0.7, "right": true}]}``. The
regression that makes the score was fitted on texts like those of training, so its scores may be too
low or too high off them. One number is added to all log odds, and the review threshold moves with
them: the order of triples and which are proposed stay. (Folding what follows from another proposal
compares scores by their ratio, so it may take in one more or less.)
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from worker.heads.encoder.base import WEIGHTS, WeightsMissing, read_manifest
from worker.heads.encoder.write_head import ADAPTER
from worker.heads.log_odds import logit, sigmoid
from worker.training.write_publish import write_json

Scored = tuple[float, bool]  # a proposal's score, and whether it is right


def read(lines: Iterable[str]) -> list[Scored]:
    """Return the proposals of a file. Raises ValueError for a malformed line."""
    found: list[Scored] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows = [(one["score"], one["right"]) for one in json.loads(line)["proposals"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no text with its proposals: {error}.") from error
        for score, right in rows:
            if not _is_score(score) or not isinstance(right, bool):
                raise ValueError(f"line {number}: {score!r}, {right!r} is no score with its truth.")
            found.append((float(score), right))
    return found


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def shift(scored: Sequence[Scored], steps: int = 100) -> float:
    """Return what to add to the log odds of scores so that their mean is the share right, which is
    where the log loss is least. Raises ValueError unless some are right and some are wrong."""
    right = sum(one for _, one in scored)
    if not 0 < right < len(scored):
        raise ValueError("no shift fits where all proposals are right, or none.")
    odds = [logit(score) for score, _ in scored]
    low, high = -40.0, 40.0
    for _ in range(steps):
        middle = (low + high) / 2
        if math.fsum(sigmoid(one + middle) for one in odds) < right:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def moved(manifest: dict[str, Any], scored: Sequence[Scored]) -> float:
    """Move the score that a manifest makes, that of both looks where it has two, and its review
    threshold; return by how much. Raises ValueError for a head without a reader, and for proposals
    below its threshold, which it did not make: a file that it was moved by already, as a rule."""
    part = manifest.get("look", manifest)
    if "scoring" not in part:
        raise ValueError("the head has no reader, whose scores alone are moved.")
    review = part["thresholds"]["review"]
    below = sum(score < review - 1e-6 for score, _ in scored)
    if below:
        raise ValueError(f"{below} scores lie below the review threshold of {review:.3f}.")
    by = shift(scored)
    part["scoring"]["offset"] += by
    part["thresholds"]["review"] = sigmoid(logit(review) + by)
    return by


def main(arguments: Sequence[str] | None = None) -> int:
    """Move the scores of a folder of weights; return 0, or 2 for files that cannot be used."""
    parser = argparse.ArgumentParser(description="Move the write head's scores.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--weights", type=Path, default=WEIGHTS / ADAPTER, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        scored = [
            one for path in options.data for one in read(path.read_text("utf-8").splitlines())
        ]
        manifest = read_manifest(ADAPTER, options.weights)
        by = moved(manifest, scored)
        write_json(options.weights / "manifest.json", manifest)
    except (OSError, ValueError, WeightsMissing) as error:
        print(f"Not moved: {error}", file=sys.stderr)
        return 2
    print(f"moved by {by:.3f} log odds for {len(scored)} proposals")
    return 0


if __name__ == "__main__":
    sys.exit(main())
