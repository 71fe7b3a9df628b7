"""The probability of a text's tokens with calls in it.

After MemLLM (arXiv 2404.11672): where a call stands, the text may go on with it or without it, so
that each token of the stretch up to the next call has the probability
``P(call) * p(token, called) + (1 - P(call)) * p(token, not called)``. So a stretch is read twice:
after its call and, as a branch, in the call's place.

All that stands before the first call is read once for all rows of a text (``PlainText``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.training.causal.perplexity.line import Line
from worker.training.causal.perplexity.passes import Passes
from worker.training.causal.perplexity.texts import ScoredText

LOGITS_AT_ONCE = 64  # rows of the vocabulary's size
NEARLY_ONE = -1e-9  # the logarithm of the greatest probability that is not certainty


@dataclass(frozen=True)
class PlacedCall:
    """A call with its results, end included, that stands before token ``at`` of a text."""

    at: int
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Scored:
    """Logarithms of probabilities (T,), in float64, of a text's tokens and of beginning a call
    before each: as the text stands, and ``beside`` it, where the last call before a token is left
    out. Before the first call the two are the same. ``call`` is the place of that call, -1 where
    there is none."""

    token: Tensor
    begin: Tensor
    beside: Tensor
    beside_begin: Tensor
    call: Tensor
    likeliest: Tensor  # (T,) whether nothing is likelier before a token than a call

    def given(self) -> Tensor:
        """Return the losses (T,) where calls stand because somebody says so: to begin one where
        it stands costs nothing, and none can begin elsewhere."""
        return -_otherwise(self.token, self.begin)

    def priced(self, banned: Sequence[int] = ()) -> Tensor:
        """Return the losses (T,) where the model decides: every token pays for the call that did
        not begin before it, and stretches after a call are both ways weighed. Before the
        ``banned`` tokens no call can begin."""
        at = torch.arange(len(self.token))
        barred = torch.zeros(len(at), dtype=torch.bool)
        barred[list(banned)] = True
        barred |= at == self.call
        token = torch.where(barred, _otherwise(self.token, self.begin), self.token)
        beside = torch.where(barred, _otherwise(self.beside, self.beside_begin), self.beside)
        called = self.beside_begin[self.call.clamp(min=0)].clamp(max=NEARLY_ONE)
        both = torch.logaddexp(called + token, _not(called) + beside)
        return -torch.where(self.call >= 0, both, token)


def _not(log: Tensor) -> Tensor:
    return torch.log(-torch.expm1(log.clamp(max=NEARLY_ONE)))


def _otherwise(token: Tensor, begin: Tensor) -> Tensor:
    """Return a token's logarithm where what may begin before it may not."""
    return token - _not(begin)


