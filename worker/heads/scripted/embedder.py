"""An embedder that needs no model: hashed character trigrams."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np

from worker.interfaces import Vectors


class ScriptedEmbedder:
    """Hashes the character trigrams of a text into 384 counts and scales them to length 1.

    Strings that share spelling are near each other, so search and resolution behave as with a
    trained model, only without meaning: "Warsaw" is near "Warsaw, Poland" and far from "Varsovie".
    """

    name = "scripted-trigrams-1"
    dimension = 384

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return ``(len(texts), 384)`` float32 rows of length 1, the same on every machine."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for trigram in _trigrams(text):
                row[zlib.crc32(trigram.encode("utf-8", "surrogatepass")) % self.dimension] += 1.0
            row /= np.linalg.norm(row)
        return rows


def _trigrams(text: str) -> list[str]:
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    padded = f"  {folded} "
    return [padded[start : start + 3] for start in range(len(padded) - 2)]
