"""Product quantisation of keys and values (Jégou et al. 2011): a byte for each part of a vector.

A vector of D numbers is cut into parts, and each part is replaced by the number of the nearest of
at most 256 centres, which are learnt from the vectors of many references. In bfloat16 a vector of
64 numbers takes 128 bytes, in 8 parts it takes 8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from worker.explicit.encode import Memory

CENTRES = 256


class UnfitVectors(ValueError):
    """Vectors cannot be quantised so."""


@dataclass(frozen=True)
class Codebook:
    """Centres (P, C, D / P) of each of the P parts of a vector."""

    centres: Tensor

    @property
    def bytes(self) -> int:
        """What the centres take, once for all memories."""
        return self.centres.element_size() * self.centres.nelement()

    def codes(self, vectors: Tensor) -> Tensor:
        """Return the codes (..., P), a byte each, of vectors (..., D). Raises UnfitVectors."""
        parts, _, size = self.centres.shape
        if vectors.shape[-1] != parts * size:
            raise UnfitVectors(
                f"Vectors of {vectors.shape[-1]} numbers have no codes of {parts} parts of {size}."
            )
        flat = vectors.reshape(-1, parts, size).transpose(0, 1).to(self.centres)
        near = torch.cdist(flat, self.centres).argmin(-1)  # (P, N)
        return near.T.reshape(*vectors.shape[:-1], parts).to(torch.uint8)

    def vectors(self, codes: Tensor) -> Tensor:
        """Return the vectors (..., D) that codes (..., P) stand for. Raises UnfitVectors."""
        parts, centres, size = self.centres.shape
        if codes.shape[-1] != parts or (codes.numel() and int(codes.max()) >= centres):
            raise UnfitVectors(f"Codes are numbers below {centres}, {parts} for a vector.")
        flat = codes.reshape(-1, parts).long()
        found = self.centres[torch.arange(parts), flat]  # (N, P, D / P)
        return found.reshape(*codes.shape[:-1], parts * size)


def learnt(vectors: Tensor, parts: int, *, rounds: int = 12, seed: int = 7) -> Codebook:
    """Learn a codebook from vectors (N, D) by k-means, the same for the same seed.

    Raises UnfitVectors for none, for numbers that are none, and parts of unequal size.
    """
    if vectors.ndim != 2 or not len(vectors) or parts < 1 or vectors.shape[1] % parts:
        raise UnfitVectors(
            f"Vectors {tuple(vectors.shape)} cannot be cut into {parts} equal parts."
        )
    if not bool(torch.isfinite(vectors).all()):
        raise UnfitVectors("Some of the vectors' numbers are none.")
    rng = torch.Generator().manual_seed(seed)
    cut = vectors.detach().float().reshape(len(vectors), parts, -1).transpose(0, 1)  # (P, N, D / P)
    first = torch.randperm(len(vectors), generator=rng)[:CENTRES]
    centres = cut[:, first].clone()
    for _ in range(rounds):
        near = torch.cdist(cut, centres).argmin(-1)  # (P, N)
        sums = torch.zeros_like(centres)
        sums.scatter_add_(1, near[..., None].expand_as(cut), cut)
        counts = torch.zeros(centres.shape[:2]).scatter_add_(1, near, torch.ones(near.shape))
        found = counts > 0  # a centre that nothing is near stays where it is
        centres = torch.where(found[..., None], sums / counts.clamp(min=1)[..., None], centres)
    return Codebook(centres)


@dataclass(frozen=True)
class Codebooks:
    """A codebook for the keys and one for the values of each layer and key-value head, by row."""

    keys: tuple[tuple[Codebook, ...], ...]
    values: tuple[tuple[Codebook, ...], ...]

    @property
    def bytes(self) -> int:
        """What all centres take, once for all memories."""
        return sum(one.bytes for side in (self.keys, self.values) for row in side for one in row)

    def bytes_of(self, memory: Memory) -> int:
        """What the codes of a memory take."""
        layers, heads, tokens, _ = memory.keys.shape
        sides = len(self.keys[0][0].centres) + len(self.values[0][0].centres)
        return layers * heads * tokens * sides

    def restored(self, memory: Memory) -> Memory:
        """Return a memory as it comes back from its codes. Raises UnfitVectors for one of other
        layers or heads."""
        if memory.keys.shape[:2] != (len(self.keys), len(self.keys[0])):
            raise UnfitVectors(f"There is no codebook for each of {tuple(memory.keys.shape[:2])}.")
        return replace(
            memory,
            keys=_restored(memory.keys, self.keys),
            values=_restored(memory.values, self.values),
        )


def learnt_from(
    memories: Sequence[Memory], parts: int, *, rounds: int = 12, seed: int = 7
) -> Codebooks:
    """Learn codebooks from memories of equal layers. Raises UnfitVectors, also for no memory."""
    if not memories:
        raise UnfitVectors("There is no memory to learn from.")

    def of(side: Callable[[Memory], Tensor]) -> tuple[tuple[Codebook, ...], ...]:
        whole = torch.cat([side(one) for one in memories], 2)  # (L, H, N, D)
        return tuple(
            tuple(learnt(head, parts, rounds=rounds, seed=seed) for head in layer)
            for layer in whole
        )

    return Codebooks(of(lambda one: one.keys), of(lambda one: one.values))


def _restored(vectors: Tensor, books: Sequence[Sequence[Codebook]]) -> Tensor:
    """Return vectors (L, H, K, D) as their codes have them."""
    rows = [
        torch.stack([book.vectors(book.codes(head)) for book, head in zip(row, layer, strict=True)])
        for row, layer in zip(books, vectors, strict=True)
    ]
    return torch.stack(rows).to(vectors)
