"""Encoding: a reference goes through the model once, and of its key-values a few are kept.

Each reference stands alone at positions 0 to 127, so contexts begin at POSITIONS. It is begun with
a token of its own, which is not kept: a second beginning would draw the attention that the
context's own should have. Of each of the kept layers and each key-value head those tokens are kept
that draw most attention, summed over all queries and divided by how many of them see the token:
otherwise early ones would win.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import torch
from torch import Tensor
from transformers import DynamicCache

from worker.explicit.attention import ATTENTION, Bank, SeenEnough, Watch, use

POSITIONS = 128  # of references, their first token counted
KEPT = 8  # tokens of a reference by layer and head
Choice = Literal["mean", "sum", "last", "names"]


class UnfitReference(ValueError):
    """A text cannot be a reference."""


@dataclass(frozen=True)
class Scheme:
    """What is kept of a reference: the first ``share`` of the layers, ``kept`` tokens (None for
    all), chosen by the ``mean`` attention of the queries that see them, by its ``sum``, by that of
    the ``last`` query, or, of ``names``, those of marked tokens first and then by the mean."""

    kept: int | None = KEPT
    share: float = 0.5
    choice: Choice = "mean"

    def layers(self, count: int) -> list[int]:
        """Return the layers that are kept of a model of so many."""
        return list(range(max(1, round(count * self.share))))


DENSE: Final = Scheme(None, 1.0)  # all tokens, in all layers


@dataclass(frozen=True)
class Memory:
    """What is kept of one reference: keys and values (L, H, K, D) of ``layers``, and the places of
    the tokens that they stand for, (L, H, K), in the order of the text."""

    layers: tuple[int, ...]
    keys: Tensor
    values: Tensor
    places: Tensor

    @property
    def tokens(self) -> int:
        """The number K of tokens by layer and head."""
        return self.keys.shape[2]

    @property
    def bytes(self) -> int:
        """What keys and values take."""
        return sum(one.element_size() * one.nelement() for one in (self.keys, self.values))

    def to(self, dtype: torch.dtype) -> Memory:
        """Return it in other numbers."""
        return replace(self, keys=self.keys.to(dtype), values=self.values.to(dtype))


def encode(
    model: Any,
    references: Sequence[Sequence[int]],
    scheme: Scheme | None = None,
    *,
    begin: int,
    batch: int = 16,
    padded: int = 1,
    gradient: bool = False,
    marked: Sequence[Collection[int]] | None = None,
) -> list[Memory]:
    """Encode the tokens of references, each begun with the token ``begin``; with
    ``gradient``, what is learnt may change what is kept. ``marked`` are of each reference the
    places of the tokens that a scheme of ``names`` keeps first. Those are computed together, at
    most ``batch`` of them, whose lengths are equal when rounded up to a multiple of ``padded``.

    Raises UnfitReference for one that is empty or longer than POSITIONS - 1 tokens, UnfitModel.
    """
    scheme = scheme or Scheme()
    for number, ids in enumerate(references):
        if not 0 < len(ids) < POSITIONS:
            raise UnfitReference(
                f"Reference {number} has {len(ids)} tokens: 1 to {POSITIONS - 1} can be encoded."
            )
    if model.config._attn_implementation != ATTENTION:
        use(model)
    found: dict[int, Memory] = {}
    for lot in _lots(references, batch, padded):
        rows = [[begin, *references[number]] for number in lot]
        first = [marked[number] for number in lot] if marked else None
        with torch.set_grad_enabled(gradient):
            made = _encoded(model, rows, scheme, first)
        found |= dict(zip(lot, made, strict=True))
    return [found[number] for number in range(len(references))]


def _lots(references: Sequence[Sequence[int]], batch: int, padded: int) -> Iterator[list[int]]:
    by_length: dict[int, list[int]] = {}
    for number, ids in enumerate(references):
        by_length.setdefault(-(-len(ids) // padded), []).append(number)
    for numbers in by_length.values():
        for at in range(0, len(numbers), batch):
            yield numbers[at : at + batch]


def _first(rows: Sequence[Sequence[int]], marked: Sequence[Collection[int]], width: int) -> Tensor:
    """Return 1 at the marked tokens of rows that have a beginning of their own, (B, T)."""
    first = torch.zeros(len(rows), width)
    for row, places in enumerate(marked):
        first[row, [place + 1 for place in places]] = 1.0
    return first


def _encoded(
    model: Any,
    rows: Sequence[Sequence[int]],
    scheme: Scheme,
    marked: Sequence[Collection[int]] | None,
) -> list[Memory]:
    config = model.config.get_text_config(decoder=True)
    layers = scheme.layers(config.num_hidden_layers)
    lengths = torch.tensor([len(row) for row in rows])
    width = int(lengths.max())
    # What fills a row up stands right of all that is kept, which so does not see it.
    ids = torch.tensor([[*row, *[row[0]] * (width - len(row))] for row in rows])
    kept = DynamicCache()  # of all layers all tokens, also where the model sees a window of them
    watch = Watch(layers, _asking(lengths, width, scheme).to(model.device))
    with suppress(SeenEnough):
        model(
            input_ids=ids.to(model.device), past_key_values=kept, use_cache=True, explicit=watch,
            logits_to_keep=1,
        )  # fmt: skip
    cache: Any = kept.layers
    mass = torch.stack([watch.mass[layer] for layer in layers], 1)  # (B, L, H, T)
    first = None if marked is None else _first(rows, marked, width)
    at = _kept(mass, lengths, scheme, first)  # (B, L, H, K)
    wide = at.clamp(max=width - 1)[..., None]
    keys, values = (
        torch.stack([getattr(cache[layer], name) for layer in layers], 1).take_along_dim(wide, 3)
        for name in ("keys", "values")
    )
    counts = (_count(length, scheme) for length in lengths.tolist())
    return [
        Memory(tuple(layers), *(each[row, :, :, :count] for each in (keys, values, at)))
        for row, count in enumerate(counts)
    ]


def _asking(lengths: Tensor, width: int, scheme: Scheme) -> Tensor:
    """Return what the query of each token counts in the choice of those to keep, (B, T)."""
    order = torch.arange(width)
    if scheme.choice == "last":
        return (order == lengths[:, None] - 1).float()
    return (order < lengths[:, None]).float()


def _count(length: int, scheme: Scheme) -> int:
    """Return how many tokens are kept of a row, whose first one is not."""
    return length - 1 if scheme.kept is None else min(scheme.kept, length - 1)


def _kept(mass: Tensor, lengths: Tensor, scheme: Scheme, first: Tensor | None) -> Tensor:
    """Return the places of the tokens to keep (B, L, H, K), in order, never the first one; where a
    row has fewer than another, places beyond all tokens come after its own."""
    width = mass.shape[-1]
    order = torch.arange(width, device=mass.device)
    ends = lengths.to(mass.device)[:, None]
    if scheme.choice in ("mean", "names"):
        mass = mass / (ends - order).clamp(min=1)[:, None, None]
    if scheme.choice == "names" and first is not None:
        mass = mass / mass.amax(-1, keepdim=True) + 2 * first[:, None, None].to(mass)
    mass = mass.masked_fill(((order == 0) | (order >= ends))[:, None, None], -torch.inf)
    count = _count(width, scheme)
    chosen = mass.topk(count, -1)
    return chosen.indices.masked_fill(chosen.values == -torch.inf, width).sort(-1).values


def bank_of(memories: Sequence[Sequence[Memory]]) -> Bank | None:
    """Return the bank of a batch of which each row attends to memories of its own, whatever their
    number; None where there is none at all."""
    like = next((one for row in memories for one in row), None)
    if like is None:
        return None
    counts = torch.tensor([sum(one.tokens for one in row) for row in memories])
    most = int(counts.max())
    keys = torch.stack([_joined([one.keys for one in row], like.keys, most) for row in memories])
    values = torch.stack(
        [_joined([one.values for one in row], like.values, most) for row in memories]
    )
    order = torch.arange(most)
    seen = None if bool((counts == most).all()) else (order < counts[:, None]).to(like.keys.device)
    layers = {layer: (keys[:, n], values[:, n]) for n, layer in enumerate(like.layers)}
    return Bank(layers, seen, POSITIONS)


def _joined(parts: Sequence[Tensor], like: Tensor, most: int) -> Tensor:
    """Return parts (L, H, K, D) one after the other, with zeros up to (L, H, most, D)."""
    whole = torch.cat(list(parts), 2) if parts else like[:, :, :0]
    return torch.nn.functional.pad(whole, (0, 0, 0, most - whole.shape[2]))
