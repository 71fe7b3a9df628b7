"""Inference of the write head, laid out for two processor cores; training never comes here.

The adapter is merged into a copy of the weights (W + scale * B A, Hu et al. 2021), so that a
linear map is one matrix product. Windows are laid end to end instead of padded to one length,
a few hundred word pieces at a time, so that what a layer makes still lies in the cache when
the next one reads it. Of the last layer's attention only the rows of mentions are worked out.
The results equal ``SharedEncoder.forward`` and ``WriteExtractor.pairs`` up to rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.base import SharedEncoder
from worker.heads.encoder.bilinear import Bilinear
from worker.heads.encoder.extractor import (
    UNKNOWN_TYPE,
    Entities,
    Triangle,
    WriteExtractor,
    nearest,
)

PAIRS_AT_ONCE = 256  # what the bilinear map makes of them, 48 KiB each, still fits the cache
FEW = 16  # pairs whose attention, 20 KiB and more each, is multiplied while it is in the cache
MOST_PAIRS = 2048  # of entities, in a window: all, for 64 entities, else those that stand nearest


@dataclass(frozen=True)
class Linear:
    """A linear map's ``weight`` (out, in) and ``bias`` (out,), and what is added to the weight as
    a product: ``up`` (out, rank) times ``down`` (rank, in)."""

    weight: Tensor
    bias: Tensor
    down: Tensor | None = None
    up: Tensor | None = None

    @classmethod
    def beside(cls, module: Any, adapter: str | None) -> Linear:
        """Read a module as ``merged`` does, but share its weight: an adapter of rank 32 then
        costs an eighth more time and no memory."""
        bare = getattr(module, "base_layer", module)
        weight, bias = bare.weight.detach(), bare.bias.detach()
        if adapter is None or bare is module:
            return cls(weight, bias)
        up = module.lora_B[adapter].weight.detach() * module.scaling[adapter]
        return cls(weight, bias, module.lora_A[adapter].weight.detach(), up)

    @classmethod
    def merged(cls, module: Any, adapter: str | None) -> Linear:
        """Read a module, with the named adapter added where it has one."""
        bare = getattr(module, "base_layer", module)
        if adapter is None or bare is module:
            return cls(bare.weight.detach(), bare.bias.detach())
        return cls((bare.weight + module.get_delta_weight(adapter)).detach(), bare.bias.detach())

    def __call__(self, x: Tensor) -> Tensor:
        made = functional.linear(x, self.weight, self.bias)
        if self.down is None or self.up is None:
            return made
        return made.add_(functional.linear(functional.linear(x, self.down), self.up))


@dataclass(frozen=True)
class _Layer:
    query: Linear
    key: Linear
    value: Linear
    attended: Linear
    attended_norm: Any
    inner: Linear
    outer: Linear
    outer_norm: Any


@dataclass(frozen=True)
class EncodedWindow:
    """A window's last hidden ``states`` (T, D), and the last layer's ``query`` and ``key``

    (heads, T, D / heads), from which attention is worked out where it is asked for.
    """

    states: Tensor
    query: Tensor
    key: Tensor

    def look(self, weights: Tensor) -> Tensor:
        """Return (heads, N, T): the attention of ``weights`` (N, T), each a mix of pieces."""
        used = weights.any(0).nonzero().squeeze(-1)
        scores = self.query[:, used] @ self.key.transpose(1, 2)
        return weights[:, used] @ scores.mul_(self.query.shape[-1] ** -0.5).softmax(-1)


class FrozenEncoder:
    """The shared encoder with one adapter merged. Nothing is switched, so threads may share it.

    Weights without an adapter are the shared ones. Raises WeightsMissing for an unknown adapter.
    """

    def __init__(
        self,
        shared: SharedEncoder,
        adapter: str | None = None,
        layers: Iterable[Any] | None = None,
        *,
        merged: bool = True,
    ) -> None:
        """``layers`` take the place of the shared ones (the embeddings do not change). Without
        ``merged`` the weights are shared and the adapter works beside them: 42 MB less."""
        read = Linear.merged if merged else Linear.beside
        shared.require(adapter)
        bert = shared.base
        self.heads: int = bert.config.num_attention_heads
        self.embeddings = bert.embeddings
        with shared.lock, torch.no_grad():
            self.layers = tuple(
                _Layer(
                    read(layer.attention.self.query, adapter),
                    read(layer.attention.self.key, adapter),
                    read(layer.attention.self.value, adapter),
                    read(layer.attention.output.dense, adapter),
                    layer.attention.output.LayerNorm,
                    read(layer.intermediate.dense, adapter),
                    read(layer.output.dense, adapter),
                    layer.output.LayerNorm,
                )
                for layer in (bert.encoder.layer if layers is None else layers)
            )

    @torch.inference_mode()
    def __call__(
        self, ids: Sequence[Tensor], residuals: Sequence[Tensor] | None = None
    ) -> list[EncodedWindow]:
        """Encode windows of token ids (T,), each at most 512; ``residuals`` (T, D) are added to

        the word embeddings. The windows are computed together, without padding.
        """
        sizes = [len(one) for one in ids]
        places = torch.cat([torch.arange(size) for size in sizes])
        table = self.embeddings
        x = table.word_embeddings(torch.cat(list(ids)))
        if residuals is not None:
            x = x + torch.cat(list(residuals))
        x = x + table.token_type_embeddings.weight[0] + table.position_embeddings(places)
        x = table.LayerNorm(x)
        query = key = x
        for layer in self.layers:
            query, key = self._split(layer.query(x)), self._split(layer.key(x))
            mixed = self._attend(query, key, self._split(layer.value(x)), sizes)
            x = layer.attended_norm(layer.attended(mixed).add_(x))
            inner = functional.gelu(layer.inner(x))
            x = layer.outer_norm(layer.outer(inner).add_(x))
        parts = (x.split(sizes), query.split(sizes, 1), key.split(sizes, 1))
        return [EncodedWindow(s, q, k) for s, q, k in zip(*parts, strict=True)]

    def _split(self, x: Tensor) -> Tensor:
        """Return (heads, T, D / heads) of (T, D)."""
        return x.view(len(x), self.heads, -1).transpose(0, 1)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, sizes: list[int]) -> Tensor:
        """Return (T, D): each window attends to itself alone."""
        windows = zip(
            query.split(sizes, 1), key.split(sizes, 1), value.split(sizes, 1), strict=True
        )
        mixed = [
            functional.scaled_dot_product_attention(q[None], k[None], v[None])[0].transpose(0, 1)
            for q, k, v in windows
        ]
        return (mixed[0] if len(mixed) == 1 else torch.cat(mixed)).flatten(1)


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of a window's entities: ``subjects``, ``objects`` (P,), ``vectors`` (P, pair).

    The second half are the pairs of the first half, in their order, turned round.
    """

    subjects: Tensor
    objects: Tensor
    vectors: Tensor


