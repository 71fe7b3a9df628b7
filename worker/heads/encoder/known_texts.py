"""Vectors of texts that come with the weights, so that no worker begins by encoding the schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

FILE = "known_texts.safetensors"


def save_known(path: Path, vectors: Mapping[str, Tensor], version: str) -> None:
    """Write the vectors (D,) of texts, in float16, as made by the weights of a version."""
    texts = sorted(vectors)
    table = torch.stack([vectors[text] for text in texts]).half()
    save_file({"vectors": table}, path, metadata={"version": version, "texts": json.dumps(texts)})


def load_known(path: Path, version: str) -> dict[str, Tensor]:
    """Return the vectors (D,) by text; none where the file is missing or of other weights."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("version") != version:
                return {}
            table = file.get_tensor("vectors").float()
    except (OSError, SafetensorError):
        return {}
    return dict(zip(json.loads(metadata["texts"]), table, strict=True))
