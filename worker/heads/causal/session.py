"""One sequence that is fed, continued and rewound, as reading needs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from worker.heads.causal.choosing import Chance, Constraint, chosen, log_shares

if TYPE_CHECKING:
    from worker.heads.causal.decoding import Decoder


class Session:
    """A sequence of tokens and the model's state after it. A token is computed only when the
    next one is asked for: what is taken back at once has cost nothing."""

    def __init__(self, decoder: Decoder, ids: Sequence[int], adapter: str | None = None) -> None:
        self._decoder = decoder
        self._more = decoder.more([0], [adapter] if adapter else None)
        self._rows = decoder.rows([0])
        self._before = self._rows.length
        self._logits: Tensor | None = None
        self.ids: list[int] = []
        self.logprob = 0.0  # of the token that was chosen last
        self.feed(ids)

    @property
    def length(self) -> int:
        """The number of tokens, without a past from outside."""
        return len(self.ids)

    @property
    def _computed(self) -> int:
        return self._rows.length - self._before

    def feed(self, ids: Sequence[int]) -> None:
        """Append tokens. Raises ContextTooLong and leaves the sequence as it is."""
        self._decoder.room(len(self.ids) + len(ids))
        self.ids += ids

    @property
    @torch.no_grad()
    def logits(self) -> Tensor:
        """The logits (V,) of the next token."""
        if not self.ids:
            raise ValueError("a sequence begins with at least one token")
        if self._computed < self.length or self._logits is None:
            self._logits = self._rows.feed([self.ids[self._computed :]], **self._more)[0]
        return self._logits

    def step(
        self,
        constraint: Constraint | None = None,
        *,
        banned: Collection[int] = (),
        chance: Chance | None = None,
    ) -> int:
        """Choose the next token, append it and tell a constraint; return it."""
        logits = self.logits
        token = chosen(logits, constraint, chance, banned)
        self.feed([token])
        self.logprob = log_shares(logits.unsqueeze(0), [token])[0]
        if constraint is not None:
            constraint.advance(token)
        return token

    def rewind(self, length: int) -> None:
        """Forget all tokens from ``length`` on."""
        if not 0 < length <= self.length:
            raise ValueError(f"a sequence of {self.length} tokens has no first {length}")
        self.ids = self.ids[:length]
        if self._computed > length:  # the last token's logits are gone: it is computed again
            self._rows.rewind(self._before + length - 1)
            self._logits = None
