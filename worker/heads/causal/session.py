"""One sequence that is fed, continued and rewound, as reading needs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from worker.heads.causal.choosing import Chance, Constraint, chosen, log_shares
from worker.heads.causal.limits import ContextTooLong

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


class EndlessSession:
    """A session whose oldest tokens leave where the window has no room for more.

    ``length`` counts what has left too, so that it can be rewound as any other. The first token of
    a sequence stays, since models attend to it whatever it is (Xiao et al. 2023,
    arXiv 2309.17453). A quarter of the window is made free at once: what stays is computed anew.
    """

    def __init__(self, begin: Callable[[Sequence[int]], Session], ids: Sequence[int]) -> None:
        self._begin = begin
        self.left_out = 0  # tokens that the model sees no more
        try:
            self._session = begin(ids)
        except ContextTooLong as error:
            self._leave(ids, error.window)

    @property
    def length(self) -> int:
        """The number of tokens, those that have left counted."""
        return self._session.length + self.left_out

    @property
    def logits(self) -> Tensor:
        """The logits (V,) of the next token."""
        return self._session.logits

    def feed(self, ids: Sequence[int]) -> None:
        """Append tokens. Raises ContextTooLong where these alone fill three quarters of the
        window."""
        try:
            self._session.feed(ids)
        except ContextTooLong as error:
            if len(ids) >= _kept(error.window):
                raise
            self._leave([*self._session.ids, *ids], error.window)

    def rewind(self, length: int) -> None:
        """Forget all tokens from ``length`` on, which may be none of those that have left."""
        self._session.rewind(length - self.left_out)

    def _leave(self, ids: Sequence[int], window: int) -> None:
        left = len(ids) - _kept(window)
        self._session = self._begin([*ids[:1], *ids[1 + left :]])
        self.left_out += left


def _kept(window: int) -> int:
    return window * 3 // 4