def pair_vectors(
    model: WriteExtractor, bilinear: Bilinear, window: EncodedWindow, entities: Entities
) -> Pairs:
    """Return the vectors of entity pairs of one window, in both orders.

    What ``WriteExtractor.pairs`` gives, but for the pairs of an entity with itself, which inform
    no other pair, and, of more than MOST_PAIRS, those that stand furthest apart.
    """
    pooled, look = _entity_vectors(model, window, entities)
    context_of = torch.cat([model.subject_context.weight, model.object_context.weight])
    contexts = functional.linear(window.states, context_of)
    subjects = model.subject(pooled) + model.subject_context.bias
    objects = model.object(pooled) + model.object_context.bias
    one, other = near_pairs(entities)
    raw = pooled.new_zeros(2, len(one), model.config.pair)
    step = PAIRS_AT_ONCE // 2
    for at in range(0, len(one), step):
        i, j = one[at : at + step], other[at : at + step]
        weights = torch.cat(
            [(look[a] * look[b]).sum(1) for a, b in zip(i.split(FEW), j.split(FEW), strict=True)]
        )
        weights /= weights.sum(-1, keepdim=True) + 1e-9
        of_subject, of_object = (weights @ contexts).chunk(2, 1)
        s = torch.cat([subjects[i] + of_subject, subjects[j] + of_subject]).tanh_()
        o = torch.cat([objects[j] + of_object, objects[i] + of_object]).tanh_()
        raw[:, at : at + step] = bilinear(s, o).view(2, len(i), -1)
    first, second = torch.cat([one, other]), torch.cat([other, one])
    kinds = entities.types[first] * (UNKNOWN_TYPE + 1) + entities.types[second]
    pair = raw.flatten(0, 1) + model.types(kinds)
    pair = model.pair_norm(pair + model.distances(entities.distances[first, second]))
    return Pairs(first, second, model.out_norm(_informed(model.triangle, pair, first, second)))


def near_pairs(entities: Entities) -> tuple[Tensor, Tensor]:
    """Return (P,) and (P,): the pairs of entities, the first before the second, in order.

    Where there are more than MOST_PAIRS, those with the fewest pieces between two mentions.
    """
    n = len(entities.groups)
    one, other = torch.triu_indices(n, n, 1)
    if len(one) <= MOST_PAIRS:
        return one, other
    starts = torch.tensor([first for first, _ in entities.spans])
    gaps = nearest((starts.unsqueeze(0) - starts.unsqueeze(1)).abs(), entities.groups)
    kept = gaps[one, other].sort(stable=True).indices[:MOST_PAIRS].sort().values
    return one[kept], other[kept]


def _informed(triangle: Triangle, pairs: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return what ``triangle`` makes of (P, pair) vectors; pairs that are left out say nothing."""
    n = int(torch.maximum(first, second).max()) + 1
    left = triangle.left(pairs) * torch.sigmoid(triangle.left_gate(pairs))
    right = triangle.right(pairs) * torch.sigmoid(triangle.right_gate(pairs))
    tables = pairs.new_zeros(2, left.shape[1], n, n)
    tables[0][:, first, second], tables[1][:, first, second] = left.T, right.T
    through = (tables[0] @ tables[1])[:, first, second].T
    back = triangle.back(pairs.roll(len(pairs) // 2, 0))
    informed: Tensor = pairs + triangle.out(triangle.norm(through)) + back
    return informed


def _entity_vectors(
    model: WriteExtractor, window: EncodedWindow, entities: Entities
) -> tuple[Tensor, Tensor]:
    """Return pooled vectors (N, D) and attention (N, heads, T) of entities."""
    rows = model.mentions(window.states, entities.spans)
    vectors = rows @ window.states
    pooled = torch.stack([torch.logsumexp(vectors[list(g)], 0) for g in entities.groups])
    member = rows.new_zeros(len(entities.groups), len(rows))
    for index, group in enumerate(entities.groups):
        member[index, list(group)] = 1.0 / len(group)
    return pooled, window.look(member @ rows).transpose(0, 1).contiguous()
