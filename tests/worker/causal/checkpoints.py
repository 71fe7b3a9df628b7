"""Checkpoints of runs that learnt at random, and what is published from them."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from worker.heads.causal import base as bases
from worker.training.causal.model import Trainee
from worker.training.causal.publish import publish

SETTINGS = {"head": "read", "rank": 4, "alpha": 8, "dropout": 0.0, "seed": 7, "data": []}


def checkpoint(folder: Path, base_name: str, *, rows: bool = False, seed: int = 1) -> Path:
    """Write what a run leaves, with random weights."""
    model = Trainee(bases.load(base_name), rank=4, alpha=8, rows=rows)
    torch.manual_seed(seed)
    weights = {n: torch.randn_like(p) * 0.1 for n, p in model.trainable().items()}
    folder.mkdir(parents=True, exist_ok=True)
    state = {"weights": weights, "step": 3, "seen": 90, "elapsed": 60.0, "losses": [2.0, 1.0]}
    torch.save(state, folder / "checkpoint.pt")
    (folder / "run.json").write_text(json.dumps(SETTINGS))
    return folder / "checkpoint.pt"


def published(folder: Path, base_name: str, seed: int = 1) -> Path:
    """Publish random adapters for both heads and return their folder."""
    tokens = checkpoint(folder / "tokens", base_name, rows=True, seed=seed)
    heads = {
        head: checkpoint(folder / head, base_name, seed=seed + number)
        for number, head in enumerate(("read", "write"), 1)
    }
    publish(heads, tokens, folder / "shipped", base_name=base_name)
    return folder / "shipped"
