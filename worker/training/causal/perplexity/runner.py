"""A base, an adapter and some documents, ready to be scored."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from worker.heads.causal import adapters
from worker.heads.causal import base as bases
from worker.heads.causal.adapters import AdapterMissing, AdapterOfAnotherBase, DamagedAdapter
from worker.heads.causal.base import Base, BaseMissing, UnfitBase
from worker.heads.causal.tokens import RowsOfAnotherBase, load_rows
from worker.training.causal.model import Trainee
from worker.training.causal.perplexity import several
from worker.training.causal.perplexity.asking import ConstrainedAsks
from worker.training.causal.perplexity.calls import LONGEST_CALL
from worker.training.causal.perplexity.documents import DocumentScorer, Models, Row
from worker.training.causal.perplexity.passes import Passes
from worker.training.causal.perplexity.reads import Memories
from worker.training.causal.perplexity.texts import ScoredText, scored_text
from worker.training.causal.read_points import fill
from worker.training.causal.sequences import Composer
from worker.training.redocred import GoldDocument

CHECKPOINT = "checkpoint.pt"
TOGETHER = 8  # documents that are under way, so that a pass reads of all of them
_LAYER = re.compile(r"\.layers\.(\d+)\.")


class NoAdapter(ValueError):
    """There is no adapter in a folder."""


class WindowTooSmall(ValueError):
    """The window holds no text beside a call."""


REFUSED = (
    AdapterMissing, AdapterOfAnotherBase, DamagedAdapter, NoAdapter, WindowTooSmall, BaseMissing,
    UnfitBase, RowsOfAnotherBase,
)  # fmt: skip


class Runner:
    """Scores documents by their number. ``relations`` has the names of relations, by what the
    documents call them. Raises one of ``REFUSED``."""

    def __init__(
        self,
        base: str,
        adapter: Path | None,
        documents: Sequence[GoldDocument],
        relations: Mapping[str, str],
        *,
        window: int,
        seed: int,
    ) -> None:
        if window < 2 * LONGEST_CALL:
            raise WindowTooSmall(f"The window is at least {2 * LONGEST_CALL} tokens.")
        loaded, adapted, self.adapter = with_adapter(base, adapter)
        plain = loaded.model
        longest = getattr(plain.config, "max_position_embeddings", window)
        self.window = min(window, longest)
        self.base_hash = loaded.hash
        self.said = (
            f"{loaded.placement.device}, {loaded.placement.dtype}: {loaded.placement.reason}"
        )
        composer = Composer(loaded.tokenizer)
        asks = ConstrainedAsks(composer, sorted(set(relations.values())))
        self._models = Models(Passes(plain), Passes(adapted), composer, asks, self.window)
        memory = fill(documents, relations)
        self._texts: list[ScoredText] = [
            scored_text(d, composer, memory, relations, self.window // 2) for d in documents
        ]
        self._pool = [place for text in self._texts for place in text.places]
        self._seed = seed

    def rows(
        self, numbers: Iterable[int], memories_of: Callable[[int], Memories]
    ) -> Iterator[tuple[int, Row]]:
        """Yield documents with their sums and counts as they are done; see ``several``."""
        yield from several.rows(numbers, self._document, memories_of, TOGETHER)

    def _document(self, number: int, memories: Memories) -> Row:
        scorer = DocumentScorer(self._models, memories, self._pool, self._seed)
        return scorer.document(self._texts[number])


def with_adapter(base: str, folder: Path | None) -> tuple[Base, Any, str]:
    """Return a base, a model of it with an adapter merged into it, and what the adapter is called.

    ``folder`` has the adapters of a base (None: those shipped), or one adapter, with the rows of
    the protocol's tokens one folder above; or a run's ``checkpoint.pt``. Raises one of
    ``REFUSED``.
    """
    if folder is not None and (folder / CHECKPOINT).is_file():
        return _with_checkpoint(bases.load(base), folder)
    head = "read"
    if folder is not None and (folder / adapters.CONFIG).is_file():
        folder, head = folder.absolute().parent, folder.absolute().name
    loaded = adapters.load_head(base, head, folder)
    return loaded.base, loaded.model, f"{head} {loaded.version}"


def _with_checkpoint(base: Base, folder: Path) -> tuple[Base, Any, str]:
    plain = replace(base, model=copy.deepcopy(base.model))
    for place in (folder, folder.parent):
        if (place / adapters.ROWS).is_file():
            load_rows(base.model, base.ids, place / adapters.ROWS)
            break
    path = folder / CHECKPOINT
    state = torch.load(path, weights_only=False, map_location="cpu")
    weights = state["weights"]
    config = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    layers = [int(found[1]) for name in weights if (found := _LAYER.search(name))]
    trainee = Trainee(
        base, rank=config["rank"], alpha=config["alpha"], rows="input_rows" in weights,
        first_layer=min(layers, default=0),
    )  # fmt: skip
    learnt = trainee.trainable()
    if {n: p.shape for n, p in learnt.items()} != {n: w.shape for n, w in weights.items()}:
        raise NoAdapter(f"The adapter in {folder} is one of another base.")
    with torch.no_grad():
        for name, parameter in learnt.items():
            parameter.copy_(weights[name])
    trainee.put_rows_back()
    digest = adapters.file_hash(path)[:12]
    called = f"{folder.name} checkpoint, {state['seen']:,} tokens seen, {digest}"
    return plain, trainee.peft.merge_and_unload().eval(), called
