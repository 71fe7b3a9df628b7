"""How well a write head finds the facts of annotated documents: ``evaluate extraction``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from apps.evaluation.services.errors import EvaluationError
from apps.evaluation.services.progress import Tell
from worker import registry
from worker.training import metrics, redocred
from worker.training.redocred import GoldDocument
from worker.types import RelationSpec

HELP = "precision, recall and F1 of the write head on documents in DocRED format"
NEEDS_DATABASE = False
SCHEMA = Path(settings.BASE_DIR) / "apps" / "memory" / "data" / "relations.json"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate extraction``."""
    parser.add_argument("--data", required=True, type=Path, metavar="FILE", help="DocRED format")
    parser.add_argument("--head", default=settings.WRITE_HEAD, help="the write head")


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure the head. Raises EvaluationError and UnknownBackend."""
    documents = _documents(options["data"])
    head = cast("metrics.MeasuredHead", registry.write_head(options["head"]))
    tell(f"{len(documents)} documents")
    measured = metrics.measure(head, documents, _relations(documents))
    return metrics.report(measured, best=0.5, review=0.5, given_entities=0.5)


def table(report: Mapping[str, Any]) -> str:
    """Return the main figures in aligned columns."""
    rows = ("mentions", "relations_gold_entities", "end_to_end", "end_to_end_at_review_threshold")
    lines = [f"{'':<32}{'precision':>10}{'recall':>10}{'F1':>10}"]
    for row in rows:
        figures = (report[row][key] for key in ("precision", "recall", "f1"))
        lines.append(f"{row.replace('_', ' '):<32}" + "".join(f"{f:>10.3f}" for f in figures))
    return "\n".join(lines)


def _documents(path: Path) -> list[GoldDocument]:
    try:
        documents = redocred.read(path)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except redocred.MalformedDocuments as error:
        raise EvaluationError(str(error)) from error
    if not documents:
        raise EvaluationError(f"{path} holds no documents.")
    return documents


def _relations(documents: Sequence[GoldDocument]) -> list[RelationSpec]:
    rows = json.loads(SCHEMA.read_text(encoding="utf-8"))
    names = {row["wikidata_property"]: (row["name"], row["description"]) for row in rows}
    judged = {t.property for d in documents for t in d.triples}
    return redocred.relation_specs(sorted(judged | set(names)), names, {})
