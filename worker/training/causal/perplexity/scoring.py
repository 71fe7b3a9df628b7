"""The probability of a text's tokens with calls in it, by one pass through the model.

After MemLLM (arXiv 2404.11672): where a call stands, the text may go on with it or without it, so
that each token of the stretch up to the next call has the probability
``P(call) * p(token, called) + (1 - P(call)) * p(token, not called)``. Both are computed at once:
the stretch stands in the sequence twice, after its call and, as a branch, in the call's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from worker.training.causal.perplexity.texts import ScoredText
from worker.training.causal.sequences import CALL, TEXT, TokenTree

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


@torch.inference_mode()
def score(
    model: Any,
    text: ScoredText,
    calls: Sequence[PlacedCall],
    read: int,
    *,
    banned: Sequence[int] = (),
    both_ways: bool = True,
) -> Scored:
    """Return the probabilities of a text's tokens with some calls in it, in order, one at a
    token. ``read`` is the token that begins a call; the ``banned`` are never chosen. Where only
    ``given`` losses are wanted, no stretch need be read ``both_ways``."""
    tree, before, beside = _tree(text, calls, both_ways)
    states = _states(model, tree)
    wanted = torch.tensor(text.ids, device=states.device)
    token, begin, likeliest = _logs(model, states[before], wanted, read, banned)
    call = torch.full((len(text.ids),), -1)
    for one in calls:
        call[one.at :] = one.at
    if calls and not both_ways:
        unknown = torch.full_like(token, float("nan"))
        return Scored(token, begin, unknown, unknown, call, likeliest)
    if not calls:
        return Scored(token, begin, token, begin, call, likeliest)
    first = calls[0].at
    other, other_begin, _ = _logs(model, states[beside], wanted[first:], read, banned)
    return Scored(
        token,
        begin,
        torch.cat([token[:first], other]),
        torch.cat([begin[:first], other_begin]),
        call,
        likeliest,
    )


def _tree(
    text: ScoredText, calls: Sequence[PlacedCall], both_ways: bool
) -> tuple[TokenTree, list[int], list[int]]:
    """Return the sequence, and for each token of the text the place of the one before it: as it
    stands, and beside the call that it follows, for all that follow one."""
    tree = TokenTree()
    tree.add(text.start, TEXT, 0.0)
    last = len(tree) - 1  # of the trunk
    before: list[int] = []
    beside: list[int] = []
    starts = [0, *(c.at for c in calls)]
    ends = [*(c.at for c in calls), len(text.ids)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        stretch = text.ids[start:end]
        if number and both_ways:
            beside += [last, *range(len(tree), len(tree) + len(stretch) - 1)]
            tree.add(stretch, TEXT, 0.0, number, tree.trunk)
        if number:
            tree.add(calls[number - 1].ids, CALL, 0.0)
            last = len(tree) - 1
        before += [last, *range(len(tree), len(tree) + len(stretch) - 1)] if stretch else []
        tree.add(stretch, TEXT, 0.0)
        last = len(tree) - 1
    return tree, before, beside


def _states(model: Any, tree: TokenTree) -> Tensor:
    device = model.device
    states: Tensor = model.model(
        input_ids=torch.tensor([tree.ids], device=device),
        attention_mask=tree.seen()[None, None].to(device),
        position_ids=torch.tensor([tree.positions], device=device),
        use_cache=False,
    ).last_hidden_state[0]
    return states


def _logs(
    model: Any, states: Tensor, wanted: Tensor, read: int, banned: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    head = model.get_output_embeddings()
    token, begin, likeliest = [], [], []
    for some, ids in zip(states.split(LOGITS_AT_ONCE), wanted.split(LOGITS_AT_ONCE), strict=True):
        logs = barred(head(some).float(), banned).log_softmax(-1)
        token.append(logs.gather(1, ids[:, None])[:, 0])
        begin.append(logs[:, read])
        likeliest.append(logs.argmax(-1) == read)
    of_token, of_begin = (torch.cat(some).double().cpu() for some in (token, begin))
    return of_token, of_begin, torch.cat(likeliest).cpu()


def barred(logits: Tensor, banned: Sequence[int]) -> Tensor:
    """Return logits (N, V) in which some tokens cannot be chosen."""
    if not banned:
        return logits
    logits[:, list(banned)] = float("-inf")
    return logits
