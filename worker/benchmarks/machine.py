"""What this machine can do: its matrix rate, how fast it reads memory, and how much memory a
process took."""

from __future__ import annotations

import os
import platform
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from worker.benchmarks import Report

# (rows, inner, columns): a square one, and the encoder's widest layer for 512 word pieces.
SHAPES = ((1024, 1024, 1024), (512, 384, 1536))
_REPEATS = 12
READ = (8192, 8192)  # a matrix of 268 MB, which no cache holds


def matrix_rate() -> float:
    """Return multiply-adds per second of float32 matrix products: of SHAPES the fastest."""
    return max(_rate(*shape) for shape in SHAPES)


def _rate(rows: int, inner: int, columns: int) -> float:
    a, b = torch.ones(rows, inner), torch.ones(inner, columns)
    out = torch.empty(rows, columns)

    def products() -> None:
        for _ in range(_REPEATS):
            torch.mm(a, b, out=out)

    products()
    return rows * inner * columns * _REPEATS / seconds(products)


def memory_rate(device: str = "cpu") -> float:
    """Return bytes per second of reading a float32 matrix in its product with a vector, the best
    of three."""
    matrix, vector = torch.ones(READ, device=device), torch.ones(READ[1], device=device)
    out = torch.empty(READ[0], device=device)

    def product() -> None:
        torch.mv(matrix, vector, out=out)
        out[0].item()  # waits for a GPU

    least = min(seconds(product) for _ in range(3))
    return matrix.numel() * matrix.element_size() / least


def seconds(work: Callable[[], object]) -> float:
    """Return how many seconds, by the clock, ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Let torch use that many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the ``median``, ``low`` and ``high`` of some figures."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def described(number: int) -> Report:
    """Return what to know of the machine beside figures taken with ``number`` threads."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": number,
        "torch": torch.__version__,
        "load": round(os.getloadavg()[0], 2),
    }


def peak_memory() -> int:
    """Return the most bytes of memory that this process has held at once."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) * 1024  # getrusage may give the parent's peak instead
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
