"""``manage.py evaluate``: one evaluation of the heads, as a table or as one JSON object."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from apps.common.commands import ServedCommand
from apps.evaluation.evaluations import EVALUATIONS
from apps.evaluation.measuring.errors import EvaluationError
from memweb.serving import servers
from worker.errors import WorkerError
from worker.registry import UnknownBackend


class Command(ServedCommand):
    help = "Measure the heads on annotated data."
    refusals = (EvaluationError, UnknownBackend, WorkerError)

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="evaluation", required=True, metavar="EVALUATION")
        for name, evaluation in EVALUATIONS.items():
            kind = kinds.add_parser(name, help=evaluation.HELP, description=evaluation.HELP)
            evaluation.add_arguments(kind)
            kind.add_argument("--json", action="store_true", help="print one JSON object")

    def needs_servers(self, options: dict[str, Any]) -> bool:
        return EVALUATIONS[options["evaluation"]].NEEDS_DATABASE

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # progress is no error
        evaluation = EVALUATIONS[options["evaluation"]]
        if evaluation.NEEDS_DATABASE:
            servers.migrate()
        report = evaluation.run(options, self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(evaluation.table(report))
