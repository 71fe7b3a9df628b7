"""A session whose model says what a test has written down, to try what stands around it."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tests.worker.causal import tiny
from worker.heads.causal.adapters import LoadedHead
from worker.heads.causal.calls import CallTokens
from worker.heads.causal.tokens import encode
from worker.types import MemoryQuery

BASE = tiny.base()
TOKENIZER, IDS = BASE.tokenizer, BASE.ids
TOKENS = CallTokens(TOKENIZER)
HEAD = LoadedHead(BASE, BASE.model, {}, "tiny")


class Said:
    """What is left to say goes on after a call that is taken back."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.waiting = list(ids)
        self.seen = [0]

    @property
    def length(self) -> int:
        return len(self.seen)

    @property
    def logits(self) -> torch.Tensor:
        scores = torch.zeros(max(IDS.own) + 1)
        if self.waiting:
            scores[self.waiting[0]] = 1.0
        return scores

    def feed(self, ids: Sequence[int]) -> None:
        self.seen += ids
        if self.waiting and list(ids) == self.waiting[:1]:
            self.waiting.pop(0)

    def rewind(self, length: int) -> None:
        del self.seen[length:]


def text_ids(text: str) -> list[int]:
    return encode(TOKENIZER, text)


def call_ids(*queries: MemoryQuery) -> list[int]:
    return TOKENS.query_ids(queries)


def write_ids(*triples: tuple[str, str, str]) -> list[int]:
    return TOKENS.write_ids(triples)[1:]
