"""The queries of a call, as the read head writes them: copied from what was read so far."""

from __future__ import annotations

from collections.abc import Sequence

from worker.heads.causal.constraint import CopyText, ReadConstraint, RelationTrie, Vocabulary
from worker.training.causal.perplexity.line import Guess, Line
from worker.training.causal.sequences import Composer
from worker.types import MemoryQuery


class ConstrainedAsks:
    """Writes queries under the constraint of the read head: names that stand before the call, and
    relations of the memory."""

    def __init__(self, composer: Composer, relations: Sequence[str]) -> None:
        self._read = composer.ids.read
        self._vocabulary = Vocabulary(composer.tokenizer, composer.ids)
        self._relations = RelationTrie(self._vocabulary, relations)

    def __call__(
        self, line: Line, before: str, results: Sequence[str], guess: Guess
    ) -> tuple[list[int], tuple[MemoryQuery, ...]]:
        """See ``calls.Asks``."""
        texts = [CopyText(self._vocabulary, text) for text in (before, *results)]
        constraint = ReadConstraint(texts, self._relations)
        line.feed([self._read])
        made = line.generate(constraint, guess)
        if made is None:
            return [self._read], ()
        return [self._read, *made], tuple(constraint.queries)
