"""Which heads decisions can teach, and what these are made of, without loading a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_MANIFEST = Path(__file__).parents[1] / "weights" / "write" / "manifest.json"
# Whose scores are chances of being right, and come from weights that are shipped.
LEARNABLE = ("encoder", "scripted")


def base_of(backend: str) -> dict[str, Any] | None:
    """Return what ``correction.made_of`` says of the head of that name when it is loaded; None for
    one that decisions cannot teach."""
    if backend == "scripted":
        return {"backend": backend, "version": "1"}
    if backend != "encoder":
        return None
    manifest = json.loads(_MANIFEST.read_text("utf-8"))
    hashes = {"weights": manifest["sha256"]}
    if "look" in manifest:
        hashes["second look"] = manifest["look"]["sha256"]
    return {"backend": backend, "hashes": hashes}
