"""From a trained second look to its files beside the write head, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from worker.heads.encoder.base import SharedEncoder, read_manifest
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS
from worker.heads.encoder.second_look import LAYERS, LOOK_FILE, SCALE, in_eight_bits
from worker.heads.encoder.write_head import ADAPTER, EncoderWriteHead, WriteHeadConfig
from worker.training import calibration
from worker.training.calibration import LOWEST
from worker.training.redocred import GoldDocument
from worker.training.write_publish import REVIEW_PRECISION, write_json
from worker.types import RelationSpec

BERT = "bert.encoder.layer."


def write_look(tensors: Mapping[str, Tensor], folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the tensors of a trained second look beside the write head in ``folder``, and into its
    manifest ``facts`` of it. Its regression stays that of the second look before it."""
    kept: dict[str, Tensor] = {}
    for name, value in tensors.items():
        value = value.float().cpu()
        if not name.startswith("bert."):
            kept[name] = value.half().contiguous()
        elif name.startswith(BERT):
            name = name.replace(BERT, LAYERS)
            small = {name: value.half().contiguous()}
            kept.update(in_eight_bits(name, value) if value.dim() == 2 else small)
    save_file(kept, folder / LOOK_FILE)
    manifest = read_manifest(ADAPTER, folder)
    before = manifest.get("look", {})
    first = {"look": 1.0, "look_mood": 1.0, "offset": 0.0}
    manifest["look"] = {
        **facts,
        "sha256": hashlib.sha256((folder / LOOK_FILE).read_bytes()).hexdigest(),
        "scoring": before.get("scoring", first),
        "thresholds": dict(before.get("thresholds", manifest["thresholds"])),
    }
    write_json(folder / "manifest.json", manifest)


def calibrate(
    folder: Path, documents: Sequence[GoldDocument], specs: Sequence[RelationSpec]
) -> dict[str, Any]:
    """Choose the regression over all signs and the review threshold on texts kept apart, and return
    what the manifest of the head in ``folder`` says of the second look."""
    manifest = read_manifest(ADAPTER, folder)
    head = EncoderWriteHead(folder, WriteHeadConfig(threshold=LOWEST), SharedEncoder())
    scoring, review = calibration.chosen(
        head, documents, specs, REVIEW_PRECISION, (*SIGNS, *LOOK_SIGNS)
    )
    manifest["look"]["scoring"], manifest["look"]["thresholds"]["review"] = scoring, review
    write_json(folder / "manifest.json", manifest)
    found: dict[str, Any] = manifest["look"]
    return found


def take_look(model: nn.Module, folder: Path, properties: Mapping[str, int]) -> None:
    """Put the second look in ``folder`` into a model that is to be trained on, its relations by
    their names; those that it lacks stay untrained. Its embeddings of words are not its own."""
    given = load_file(folder / LOOK_FILE)
    order = read_manifest(ADAPTER, folder)["relations"]
    own = torch.tensor([properties.get(name, -1) for name in order])
    state = model.state_dict()
    with torch.no_grad():
        for name, value in given.items():
            if name.endswith(SCALE) or name == "known":
                continue
            whole = value.float()
            if name + SCALE in given:
                whole = whole * given[name + SCALE].float()
            target = state[name.replace(LAYERS, BERT) if name.startswith(LAYERS) else name]
            if name in ("residual", "bias"):
                target[own[own >= 0]] = whole[own >= 0]
            else:
                target.copy_(whole)