class PlainText:
    """A text as a model reads it without calls, which all of its rows with calls begin with.

    ``read`` is the token that begins a call; the ``banned`` are never chosen.
    """

    def __init__(
        self, passes: Passes, text: ScoredText, read: int, *, banned: Sequence[int] = ()
    ) -> None:
        self.text, self._read, self._banned = text, read, list(banned)
        self.line = Line(passes, text.start)
        self.line.feed(text.ids)
        states = self.line.states[len(text.start) - 1 : -1]
        token, begin, likeliest = self._logs(states, range(len(text.ids)))
        call = torch.full((len(text.ids),), -1)
        self.scored = Scored(token, begin, token, begin, call, likeliest)

    def before(self, at: int) -> Line:
        """Return a line that has read the text up to a token."""
        return self.line.fork(len(self.text.start) + at)

    def with_calls(self, calls: Sequence[PlacedCall], end: int | None = None) -> Line:
        """Return a line that has read the text with calls in it, in order, one at a token, or its
        first ``end`` tokens."""
        end = len(self.text.ids) if end is None else end
        line = self.before(min(calls[0].at, end))
        ids: list[int] = []
        ends = [*(call.at for call in calls[1:]), end]
        for call, last in zip(calls, ends, strict=True):
            if call.at < end:
                ids += [*call.ids, *self.text.ids[call.at : min(last, end)]]
        if ids:
            line.feed(ids)
        return line

    def score(self, calls: Sequence[PlacedCall], line: Line | None = None) -> Scored:
        """Return the probabilities of the text's tokens with some calls in it. ``line`` has read
        it with them, where somebody has."""
        if not calls:
            return self.scored
        plain, first = self.scored, calls[0].at
        line = line or self.with_calls(calls)
        after = range(first, len(self.text.ids))
        token, begin, likeliest = self._logs(line.states[_before(self.text, calls, after)], after)
        beside, beside_begin = self._beside(calls, line)
        call = torch.full((len(self.text.ids),), -1)
        for one in calls:
            call[one.at :] = one.at
        return Scored(
            torch.cat([plain.token[:first], token]),
            torch.cat([plain.begin[:first], begin]),
            beside,
            beside_begin,
            call,
            torch.cat([plain.likeliest[:first], likeliest]),
        )

    def given_at(self, calls: Sequence[PlacedCall], tokens: Sequence[int]) -> Tensor:
        """Return the losses (T,) of some tokens as ``Scored.given`` has them, and no others."""
        losses = torch.full((len(self.text.ids),), float("nan"), dtype=torch.float64)
        first = calls[0].at if calls else len(self.text.ids)
        plain = [at for at in tokens if at < first]
        losses[plain] = self.scored.given()[plain]
        after = [at for at in tokens if at >= first]
        if after:
            line = self.with_calls(calls, max(after) + 1)
            states = line.states[_before(self.text, calls, after)]
            token, begin, _ = self._logs(states, after)
            losses[after] = -_otherwise(token, begin)
        return losses

    def _beside(self, calls: Sequence[PlacedCall], line: Line) -> tuple[Tensor, Tensor]:
        """Return the logarithms where the last call before a token is left out. What follows the
        first call is then the plain text."""
        ids, start, plain = self.text.ids, len(self.text.start), self.scored
        if len(calls) == 1:
            return plain.token, plain.begin
        second = calls[1].at
        branches, states = [], []
        added = len(calls[0].ids)
        ends = [*(call.at for call in calls[2:]), len(ids)]
        for call, end in zip(calls[1:], ends, strict=True):
            branches.append((start + call.at + added, ids[call.at : end - 1]))
            added += len(call.ids)
        for (length, _), some in zip(branches, line.beside(branches), strict=True):
            states += [line.states[length - 1 : length], some]
        token, begin, _ = self._logs(torch.cat(states), range(second, len(ids)))
        return (
            torch.cat([plain.token[:second], token]),
            torch.cat([plain.begin[:second], begin]),
        )

    @torch.inference_mode()
    def _logs(self, states: Tensor, tokens: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the logarithms of some of the text's tokens and of beginning a call before each,
        from the states (N, D) before them, and whether that is the likeliest."""
        wanted = torch.tensor([self.text.ids[at] for at in tokens], device=states.device)
        token, begin, likeliest = [], [], []
        for some, ids in zip(
            states.split(LOGITS_AT_ONCE), wanted.split(LOGITS_AT_ONCE), strict=True
        ):
            logits = self.line.logits_of(some).float()
            if self._banned:
                logits[:, self._banned] = float("-inf")
            logs = logits.log_softmax(-1)
            token.append(logs.gather(1, ids[:, None])[:, 0])
            begin.append(logs[:, self._read])
            likeliest.append(logs.argmax(-1) == self._read)
        of_token, of_begin = (torch.cat(some).double().cpu() for some in (token, begin))
        return of_token, of_begin, torch.cat(likeliest).cpu()


def _before(text: ScoredText, calls: Sequence[PlacedCall], tokens: Sequence[int]) -> Tensor:
    """Return where, in a line that has read a text with calls, the token before each of some
    tokens stands."""
    lengths = torch.zeros(len(text.ids), dtype=torch.long)
    for call in calls:
        lengths[call.at] += len(call.ids)
    at = torch.tensor(list(tokens), dtype=torch.long)
    return len(text.start) - 1 + at + lengths.cumsum(0)[at]
