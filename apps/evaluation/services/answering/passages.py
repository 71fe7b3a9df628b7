"""The passages of a space's documents that are nearest to a question: text retrieval as users know
it, by cosine over the vectors of the embedder.

The vectors are kept by the process that made them, and nowhere else: nothing of them has to be
erased with a document, and a worker that starts anew makes them anew.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from apps.accounts.models import Space
from apps.evaluation.services.answering.given import NotReadyYet
from apps.sources.models import Passage
from worker.interfaces import Embedder
from worker.stopping import wanted

MOST: Final = 20_000  # passages of a space, the newest
AT_ONCE: Final = 16
SECONDS: Final = 1.0  # for which passages are embedded before people's questions are looked for
_vectors: dict[tuple[str, int], npt.NDArray[np.float16]] = {}


class Passages:
    """The passages of a space that were there at a moment, and are not erased."""

    def __init__(self, space: Space, known_at: datetime, embedder: Embedder) -> None:
        self._embedder = embedder
        rows = passages_of(space, known_at).order_by("-pk")
        self._ids: list[int] = list(rows.values_list("pk", flat=True)[:MOST])
        self._table: npt.NDArray[np.float32] | None = None

    def nearest(self, question: str, most: int) -> list[Passage]:
        """Return the passages nearest to a question, the nearest first. Raises NotReadyYet while
        not all have their vectors."""
        if not self._ids:
            return []
        scores = self._ready() @ np.asarray(self._embedder.embed([question]))[0]
        order = np.argsort(-scores, kind="stable")[:most].tolist()
        wanted_ids = [self._ids[at] for at in order]
        found = Passage.objects.in_bulk(wanted_ids)
        return [found[pk] for pk in wanted_ids if pk in found and found[pk].text]

    def _ready(self) -> npt.NDArray[np.float32]:
        if self._table is None:
            self._embed_some()
            name = self._embedder.name
            rows = [_vectors[name, pk] for pk in self._ids]
            self._table = np.stack(rows).astype(np.float32)
        return self._table

    def _embed_some(self) -> None:
        until = time.monotonic() + SECONDS
        name = self._embedder.name
        left = [pk for pk in self._ids if (name, pk) not in _vectors]
        for first in range(0, len(left), AT_ONCE):
            if first and time.monotonic() > until:
                raise NotReadyYet
            wanted()
            texts = Passage.objects.in_bulk(left[first : first + AT_ONCE])
            vectors = self._embedder.embed([one.text for one in texts.values()])
            for pk, vector in zip(texts, np.asarray(vectors), strict=True):
                _vectors[name, pk] = vector.astype(np.float16)
            for pk in left[first : first + AT_ONCE]:  # a passage that went meanwhile
                _vectors.setdefault((name, pk), np.zeros(self._embedder.dimension, np.float16))


def passages_of(space: Space, known_at: datetime) -> QuerySet[Passage]:
    """Return the passages of a space that were there at a moment, and are not erased."""
    return Passage.objects.filter(
        document__space=space, document__erased_at=None, document__created_at__lte=known_at
    )
