"""The write head's small networks over the encoder: mentions, same-entity, relations.

Relations between entities follow ATLOP (Zhou et al. 2021): entities pooled over their mentions,
a context vector for each pair from the product of their attention, a grouped bilinear map, and
a learned threshold that a relation's logit must pass. Two things differ. A relation is a vector,
projected from the sentence embedding of its name and description plus a learned residual for the
properties seen in training, so that any relation can be scored. And pairs inform each other by a
triangle update (Jumper et al. 2021), since "A is in B" and "B is in C" speak of A and C.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from worker.heads.encoder.clusters import SIGNS
from worker.heads.encoder.features import SHAPES
from worker.types import ENTITY_TYPES

TAGS = ("O", *(f"{mark}-{kind}" for kind in ENTITY_TYPES for mark in "BIES"))
TAG = {name: index for index, name in enumerate(TAGS)}
UNKNOWN_TYPE = len(ENTITY_TYPES)
DISTANCES = 8  # sentences between the nearest mentions (0, 1, 2, more), times which comes first


@dataclass(frozen=True)
class ExtractorConfig:
    """Sizes of the write head; saved in the manifest, since the weights depend on them."""

    hidden: int = 384
    tagging: int = 192
    block: int = 32
    pair: int = 192
    triangle: int = 32
    same: int = 96
    text_scale: float = 2.0
    dropout: float = 0.08
    pairs_at_once: int = 1024  # bounds the memory of scoring a window with very many entities


@dataclass(frozen=True)
class Entities:
    """The entities of one window. ``spans`` are its mentions' pieces ``[first, last)``;

    ``groups`` lists each entity's mentions, ``types`` (N,) its type, ``distances`` (N, N).
    """

    spans: tuple[tuple[int, int], ...]
    groups: tuple[tuple[int, ...], ...]
    types: Tensor
    distances: Tensor


def nearest(gaps: Tensor, groups: Sequence[Sequence[int]]) -> Tensor:
    """Return (N, N): the smallest of the ``gaps`` (M, M) between the mentions of two groups."""
    n, most = len(groups), int(gaps.max()) if gaps.numel() else 0
    owner = torch.empty(len(gaps), dtype=torch.long)
    for index, group in enumerate(groups):
        owner[list(group)] = index
    rows = torch.full((n, len(gaps)), most).scatter_reduce(
        0, owner.unsqueeze(1).expand_as(gaps), gaps, "amin"
    )
    return torch.full((n, n), most).scatter_reduce(1, owner.expand(n, -1), rows, "amin")


def distance_table(groups: Sequence[Sequence[int]], sentences: Sequence[int]) -> Tensor:
    """Return (N, N) classes of how far apart entities stand, from their mentions' sentences."""
    at = torch.tensor(sentences, dtype=torch.long)
    near = nearest((at.unsqueeze(0) - at.unsqueeze(1)).abs().clamp(max=3), groups)
    first = torch.tensor([min(g) for g in groups])
    return near + 4 * (first.unsqueeze(1) < first.unsqueeze(0)).long()


