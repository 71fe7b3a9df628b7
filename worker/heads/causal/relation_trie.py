"""The relations that a call may name, as paths of tokens."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from worker import protocol
from worker.heads.causal.tokens import name_ids
from worker.heads.causal.vocabulary import BARRIER, Vocabulary


class RelationTrie:
    """Relations by their tokens, made once for a set of relations.

    A relation has the tokens of its escaped name after a blank, as in training. Where these do
    not spell it (a tokenizer may compose letters), it has the longest tokens that do. Of two that
    are called the same the first one counts. Raises UnfitVocabulary where a relation cannot be
    written at all.
    """

    def __init__(self, vocabulary: Vocabulary, relations: Sequence[str]) -> None:
        self.vocabulary = vocabulary
        self.relations = tuple(relations)
        self.root = RelationState()
        for index, name in enumerate(self.relations):
            self.root.add(_path(vocabulary, name), index)


class RelationState:
    """What has been written of a relation. ``relation`` is the index of the one that may end."""

    __slots__ = ("_tokens", "after", "relation")

    def __init__(self) -> None:
        self.after: dict[int, RelationState] = {}
        self.relation: int | None = None
        self._tokens: Tensor | None = None

    def add(self, path: Sequence[int], index: int) -> None:
        """Add a path that ends in a relation."""
        state = self
        for token in path:
            state = state.after.setdefault(token, RelationState())
        if state.relation is None:
            state.relation = index

    def tokens(self) -> Tensor:
        """Return the tokens that go on: (N,)."""
        if self._tokens is None:
            self._tokens = torch.tensor(list(self.after), dtype=torch.long)
        return self._tokens


def _path(vocabulary: Vocabulary, name: str) -> list[int]:
    text = " " + protocol.escape(name)
    path = name_ids(vocabulary.tokenizer, name)
    spelt = b"".join(vocabulary.bytes_of.get(token, bytes([BARRIER])) for token in path)
    return path if spelt == text.encode() else vocabulary.path(text)
