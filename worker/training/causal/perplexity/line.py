"""A sequence that a model reads piece by piece, with the states after each of its tokens."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from worker.heads.causal.choosing import Constraint, chosen

Guess = Callable[[Sequence[int]], Sequence[int]]  # from tokens that were made, those to come


def nothing(made: Sequence[int]) -> Sequence[int]:
    """Guess nothing."""
    return ()


class Line:
    """Reads many tokens in one pass, which on a CPU takes hardly longer than one: the results of
    a call with the text up to the next one, or a whole call that somebody guessed. So what it is
    fed waits until somebody looks at its states. What it has read once stays at hand: others can
    go on from any place of it (``fork``).
    """

    def __init__(self, model: Any, start: Sequence[int]) -> None:
        self._model = model
        self._cache = DynamicCache(config=model.config)
        self._states = torch.empty(0, model.config.hidden_size, device=model.device)
        self._unread = list(start)

    @property
    def length(self) -> int:
        """How many tokens it was fed and has not forgotten."""
        return len(self._states) + len(self._unread)

    @property
    def states(self) -> Tensor:
        """The states (T, D) after all tokens."""
        if self._unread:
            self._read()
        return self._states

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
        made._unread = list(self._unread)
        made.rewind(length)
        return made

    def feed(self, ids: Sequence[int]) -> None:
        """Go on by some tokens."""
        self._unread += ids

    @torch.inference_mode()
    def _read(self) -> None:
        states: Tensor = self._model.model(
            input_ids=torch.tensor([self._unread], device=self._model.device),
            past_key_values=self._cache,
        ).last_hidden_state[0]
        self._states = torch.cat([self._states.to(states.dtype), states])
        self._unread = []

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
        known = self.states
        if not ids:
            return [known[:0] for _ in branches]
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
        known = len(self._states)
        self._unread = self._unread[: max(0, length - known)]
        if length < known:
            self._cache.crop(length - known)
            self._states = self._states[:length]

    def generate(
        self, constraint: Constraint, guess: Guess = nothing, limit: int = 128
    ) -> list[int] | None:
        """Choose tokens until the constraint is done, the best allowed one each time; return
        them, None where there is no end within the limit.

        What a constraint leaves no choice about, and what is guessed, is read in one pass; a
        wrong guess changes nothing but the time.
        """
        made: list[int] = []
        while not constraint.done:
            if len(made) >= limit:
                return None
            only = constraint.allowed()
            if len(only) == 1:
                self._take(int(only[0]), constraint, made)
            else:
                self._choose(constraint, made, guess(made))
        return made

    def _choose(self, constraint: Constraint, made: list[int], ahead: Sequence[int]) -> None:
        """Take the next token and, as far as they are what comes, those that are ahead."""
        begin = self.length
        self.feed(ahead)
        for number, logits in enumerate(self.logits_of(self.states[begin - 1 :])):
            if constraint.done:
                break
            token = chosen(logits, constraint)
            if number == len(ahead) or token != ahead[number]:
                self.rewind(begin + number)
                self._take(token, constraint, made)
                return
            made.append(token)
            constraint.advance(token)
        self.rewind(begin + number)

    def _take(self, token: int, constraint: Constraint, made: list[int]) -> None:
        constraint.advance(token)
        made.append(token)
        self.feed([token])
