"""The sentence embedder: the plain shared encoder, mean pooled and normalised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from worker.heads.encoder.base import DIMENSION, encoder


class MiniLMEmbedder:
    """all-MiniLM-L6-v2 embeddings, 384 numbers of length 1."""

    name = "all-MiniLM-L6-v2"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return ``(len(texts), 384)`` float32 rows of length 1; no texts give no rows."""
        vectors: npt.NDArray[np.float32] = encoder().embed(texts).numpy()
        return vectors
