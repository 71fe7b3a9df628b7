"""Runs of one head by name, made of other weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.evaluation.models import Run


@dataclass(frozen=True)
class OtherWeights:
    """Two runs whose head was chosen alike and is made of something else: ``parts`` has each part
    that differs, with its SHA-256 (or the head's version) in both, empty where a run has none."""

    one: Run
    other: Run
    parts: Sequence[tuple[str, str, str]]


def other_weights(one: Run, other: Run) -> OtherWeights | None:
    """Return how the weights of two runs differ that have the same setup; None where they do not,
    where the setups differ anyway, or where one does not say."""
    if one.setup != other.setup or not (one.made_of and other.made_of):
        return None
    before, after = (_parts(run) for run in (one, other))
    names = [*before, *(name for name in after if name not in before)]
    parts = [(name, before.get(name, ""), after.get(name, "")) for name in names]
    differing = [part for part in parts if part[1] != part[2]]
    return OtherWeights(one, other, differing) if differing else None


def _parts(run: Run) -> dict[str, str]:
    """Return the hashes of what a head was made of or, where it says none, its version."""
    hashes = run.made_of.get("hashes") or {"version": run.made_of.get("version", "")}
    return {str(name): str(value) for name, value in hashes.items()}
