"""``python -m worker.benchmarks [NAME ...] [--json]``: run the benchmarks named, or all."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence

from worker.benchmarks import BENCHMARKS, Options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run benchmarks; print their tables or, with ``--json``, one object by benchmark name."""
    parser = argparse.ArgumentParser(prog="python -m worker.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--passages", type=int, default=Options.passages)
    parser.add_argument("--threads", type=int, default=Options.threads)
    parser.add_argument(
        "--device", choices=["cpu", "cuda"], default=Options.device,
        help="where decoding and constraint run; without it a GPU where there is one",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}; there are: {', '.join(BENCHMARKS)}")
    if min(given.rounds, given.passages, given.threads) < 1:
        parser.error("--rounds, --passages and --threads are at least 1")
    if given.device == "cuda" and not _has_gpu():
        parser.error("--device cuda: torch finds no GPU")
    options = Options(given.rounds, given.passages, given.threads, device=given.device)
    reports = {}
    for name in given.names or BENCHMARKS:
        module = importlib.import_module(BENCHMARKS[name])
        sys.stderr.write(f"{name} ...\n")
        reports[name] = module.measure(options)
        if not given.json:
            sys.stdout.write(module.table(reports[name]) + "\n")
    if given.json:
        sys.stdout.write(json.dumps(reports) + "\n")
    return 0


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


if __name__ == "__main__":
    sys.exit(main())
