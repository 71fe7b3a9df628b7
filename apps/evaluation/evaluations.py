"""The evaluations and benchmarks that there are, by name: modules that fit ``Evaluation``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, Protocol

from apps.evaluation.attribution import evaluation as attribution
from apps.evaluation.bench import api as bench_api
from apps.evaluation.bench import facts as bench_facts
from apps.evaluation.bench import ingest as bench_ingest
from apps.evaluation.bench import memory as bench_memory
from apps.evaluation.bench import provenance as bench_provenance
from apps.evaluation.bench import questions as bench_questions
from apps.evaluation.bench import verification as bench_verification
from apps.evaluation.dialogues import evaluation as dialogues
from apps.evaluation.documents import evaluation as documents
from apps.evaluation.editing import evaluation as editing
from apps.evaluation.extraction import evaluation as extraction
from apps.evaluation.learning import evaluation as learning
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.perplexity import evaluation as perplexity
from apps.evaluation.questions import evaluation as questions
from apps.evaluation.relations import evaluation as relations
from apps.evaluation.statements import evaluation as statements

Report = dict[str, Any]


class Evaluation(Protocol):
    """What a module of this app offers to ``manage.py evaluate`` or ``bench``.

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
    "statements": statements,
    "documents": documents,
    "dialogues": dialogues,
    "questions": questions,
    "relations": relations,
    "editing": editing,
    "perplexity": perplexity,
    "learning": learning,
    "attribution": attribution,
}
BENCHMARKS: dict[str, Evaluation] = {
    "questions": bench_questions,
    "ingest": bench_ingest,
    "memory": bench_memory,
    "verification": bench_verification,
    "provenance": bench_provenance,
    "facts": bench_facts,
    "api": bench_api,
}
