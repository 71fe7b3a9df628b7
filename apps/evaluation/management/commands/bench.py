"""``manage.py bench``: how fast the product is, as a table or as one JSON object."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from apps.common.commands import ServedCommand
from apps.evaluation.evaluations import BENCHMARKS
from apps.evaluation.measuring.errors import EvaluationError
from worker.errors import WorkerError
from worker.registry import UnknownBackend


class Command(ServedCommand):
    help = "Measure how fast the product is."
    refusals = (EvaluationError, UnknownBackend, WorkerError)

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="benchmark", required=True, metavar="BENCHMARK")
        for name, benchmark in BENCHMARKS.items():
            kind = kinds.add_parser(name, help=benchmark.HELP, description=benchmark.HELP)
            benchmark.add_arguments(kind)
            kind.add_argument("--json", action="store_true", help="print one JSON object")

    def needs_servers(self, options: dict[str, Any]) -> bool:
        return BENCHMARKS[options["benchmark"]].NEEDS_DATABASE

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # progress is no error
        benchmark = BENCHMARKS[options["benchmark"]]
        report = benchmark.run(options, self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(benchmark.table(report))
