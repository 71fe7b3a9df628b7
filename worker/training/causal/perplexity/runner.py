"""A base, an adapter and some documents, ready to be scored."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from worker.heads.causal import base as bases
from worker.heads.causal.base import Base, BaseMissing, UnfitBase
from worker.heads.causal.tokens import RowsOfAnotherBase, load_rows
from worker.training.causal.model import Trainee
from worker.training.causal.perplexity.asking import ConstrainedAsks
from worker.training.causal.perplexity.calls import LONGEST_CALL, Read
from worker.training.causal.perplexity.documents import DocumentScorer, Models, Row
from worker.training.causal.perplexity.texts import ScoredText, scored_text
from worker.training.causal.read_points import fill
from worker.training.causal.sequences import Composer
from worker.training.redocred import GoldDocument

_LAYER = re.compile(r"\.layers\.(\d+)\.")


class NoAdapter(ValueError):
    """There is no adapter in a folder."""


class WindowTooSmall(ValueError):
    """The window holds no text beside a call."""


REFUSED = (NoAdapter, WindowTooSmall, BaseMissing, UnfitBase, RowsOfAnotherBase)


class Runner:
    """Scores documents by their number. ``relations`` has the names of relations, by what the
    documents call them. Raises one of ``REFUSED``."""

    def __init__(
        self,
        base: str,
        adapter: Path,
        documents: Sequence[GoldDocument],
        relations: Mapping[str, str],
        *,
        window: int,
        seed: int,
    ) -> None:
        if window < 2 * LONGEST_CALL:
            raise WindowTooSmall(f"The window is at least {2 * LONGEST_CALL} tokens.")
        loaded = bases.load(base)
        longest = getattr(loaded.model.config, "max_position_embeddings", window)
        self.window = min(window, longest)
        plain = copy.deepcopy(loaded.model)
        adapted, self.adapter = with_adapter(loaded, adapter)
        self.base_hash = loaded.hash
        self.said = (
            f"{loaded.placement.device}, {loaded.placement.dtype}: {loaded.placement.reason}"
        )
        composer = Composer(loaded.tokenizer)
        asks = ConstrainedAsks(composer, sorted(set(relations.values())))
        self._models = Models(plain, adapted, composer, asks, self.window)
        memory = fill(documents, relations)
        self._texts: list[ScoredText] = [
            scored_text(d, composer, memory, relations, self.window // 2) for d in documents
        ]
        self._pool = [place for text in self._texts for place in text.places]
        self._seed = seed

    def document(self, number: int, memories: Mapping[str, Read | None]) -> Row:
        """Return the sums and counts of a document."""
        scorer = DocumentScorer(self._models, memories, self._pool, self._seed)
        return scorer.document(self._texts[number])


def with_adapter(base: Base, folder: Path) -> tuple[Any, str]:
    """Return a base with an adapter merged into it, and what the adapter is called.

    ``folder`` has a run's ``checkpoint.pt``. Raises NoAdapter.
    """
    checkpoint = folder / "checkpoint.pt"
    if not checkpoint.is_file():
        raise NoAdapter(f"There is no adapter in {folder}.")
    for place in (folder, folder.parent):
        if (place / "tokens.safetensors").is_file():
            load_rows(base.model, base.ids, place / "tokens.safetensors")
            break
    state = torch.load(checkpoint, weights_only=False, map_location="cpu")
    weights = state["weights"]
    config = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    layers = [int(found[1]) for name in weights if (found := _LAYER.search(name))]
    upper: Any = {"first_layer": min(layers)} if min(layers, default=0) else {}
    trainee = Trainee(
        base, rank=config["rank"], alpha=config["alpha"], rows="input_rows" in weights, **upper
    )
    learnt = trainee.trainable()
    if {n: p.shape for n, p in learnt.items()} != {n: w.shape for n, w in weights.items()}:
        raise NoAdapter(f"The adapter in {folder} is one of another base.")
    with torch.no_grad():
        for name, parameter in learnt.items():
            parameter.copy_(weights[name])
    trainee.put_rows_back()
    name = f"{folder.name} checkpoint, {state['seen']:,} tokens seen"
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()[:12]
    return trainee.peft.merge_and_unload().eval(), f"{name}, {digest}"
