"""How fast the heads are and how much memory they take: ``python -m worker.benchmarks``.

Each benchmark is a module with ``measure(options) -> Report`` and ``table(report) -> str``, named
in ``BENCHMARKS`` and imported when it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BENCHMARKS = {
    "extraction": "worker.benchmarks.extraction",
    "decoding": "worker.benchmarks.decoding",
    "constraint": "worker.benchmarks.constraint",
    "explicit": "worker.benchmarks.explicit",
    "spacing": "worker.benchmarks.spacing",
}
Report = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How much is measured: ``rounds`` over ``passages`` texts, on ``threads`` processor cores."""

    rounds: int = 5
    passages: int = 32
    threads: int = 2
    seed: int = 7
    device: str = ""  # of the causal base; chosen as for the heads where it is empty
