"""Calls of the protocol as tokens, the same for training, reading and measuring."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from worker.heads.causal.tokens import ProtocolIds, encode, name_ids, protocol_ids
from worker.protocol import TripleText, question_prompt
from worker.types import MemoryQuery

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class CallTokens:
    """Makes the tokens of calls with one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.ids: ProtocolIds = protocol_ids(tokenizer)
        self._name = lru_cache(100_000)(lambda name: tuple(name_ids(tokenizer, name)))

    def query_ids(self, queries: Sequence[MemoryQuery]) -> list[int]:
        """Return a MEM_READ up to where the results are awaited."""
        ids = [self.ids.read]
        for number, query in enumerate(queries):
            ids += [self.ids.between] * (number > 0)
            ids += self._name(query.subject) if query.subject else []
            ids += [self.ids.separator, *self._name(query.relation)]
            ids.append(self.ids.separator)
            ids += self._name(query.object) if query.object else []
        return [*ids, self.ids.wait]

    def result_ids(self, results: Sequence[str]) -> list[int]:
        """Return results and the end of the call that awaits them."""
        ids: list[int] = []
        for number, result in enumerate(results):
            ids += [self.ids.between] * (number > 0)
            ids += self._name(result)
        return [*ids, self.ids.end]

    def write_ids(self, triples: Sequence[TripleText]) -> list[int]:
        """Return a whole MEM_WRITE."""
        ids = [self.ids.write]
        for number, (subject, relation, object_) in enumerate(triples):
            ids += [self.ids.between] * (number > 0)
            ids += self._name(subject)
            ids += [self.ids.separator, *self._name(relation), self.ids.separator]
            ids += self._name(object_)
        return [*ids, self.ids.end]

    def start_ids(self) -> list[int]:
        """Return what every text begins with; nothing with some tokenizers."""
        start = self.tokenizer.bos_token_id
        return [] if start is None else [start]

    def question_ids(self, question: str) -> list[int]:
        """Return a question up to where its answer, or the first call, begins."""
        return encode(self.tokenizer, question_prompt(question))
