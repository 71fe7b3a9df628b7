"""A sequence that a model reads piece by piece, with the chances of what follows each token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from worker.heads.causal.choosing import Constraint, chosen


class Line:
    """Reads many tokens in one pass, which on a CPU takes hardly longer than one: a text up to
    its next call, or a whole call that somebody guessed."""

    def __init__(self, model: Any, start: Sequence[int]) -> None:
        self._model = model
        self._cache = DynamicCache(config=model.config)
        self.logits = self.feed(start)[-1]

    @property
    def length(self) -> int:
        """How many tokens were read."""
        return int(self._cache.get_seq_length())

    @torch.inference_mode()
    def feed(self, ids: Sequence[int]) -> Tensor:
        """Read some tokens; return the logits (N, V) after each, of which the last are kept."""
        logits: Tensor = self._model(
            input_ids=torch.tensor([list(ids)], device=self._model.device),
            past_key_values=self._cache,
        ).logits[0]
        self.logits = logits[-1]
        return logits

    def rewind(self, length: int, logits: Tensor) -> None:
        """Forget all but the first ``length`` tokens; ``logits`` (V,) were those after them."""
        if length < self.length:
            self._cache.crop(length - self.length)
        self.logits = logits

    def generate(
        self, constraint: Constraint, guess: Sequence[int] = (), limit: int = 128
    ) -> list[int] | None:
        """Choose tokens until the constraint is done, the best allowed one each time; return
        them, None where there is no end within the limit.

        What a constraint leaves no choice about, and what is guessed, is read in one pass; a
        wrong guess changes nothing but the time.
        """
        made: list[int] = []
        unread: list[int] = []
        while not constraint.done:
            if len(made) >= limit:
                return None
            only = constraint.allowed()
            if len(only) == 1:
                self._take(int(only[0]), constraint, made, unread)
                continue
            right = list(guess[: len(made)]) == made
            ahead = list(guess[len(made) : -1]) if right else []
            self._choose(constraint, made, unread, ahead)
        if unread:
            self.feed(unread)
        return made

    def _choose(
        self, constraint: Constraint, made: list[int], unread: list[int], ahead: list[int]
    ) -> None:
        """Take the next token and, as far as they are what comes, those that are ahead."""
        begin = self.length + len(unread)
        rows = self.logits[None]
        if unread or ahead:
            read = self.feed([*unread, *ahead])
            rows = read[len(unread) - 1 :] if unread else torch.cat([rows, read])
            unread.clear()
        for number, logits in enumerate(rows):
            if constraint.done:
                self.rewind(begin + number, rows[number])
                return
            token = chosen(logits, constraint)
            if number < len(ahead) and token == ahead[number]:
                made.append(token)
                constraint.advance(token)
                continue
            self.rewind(begin + number, logits)
            self._take(token, constraint, made, unread)
            return

    @staticmethod
    def _take(token: int, constraint: Constraint, made: list[int], unread: list[int]) -> None:
        constraint.advance(token)
        made.append(token)
        unread.append(token)
