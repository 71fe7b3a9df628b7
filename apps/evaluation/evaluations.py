"""The evaluations that there are, by name. A new one is a module that fits ``Evaluation``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, Protocol

from apps.evaluation.services import editing, extraction, questions, relations
from apps.evaluation.services.progress import Tell

Report = dict[str, Any]


class Evaluation(Protocol):
    """What a module of ``apps/evaluation/services`` offers to ``manage.py evaluate``.

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