class Triangle(nn.Module):
    """Adds to each pair (i, j) what the pairs (i, k) and (k, j), and (j, i), say about it."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.left, self.left_gate = nn.Linear(width, inner), nn.Linear(width, inner)
        self.right, self.right_gate = nn.Linear(width, inner), nn.Linear(width, inner)
        self.norm = nn.LayerNorm(inner)
        self.out = nn.Linear(inner, width)
        self.back = nn.Linear(width, width)
        for layer in (self.out, self.back):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, pairs: Tensor) -> Tensor:
        """Take and return (N, N, pair)."""
        off = 1.0 - torch.eye(pairs.shape[0], device=pairs.device).unsqueeze(-1)
        left = self.left(pairs) * torch.sigmoid(self.left_gate(pairs)) * off
        right = self.right(pairs) * torch.sigmoid(self.right_gate(pairs)) * off
        through = torch.einsum("ikc,kjc->ijc", left, right)
        return pairs + self.out(self.norm(through)) + self.back(pairs.transpose(0, 1))


class WriteExtractor(nn.Module):
    """All trained parts of the write head but its LoRA adapter.

    ``relation_texts`` (R, 384) are the embeddings of the known relations' texts.
    """

    known: Tensor
    centre: Tensor

    def __init__(self, config: ExtractorConfig, relation_texts: Tensor) -> None:
        super().__init__()
        self.config = config
        d, p = config.hidden, config.pair
        self.register_buffer("known", relation_texts)
        self.register_buffer("centre", relation_texts.mean(0))
        self.shape = nn.Embedding(len(SHAPES), d)
        nn.init.zeros_(self.shape.weight)
        self.drop = nn.Dropout(config.dropout)
        self.tagger = nn.Sequential(
            nn.Linear(d, config.tagging),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.tagging, len(TAGS)),
        )
        self.same_entity = nn.Linear(d, config.same)
        self.same = nn.Sequential(
            nn.Linear(2 * config.same + SIGNS, 64), nn.GELU(), nn.Linear(64, 1)
        )
        self.subject, self.subject_context = nn.Linear(d, d), nn.Linear(d, d)
        self.object, self.object_context = nn.Linear(d, d), nn.Linear(d, d)
        self.bilinear = nn.Linear(d * config.block, p)
        self.types = nn.Embedding((UNKNOWN_TYPE + 1) ** 2, p)
        self.distances = nn.Embedding(DISTANCES, p)
        for table in (self.types, self.distances):
            nn.init.normal_(table.weight, std=0.02)
        self.pair_norm, self.out_norm = nn.LayerNorm(p), nn.LayerNorm(p)
        self.triangle = Triangle(p, config.triangle)
        self.text = nn.Linear(d, p, bias=False)
        self.residual = nn.Parameter(torch.zeros(len(relation_texts), p))
        self.bias = nn.Parameter(torch.zeros(len(relation_texts)))
        self.threshold = nn.Linear(p, 1)

    def mentions(self, states: Tensor, spans: Sequence[tuple[int, int]]) -> Tensor:
        """Return (M, T) rows that average the pieces of each mention."""
        rows = states.new_zeros(len(spans), states.shape[0])
        for row, (first, last) in enumerate(spans):
            rows[row, first:last] = 1.0 / (last - first)
        return rows

    def same_pairs(self, vectors: Tensor, one: Tensor, other: Tensor, signs: Tensor) -> Tensor:
        """Return (P,) logits that two groups of mentions name one entity.

        ``vectors`` (G, D) are the groups' means, ``one`` and ``other`` (P,) index them, ``signs``
        (P, SIGNS) compares their texts. The order within a pair makes no difference.
        """
        v = self.same_entity(self.drop(vectors))
        a, b = v[one], v[other]
        return self.same(torch.cat([a * b, (a - b).abs(), signs], dim=-1)).squeeze(-1)

    def pairs(self, states: Tensor, attention: Tensor, entities: Entities) -> Tensor:
        """Return (N, N, pair) vectors of all ordered entity pairs of one window.

        ``states`` (T, D) and ``attention`` (heads, T, T) come from the encoder.
        """
        rows = self.mentions(states, entities.spans)
        vectors = rows @ states
        pooled = torch.stack([torch.logsumexp(vectors[list(g)], 0) for g in entities.groups])
        member = rows.new_zeros(len(entities.groups), len(rows))
        for index, group in enumerate(entities.groups):
            member[index, list(group)] = 1.0 / len(group)
        look = (member @ rows) @ attention
        pooled = self.drop(pooled)
        step = len(pooled) if self.training else max(1, self.config.pairs_at_once // len(pooled))
        parts = [
            self._raw_pairs(states, look, pooled, slice(at, at + step))
            for at in range(0, len(pooled), step)
        ]
        pair = parts[0] if len(parts) == 1 else torch.cat(parts)
        kinds = entities.types.unsqueeze(1) * (UNKNOWN_TYPE + 1) + entities.types.unsqueeze(0)
        pair = self.pair_norm(pair + self.types(kinds) + self.distances(entities.distances))
        return self.drop(self.out_norm(self.triangle(pair)))

    def _raw_pairs(self, states: Tensor, look: Tensor, pooled: Tensor, rows: slice) -> Tensor:
        """Return (rows, N, pair): some subjects with every object, by the grouped bilinear map."""
        width, n = self.config.block, len(pooled)
        both = torch.einsum("hit,hjt->ijt", look[:, rows], look)
        context = self.drop((both / (both.sum(-1, keepdim=True) + 1e-9)) @ states)
        subjects = self.subject(pooled[rows]).unsqueeze(1)
        s = torch.tanh(subjects + self.subject_context(context))
        o = torch.tanh(self.object(pooled).unsqueeze(0) + self.object_context(context))
        grouped = s.view(len(s), n, -1, width, 1) * o.view(len(s), n, -1, 1, width)
        return self.bilinear(grouped.flatten(2))

    def text_vectors(self, embeddings: Tensor) -> Tensor:
        """Return (R, pair) relation vectors from the embeddings (R, 384) of their texts."""
        return self.text((embeddings - self.centre) * self.config.text_scale)

    def logits(self, pairs: Tensor, vectors: Tensor, bias: Tensor) -> Tensor:
        """Return (..., R): how far each pair speaks of each relation."""
        return pairs @ vectors.T + bias

    def margins(self, pairs: Tensor, vectors: Tensor, bias: Tensor) -> Tensor:
        """Return (..., R): each relation's logit less the pair's own threshold."""
        return self.logits(pairs, vectors, bias) - self.threshold(pairs)
