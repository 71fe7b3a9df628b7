"""What a causal head is trained on: a text and its calls as one sequence of tokens.

A **read** sequence is a plain text in which each call stands where its result is needed, with
what was read; what follows sees all of it. A **write** sequence is a tree: the text is the trunk,
and after each sentence a call branches off that sees the text so far and itself. So the trunk has
the same states with and without calls, all calls of a passage can be decoded side by side over
one prefix, and any server of language models makes one call from the plain text before it.

The loss is over calls (all of them, their end included) and, in read sequences, over the text;
never over results, which the memory writes and not the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from worker.heads.causal.calls import CallTokens
from worker.heads.causal.tokens import encode, encode_with_offsets
from worker.protocol import TripleText
from worker.types import MemoryQuery

TEXT, TARGET, ENTITY, CALL, RESULT, PROMPT = range(6)  # what a token is


@dataclass
class TokenTree:
    """Token by token: ids, what it is, the weight of its loss, the branch that it stands in (0 is
    the trunk) and the number of tokens before it that it may see in the trunk."""

    ids: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    trunk: int = 0  # how many of them stand in it

    def __len__(self) -> int:
        return len(self.ids)

    def add(
        self, ids: Sequence[int], kind: int, weight: float, branch: int = 0, position: int = -1
    ) -> None:
        """Append tokens; ``position`` is that of the first, by default the next in the trunk."""
        at = position if position >= 0 else self.trunk
        self.trunk += 0 if branch else len(ids)
        self.ids += ids
        self.kinds += [kind] * len(ids)
        self.weights += [weight] * len(ids)
        self.branches += [branch] * len(ids)
        self.positions += range(at, at + len(ids))

    def cut(self, length: int) -> TokenTree:
        """Return the first tokens of it."""
        return TokenTree(
            self.ids[:length],
            self.kinds[:length],
            self.weights[:length],
            self.branches[:length],
            self.positions[:length],
            min(length, self.trunk),
        )

    def left(self) -> list[int]:
        """Return of each token how many of the trunk it may see.

        A branch's position counts on from the trunk's token that it left, so what it sees of the
        trunk is what stands before its own first position.
        """
        first: dict[int, int] = {}
        for p, b in zip(self.positions, self.branches, strict=True):
            first.setdefault(b, p)
        return [first[b] if b else p + 1 for b, p in
                zip(self.branches, self.positions, strict=True)]  # fmt: skip

    def seen(self) -> Tensor:
        """Return (T, T), true where the token of a row sees that of a column."""
        rows = (self.positions, self.branches, self.left())
        return seen(*(torch.tensor(row)[None] for row in rows))[0]


def seen(positions: Tensor, branches: Tensor, left: Tensor) -> Tensor:
    """Return (B, T, T), true where the token of a row sees that of a column, by (B, T) of each: its
    position, its branch, and how many tokens of the trunk it may see."""
    order = torch.arange(positions.shape[1], device=positions.device)
    before = order[None, :] <= order[:, None]
    trunk = (branches == 0)[:, None] & (positions[:, None] < left[:, :, None])
    same = (branches[:, None] == branches[:, :, None]) & (branches > 0)[:, :, None]
    return before & (trunk | same)


class Composer(CallTokens):
    """Makes sequences with one tokenizer."""

    def write(self, text: str, calls: Sequence[tuple[int, Sequence[TripleText]]]) -> TokenTree:
        """Return a text with a call at each given offset, in order; the calls alone are learnt."""
        ids, offsets = encode_with_offsets(self.tokenizer, text)
        made = TokenTree()
        start = self.start_ids()
        made.add(start + ids, TEXT, 0.0)
        for branch, (at, triples) in enumerate(calls, 1):
            seen = len(start) + sum(end <= at for _, end in offsets)
            call = self.write_ids(triples)
            made.add(call[:1], CALL, 0.0, branch, seen)
            made.add(call[1:], CALL, 1.0, branch, seen + 1)
        return made

    def read(
        self,
        text: str,
        calls: Sequence[tuple[int, Sequence[MemoryQuery], Sequence[str]]],
        targets: Sequence[tuple[int, int]] = (),
        entities: Sequence[tuple[int, int]] = (),
        *,
        target_weight: float = 2.0,
        call_weight: float = 2.0,
    ) -> TokenTree:
        """Return a text with a call and its results before each given offset, in order.

        ``targets`` and ``entities`` are ranges of characters whose tokens are told apart.
        """
        ids, offsets = encode_with_offsets(self.tokenizer, text)
        made = TokenTree()
        made.add(self.start_ids(), TEXT, 0.0)
        waiting = list(calls)
        for id_, (start, end) in zip(ids, offsets, strict=True):
            while waiting and waiting[0][0] < end:
                _, queries, results = waiting.pop(0)
                made.add(self.query_ids(queries), CALL, call_weight)
                made.add(self.result_ids(results), RESULT, 0.0)
            kind = _kind(start, end, targets, entities)
            made.add([id_], kind, target_weight if kind == TARGET else 1.0)
        return made

    def answer(
        self,
        question: str,
        calls: Sequence[tuple[Sequence[MemoryQuery], Sequence[str]]],
        answer: str,
    ) -> TokenTree:
        """Return a question, its calls in order, and the answer."""
        made = TokenTree()
        made.add(self.start_ids() + self.question_ids(question), PROMPT, 0.0)
        for queries, results in calls:
            made.add(self.query_ids(queries), CALL, 2.0)
            made.add(self.result_ids(results), RESULT, 0.0)
        made.add(encode(self.tokenizer, f" {answer}"), TARGET, 2.0)
        made.add([self.ids.stop], TEXT, 1.0)
        return made


def _kind(
    start: int, end: int, targets: Sequence[tuple[int, int]], entities: Sequence[tuple[int, int]]
) -> int:
    # A token begins with the blank before its word, so its end decides.
    if any(a < end <= b for a, b in targets):
        return TARGET
    return ENTITY if any(a < end <= b for a, b in entities) else TEXT
