"""A sequence that a model reads piece by piece, with the states after each of its tokens."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from worker.heads.causal.choosing import Constraint, chosen
from worker.training.causal.perplexity.passes import KeyValues, Passes, Reading

MOST_AHEAD = 6  # guessed tokens of a pass: of longer guesses the rest is rarely right
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

    def __init__(self, passes: Passes, start: Sequence[int]) -> None:
        model = passes.model
        self._passes = passes
        self._known = KeyValues(model)
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
            self._read(Reading(self._known, self._unread))
        return self._states

    @property
    def logits(self) -> Tensor:
        """The logits (V,) after the last token."""
        return self.logits_from(self.length - 1)[0]

    def logits_from(self, begin: int) -> Tensor:
        """Return the logits (N, V) after the tokens from ``begin`` on."""
        known = self._states[begin:]
        if not self._unread:
            return self._passes.logits_of(known)
        heads = max(0, begin - len(self._states))
        reading = Reading(self._known, self._unread, headed=known, heads=heads)
        self._read(reading)
        assert reading.logits is not None
        return reading.logits

    def _read(self, reading: Reading) -> None:
        self._passes.read(reading)
        self._states = torch.cat([self._states.to(reading.states.dtype), reading.states])
        self._unread = []

    def logits_of(self, states: Tensor) -> Tensor:
        """Return the logits (N, V) of states (N, D)."""
        return self._passes.logits_of(states)

    def fork(self, length: int) -> Line:
        """Return another line that begins with the first ``length`` tokens of this one."""
        made = copy.copy(self)
        read = min(length, len(self._states))
        made._known = self._known.fork(read)
        made._states = self._states[:read]
        made._unread = self._unread[: length - read]
        return made

    def feed(self, ids: Sequence[int]) -> None:
        """Go on by some tokens."""
        self._unread = [*self._unread, *ids]

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
        reading = Reading(self._known, ids, left + place, torch.cat([trunk, same], 1))
        self._passes.read(reading)
        return list(reading.states.split([len(some) for _, some in branches]))

    def rewind(self, length: int) -> None:
        """Forget all but the first ``length`` tokens."""
        known = len(self._states)
        self._unread = self._unread[: max(0, length - known)]
        if length < known:
            self._known.length = length
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
        ahead = ahead[:MOST_AHEAD]
        self.feed(ahead)
        for number, logits in enumerate(self.logits_from(begin - 1)):
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
