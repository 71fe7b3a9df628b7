"""Trained tensors in half precision, in files small enough to be carried one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

MOST = 14 * 2**20  # bytes of a file
PIECE = "trained-{}.safetensors"


class NothingExported(ValueError):
    """There are no exported tensors in the folder."""


def export(tensors: Mapping[str, Tensor], folder: Path, facts: Mapping[str, Any]) -> list[Path]:
    """Write tensors and what is known of them into a folder and return the files. A tensor is not
    cut, so one that is larger than MOST has a file of its own."""
    pieces: list[dict[str, Tensor]] = [{}]
    size = 0
    for name in sorted(tensors):
        value = tensors[name].detach()
        value = value.half() if value.is_floating_point() else value
        value = value.contiguous().cpu()
        if pieces[-1] and size + value.nbytes > MOST:
            pieces.append({})
            size = 0
        pieces[-1][name] = value
        size += value.nbytes
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(PIECE.format("*")):
        old.unlink()
    paths = [folder / PIECE.format(number) for number in range(1, len(pieces) + 1)]
    for path, piece in zip(paths, pieces, strict=True):
        save_file(piece, path, metadata={"facts": json.dumps(dict(facts)), "of": str(len(paths))})
    return paths


def exported(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors of a folder, in float32, and what is known of them. Raises NothingExported
    where a piece is missing."""
    found: dict[str, Tensor] = {}
    facts: dict[str, Any] = {}
    paths = sorted(folder.glob(PIECE.format("*")))
    for path in paths:
        with safe_open(path, "pt") as file:
            told = file.metadata()
            if int(told["of"]) != len(paths):
                raise NothingExported(f"{folder} holds {len(paths)} of {told['of']} pieces.")
            facts = json.loads(told["facts"])
            for name in file.keys():  # noqa: SIM118  (it is no mapping)
                value = file.get_tensor(name)
                found[name] = value.float() if value.is_floating_point() else value
    if not found:
        raise NothingExported(f"{folder} holds no exported tensors.")
    return found, facts
