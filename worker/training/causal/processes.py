"""The processes of a run: one, or as many as torchrun starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Processes:
    """How many processes train together, and which one this is."""

    count: int = 1
    rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this process tells and saves."""
        return self.rank == 0

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        dist.all_reduce(flat)
        at = 0
        for tensor in tensors:
            tensor.copy_(flat[at : at + tensor.numel()].view_as(tensor))
            at += tensor.numel()

    def close(self) -> None:
        """Wait for the others and let go of them."""
        if self.count > 1:
            dist.barrier()
            dist.destroy_process_group()


def joined() -> Processes:
    """Join the processes that torchrun started with this one: by NCCL where each has a GPU, else
    by gloo."""
    count = int(os.environ.get("WORLD_SIZE", 1))
    if count == 1:
        return Processes()
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl")
    else:
        dist.init_process_group("gloo")
    return Processes(count, int(os.environ["RANK"]))
