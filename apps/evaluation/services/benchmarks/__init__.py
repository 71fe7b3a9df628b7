"""Benchmarks of a space: versions made, archived, restored, and their baseline pinned.

Cases come from a file (``reading``), from the memory (``drawing``), from what people marked
(``marked``) or decided (``decided``), or with memweb (``shipped``).
"""

from apps.evaluation.services.benchmarks.cases import MOST_CASES, NewCase
from apps.evaluation.services.benchmarks.drawing import KINDS, draw_from_memory
from apps.evaluation.services.benchmarks.making import (
    BenchmarkRefused,
    Unchanged,
    baseline_pin,
    baseline_unpin,
    benchmark_archive,
    benchmark_restore,
    version_make,
)

__all__ = [
    "KINDS",
    "MOST_CASES",
    "BenchmarkRefused",
    "NewCase",
    "Unchanged",
    "baseline_pin",
    "baseline_unpin",
    "benchmark_archive",
    "benchmark_restore",
    "draw_from_memory",
    "version_make",
]
