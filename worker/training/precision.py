"""On which device a training runs, and in which numbers it multiplies its matrices there."""

from __future__ import annotations

from functools import cache

import torch


def device_for(choice: str) -> tuple[str, str]:
    """Return the device and why it was chosen."""
    if choice != "auto":
        return choice, "asked for"
    if torch.cuda.is_available():
        return "cuda", "a GPU is there"
    return "cpu", "no GPU is there"


def products(device: str, half: bool = True) -> torch.autocast:
    """Return the context in which a loss is computed: in bfloat16 when that is asked for and the
    device is made for it, in float32 otherwise.

    A processor without instructions for it takes eight times as long for a step in bfloat16.
    """
    return torch.autocast(device, torch.bfloat16, half and (device != "cpu" or _cpu_multiplies()))


@cache
def _cpu_multiplies() -> bool:
    """Whether this processor has instructions for products of bfloat16."""
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16") or has.get("bf16"))  # the last is ARM
