"""From the chance that a causal head gave to its own words to the share of such proposals that is
right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.heads.log_odds import logit, sigmoid

KEY = "calibration"  # in an adapter's manifest, and among the hashes of a head


@dataclass(frozen=True)
class Calibration:
    """A line over log odds (Platt 1999), as ``worker.training.causal.recalibrate`` fits it."""

    scale: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Calibration:
        """Return that of an adapter; one that was not calibrated leaves scores as they are."""
        kept = manifest.get(KEY, {})
        return cls(float(kept.get("scale", 1.0)), float(kept.get("offset", 0.0)))

    def after(self, before: Calibration) -> Calibration:
        """Return the calibration that does this one after another one."""
        return Calibration(self.scale * before.scale, self.scale * before.offset + self.offset)

    def __call__(self, score: float) -> float:
        """Return the score that such a score stands for."""
        if self == Calibration():
            return score
        return sigmoid(self.scale * logit(score) + self.offset)


def hash_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of an adapter's calibration under its name, or nothing."""
    if KEY not in manifest:
        return {}
    text = json.dumps(manifest[KEY], sort_keys=True)
    return {KEY: hashlib.sha256(text.encode()).hexdigest()}
