"""How much attention each memory drew: where the model looked, which proves nothing of why.

At each token of an answer, each layer tells the share of its attention that went to each kept token
of the memories. ``Shares`` adds these up; the rest went to the context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor


class UnfitShares(ValueError):
    """Shares of attention do not fit the memories that they are told of."""


@dataclass(frozen=True)
class GroupShares:
    """Of layers ``first`` to ``last``: the mean share of attention that each memory drew, and what
    went to the context."""

    first: int
    last: int
    memories: tuple[float, ...]
    context: float


@dataclass
class Shares:
    """Adds up the shares of one answer, of which memory m has ``tokens[m]`` kept tokens.

    Memories stand one after the other in the bank, and padding behind them.
    """

    tokens: Sequence[int]
    _sums: dict[int, list[float]] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    def note(self, shares: Mapping[int, Tensor], row: int = 0, last: int = 1) -> None:
        """Add those of the ``last`` queries of a row; ``shares`` (B, Q, M) by layer.

        Raises UnfitShares for fewer kept tokens or queries than there should be.
        """
        whole = sum(self.tokens)
        for layer, one in shares.items():
            if one.shape[-1] < whole or not 0 < last <= one.shape[1] or row >= len(one):
                raise UnfitShares(
                    f"Layer {layer} tells of {tuple(one.shape)}: {whole} kept tokens of row {row} "
                    f"and {last} queries are not among them."
                )
            drawn = one[row, -last:, :whole].double().sum(0).split(list(self.tokens))
            sums = self._sums.setdefault(layer, [0.0] * len(self.tokens))
            for number, part in enumerate(drawn):
                sums[number] += float(part.sum())
            self._counts[layer] = self._counts.get(layer, 0) + last

    def groups(self, count: int) -> list[GroupShares]:
        """Return the means over tokens and layers of at most ``count`` groups of layers.

        Raises UnfitShares where nothing was noted.
        """
        layers = sorted(self._sums)
        if not layers or count < 1:
            raise UnfitShares("No shares of attention were noted.")
        size = -(-len(layers) // count)
        return [self._group(layers[at : at + size]) for at in range(0, len(layers), size)]

    def _group(self, layers: Sequence[int]) -> GroupShares:
        means = [[one / self._counts[at] for one in self._sums[at]] for at in layers]
        memories = tuple(sum(column) / len(layers) for column in zip(*means, strict=True))
        return GroupShares(layers[0], layers[-1], memories, max(0.0, 1 - sum(memories)))
