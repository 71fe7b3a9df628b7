"""In which numbers a run computes: by what the machine is quick at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

CPU_FLAGS = ("amx_bf16", "avx512_bf16")


@dataclass(frozen=True)
class Numbers:
    """``dtype`` of the products of matrices, and why; weights are kept in the base's own."""

    dtype: torch.dtype
    reason: str

    def __str__(self) -> str:
        return f"{str(self.dtype).removeprefix('torch.')}: {self.reason}"


def numbers(choice: str, device: str, cpuinfo: Path = Path("/proc/cpuinfo")) -> Numbers:
    """Return the numbers for ``auto``, ``float32`` or ``bfloat16`` on a device."""
    if choice != "auto":
        return Numbers(getattr(torch, choice), "as was asked for")
    if device.startswith("cuda"):
        if torch.cuda.is_bf16_supported():
            return Numbers(torch.bfloat16, "the GPU computes in it")
        return Numbers(torch.float32, "the GPU does not compute in bfloat16")
    try:
        flags = set(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return Numbers(torch.float32, "the processor does not say whether it has bfloat16")
    for flag in CPU_FLAGS:
        if flag in flags:
            return Numbers(torch.bfloat16, f"the processor has {flag}")
    return Numbers(torch.float32, f"the processor has neither {' nor '.join(CPU_FLAGS)}")
