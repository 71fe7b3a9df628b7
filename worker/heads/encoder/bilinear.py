"""The grouped bilinear map of entity pairs, in float32 or in 8-bit integers.

Half of the write head's own multiply-adds are here: every pair's outer products, block * hidden
numbers between -1 and 1, times one wide matrix. Integers do them in about half of the time.
"""

from __future__ import annotations

import platform

import torch
from torch import Tensor
from torch.nn import functional

_ZERO = 64
_SCALE = 256 / 127**2  # of an outer product: of two 7-bit numbers with sign, halved to 0..127 + 1


def integers_help() -> bool:
    """Tell whether this machine's 8-bit products are known to be right and quick."""
    return platform.machine() in ("x86_64", "AMD64") and torch.backends.mkldnn.is_available()


class Bilinear:
    """The map of ``weight`` (pair, groups * block * block) and ``bias`` (pair,).

    With ``quantised`` the weight is rounded to 8 bits with a scale for each output, the outer
    products to 7 with one fixed scale, so that a pair's vector does not depend on other pairs.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, block: int, quantised: bool) -> None:
        self.weight, self.bias, self.block = weight.detach(), bias.detach(), block
        self.quantised = quantised
        if quantised:
            self.scale = (self.weight.abs().amax(1) / 127).clamp(min=1e-12)
            whole = (self.weight / self.scale.unsqueeze(1)).round().to(torch.int8)
            self.zeros = torch.zeros(len(whole), dtype=torch.int32)
            self.packed = torch.ops.onednn.qlinear_prepack(whole, None)

    def __call__(self, subjects: Tensor, objects: Tensor) -> Tensor:
        """Return (P, pair) of vectors (P, D) between -1 and 1."""
        if not self.quantised:
            s, o = self._grouped(subjects, objects)
            return functional.linear((s * o).flatten(1), self.weight, self.bias)
        s, o = self._grouped(_whole(subjects), _whole(objects))
        products = (s * o).add_(128).bitwise_right_shift_(8).add_(_ZERO)
        made: Tensor = torch.ops.onednn.qlinear_pointwise(
            *(products.to(torch.uint8).flatten(1), _SCALE, _ZERO),
            *(self.packed, self.scale, self.zeros, self.bias),
            *(1.0, 0, torch.float32, "none", [], ""),
        )
        return made

    def _grouped(self, subjects: Tensor, objects: Tensor) -> tuple[Tensor, Tensor]:
        """Return (P, groups, block, 1) and (P, groups, 1, block)."""
        shape = (len(subjects), subjects.shape[1] // self.block)
        return subjects.view(*shape, self.block, 1), objects.view(*shape, 1, self.block)


def _whole(x: Tensor) -> Tensor:
    return (x * 127).round_().to(torch.int16)
