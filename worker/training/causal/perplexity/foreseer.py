"""How well a base and its reading adapter foresee a document, with a memory and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from worker.heads.causal.base import Base
from worker.heads.causal.limits import memory as limited
from worker.stopping import wanted
from worker.training.causal.perplexity.asking import ConstrainedAsks
from worker.training.causal.perplexity.calls import LONGEST_CALL
from worker.training.causal.perplexity.documents import DocumentScorer, Models, Row
from worker.training.causal.perplexity.passes import Passes
from worker.training.causal.perplexity.reads import Read
from worker.training.causal.perplexity.runner import WindowTooSmall, with_adapter
from worker.training.causal.perplexity.texts import ScoredText, scored_text
from worker.training.causal.read_points import fill
from worker.training.causal.sequences import Composer
from worker.training.causal.spacing import spaced
from worker.training.redocred import GoldDocument
from worker.types import MemoryQuery

WINDOW = 2048  # tokens that the model sees at once


class Foreseer:
    """Scores one document after the other, each by itself: no other one says what a right query
    brings. Raises what ``with_adapter`` raises, and WindowTooSmall."""

    name = "causal"

    def __init__(self, base: str, folder: Path | None = None) -> None:
        """Load the base of that name with its reading adapter, by default the shipped one."""
        loaded, self._adapted, called = with_adapter(base, folder)
        self._base: Base = loaded
        longest = getattr(loaded.model.config, "max_position_embeddings", WINDOW)
        self._window = min(WINDOW, longest)
        if self._window < 2 * LONGEST_CALL:
            raise WindowTooSmall(f"This language model sees {self._window} tokens at once.")
        self._composer = Composer(loaded.tokenizer)
        self._models: tuple[tuple[str, ...], Models] | None = None
        self.version = f"{loaded.hash[:12]}, {called}"
        self.hashes = {"base": loaded.hash}

    def foresee(
        self, document: GoldDocument, relations: Mapping[str, str], read: Read | None
    ) -> Row:
        """Return the sums and counts of a document. ``relations`` has the names of relations, by
        what the document calls them; nothing to ``read`` is an empty memory."""

        def asked(query: MemoryQuery) -> Sequence[str]:
            wanted()  # or whoever asked wants it no more
            return read(query) if read else ()

        memories = {"memory": asked if read else None}
        scorer = DocumentScorer(self._with(relations), memories, None, 0)
        with limited():
            return scorer.document(self._text(document, relations))

    def controls(
        self,
        document: GoldDocument,
        relations: Mapping[str, str],
        others: Sequence[GoldDocument],
        seed: int,
    ) -> Row:
        """Return TARGET of a document with reading switched off, with the answers of facts of
        ``others``, and with none."""
        pool = [place for one in others for place in self._text(one, relations).places]
        scorer = DocumentScorer(self._with(relations), {}, pool, seed)
        with limited():
            return scorer.controls(self._text(document, relations))

    def _text(self, document: GoldDocument, relations: Mapping[str, str]) -> ScoredText:
        document = spaced(document)
        known = fill([document], relations)
        return scored_text(document, self._composer, known, relations, self._window // 2)

    def _with(self, relations: Mapping[str, str]) -> Models:
        names = tuple(sorted(set(relations.values())))
        if self._models is None or self._models[0] != names:
            asks = ConstrainedAsks(self._composer, names)
            plain, adapted = Passes(self._base.model), Passes(self._adapted)
            self._models = names, Models(plain, adapted, self._composer, asks, self._window)
        return self._models[1]
