"""``manage.py evaluate``: one evaluation of the heads, as a table or as one JSON object."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import CommandError

from apps.common.commands import ServedCommand
from apps.evaluation.evaluations import EVALUATIONS, Evaluation
from apps.evaluation.management import evaluate_run
from apps.evaluation.measuring.errors import EvaluationError
from memweb.serving import servers
from worker.errors import WorkerError
from worker.registry import UnknownBackend

ALL: Final[dict[str, Evaluation]] = {**EVALUATIONS, "run": evaluate_run}


class Command(ServedCommand):
    help = "Measure the heads on annotated data, or on a benchmark of a space."
    refusals = (EvaluationError, UnknownBackend, WorkerError)

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="evaluation", required=True, metavar="EVALUATION")
        for name, evaluation in ALL.items():
            kind = kinds.add_parser(name, help=evaluation.HELP, description=evaluation.HELP)
            evaluation.add_arguments(kind)
            kind.add_argument("--json", action="store_true", help="print one JSON object")

    def needs_servers(self, options: dict[str, Any]) -> bool:
        return ALL[options["evaluation"]].NEEDS_DATABASE

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # progress is no error
        evaluation = ALL[options["evaluation"]]
        if evaluation.NEEDS_DATABASE:
            servers.migrate()
        report = evaluation.run(options, self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(evaluation.table(report))
        if evaluation is evaluate_run and (fell := evaluate_run.failure(report)):
            raise CommandError(fell, returncode=evaluate_run.FELL)
