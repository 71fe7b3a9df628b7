"""The evaluations and benchmarks that there are, by name: modules that fit ``Evaluation``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, Protocol

from apps.evaluation.services import bench_questions, editing, extraction, questions, relations
from apps.evaluation.services.progress import Tell

Report = dict[str, Any]


class Evaluation(Protocol):
    """What a module of ``apps/evaluation/services`` offers to ``manage.py evaluate`` or ``bench``.

    Importing it loads no model. ``NEEDS_DATABASE`` asks for the servers to be started first.
    """

    HELP: str
    NEEDS_DATABASE: bool

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of this evaluation; ``--json`` is there already."""
        ...

    def run(self, options: Mapping[str, Any], tell: Tell) -> Report:
        """Evaluate; return what ``json.dumps`` takes. ``tell`` says a line on standard error.

        Raises EvaluationError with one sentence.
        """
        ...

    def table(self, report: Report) -> str:
        """Return the report for people to read, in aligned columns."""
        ...


EVALUATIONS: dict[str, Evaluation] = {
    "extraction": extraction,
    "questions": questions,
    "relations": relations,
    "editing": editing,
}
BENCHMARKS: dict[str, Evaluation] = {"questions": bench_questions}
