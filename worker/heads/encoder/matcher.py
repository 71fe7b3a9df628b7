"""The relation matcher with trained weights."""

from __future__ import annotations

from pathlib import Path

from worker.heads.encoder.base import WEIGHTS, encoder, read_manifest
from worker.heads.encoder.known_texts import FILE, load_known
from worker.heads.encoder.relation_matching import ADAPTER, RelationMatcher


def trained_matcher(folder: Path | None = None) -> RelationMatcher:
    """Return the matcher with the weights in a folder, by default the shipped ones.

    Raises WeightsMissing.
    """
    folder = folder or WEIGHTS / ADAPTER
    weights = str(read_manifest(ADAPTER, folder)["sha256"])
    shared = encoder()
    known = load_known(folder / FILE, weights)
    return RelationMatcher(shared, shared.load_adapter(ADAPTER, folder), known)
