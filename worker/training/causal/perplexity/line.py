"""A sequence that a model reads piece by piece, with the states after each of its tokens."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from worker.heads.causal.choosing import Constraint, chosen


class Line:
    """Reads many tokens in one pass, which on a CPU takes hardly longer than one: a text up to
    its next call, or a whole call that somebody guessed. What it has read once stays at hand:
    others can go on from any place of it (``fork``), and ``states`` (T, D) are those of all tokens.
    """

    def __init__(self, model: Any, start: Sequence[int]) -> None:
        self._model = model
        self._cache = DynamicCache(config=model.config)
        self.states = torch.empty(0, model.config.hidden_size, device=model.device)
        self.feed(start)

    @property
    def length(self) -> int:
        """How many tokens were read."""
        return len(self.states)

    @property
    def logits(self) -> Tensor:
        """The logits (V,) after the last token."""
        return self.logits_of(self.states[-1:])[0]

    def fork(self, length: int) -> Line:
        """Return another line that begins with the first ``length`` tokens of this one."""
        made = copy.copy(self)
        made._cache = copy.copy(self._cache)
        # Reading on makes new tensors, so that both may look at the same old ones.
        made._cache.layers = [copy.copy(layer) for layer in self._cache.layers]
        made.rewind(length)
        return made

    @torch.inference_mode()
    def feed(self, ids: Sequence[int]) -> Tensor:
        """Read some tokens; return the states (N, D) after each."""
        states: Tensor = self._model.model(
            input_ids=torch.tensor([list(ids)], device=self._model.device),
            past_key_values=self._cache,
        ).last_hidden_state[0]
        self.states = torch.cat([self.states.to(states.dtype), states])
        return states

    @torch.inference_mode()
    def logits_of(self, states: Tensor) -> Tensor:
        """Return the logits (N, V) of states (N, D)."""
        logits: Tensor = self._model.get_output_embeddings()(states)
        return logits

    @torch.inference_mode()
    def beside(self, branches: Sequence[tuple[int, Sequence[int]]]) -> list[Tensor]:
        """Return the states (N, D) of tokens that go on from the first so many of this line, for
        each of some branches, of which nothing else sees anything. All are read in one pass."""
        ids = [id_ for _, some in branches for id_ in some]
        if not ids:
            return [self.states[:0] for _ in branches]
        left = torch.tensor([length for length, some in branches for _ in some])
        branch = torch.tensor([number for number, (_, some) in enumerate(branches) for _ in some])
        place = torch.tensor([at for _, some in branches for at in range(len(some))])
        trunk = torch.arange(self.length)[None, :] < left[:, None]
        order = torch.arange(len(ids))
        same = (branch[None, :] == branch[:, None]) & (order[None, :] <= order[:, None])
        device = self._model.device
        states: Tensor = self._model.model(
            input_ids=torch.tensor([ids], device=device),
            attention_mask=torch.cat([trunk, same], 1)[None, None].to(device),
            position_ids=(left + place)[None].to(device),
            past_key_values=self.fork(self.length)._cache,
        ).last_hidden_state[0]
        return list(states.split([len(some) for _, some in branches]))

    def rewind(self, length: int) -> None:
        """Forget all but the first ``length`` tokens."""
        if length < self.length:
            self._cache.crop(length - self.length)
            self.states = self.states[:length]

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
        if unread or ahead:
            self.feed([*unread, *ahead])
            unread.clear()
        for number, logits in enumerate(self.logits_of(self.states[begin - 1 :])):
            if constraint.done:
                self.rewind(begin + number)
                return
            token = chosen(logits, constraint)
            if number < len(ahead) and token == ahead[number]:
                made.append(token)
                constraint.advance(token)
                continue
            self.rewind(begin + number)
            self._take(token, constraint, made, unread)
            return

    @staticmethod
    def _take(token: int, constraint: Constraint, made: list[int], unread: list[int]) -> None:
        constraint.advance(token)
        made.append(token)
        unread.append(token)
