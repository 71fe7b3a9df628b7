"""How well a write head finds the facts of annotated documents: ``evaluate extraction``."""

from __future__ import annotations

import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from apps.evaluation.extraction.pictures import extraction_picture
from apps.evaluation.extraction.report import table as table
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_write_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.schema import Asked, relations_asked
from worker.interfaces import WriteHead
from worker.training import intervals, metrics, redocred
from worker.training.redocred import GoldDocument

HELP = "precision, recall and F1 of the write head on documents in DocRED format"
NEEDS_DATABASE = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate extraction``."""
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="documents in DocRED format"
    )
    parser.add_argument("--head", default=settings.WRITE_HEAD, help="which write head")
    parser.add_argument(
        "--weights", type=Path, metavar="FOLDER", help="its weights, in place of those shipped"
    )
    parser.add_argument(
        "--relations",
        choices=["schema", "file"],
        default="schema",
        help="ask for all of the standard schema and the file (the default), or the file's alone",
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="names of other properties, a JSON object"
    )
    parser.add_argument(
        "--implied",
        action=BooleanOptionalAction,
        default=True,
        help="count what follows from a text as well as what it states, as the annotators of"
        " DocRED do (the default)",
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE.svg", help="write a reliability diagram"
    )


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure the head. Raises EvaluationError and UnknownBackend."""
    picture: Path | None = options["picture"]
    if picture and not picture.absolute().parent.is_dir():
        raise EvaluationError(f"{picture} cannot be written: there is no such folder.")
    documents = _documents(options["data"])
    tell(f"{options['data']}: {len(documents)} documents; loading the write head")
    head = load_write_head(options["head"], options["weights"])
    asked = relations_asked(
        documents,
        texts=_texts(head),
        labels=options["labels"],
        only_used=options["relations"] == "file",
    )
    began = time.monotonic()
    progress = Progress(tell, "documents", len(documents))
    with metrics.proposing_from(head, implied=options["implied"]):
        measured = metrics.measure(
            cast("metrics.MeasuredHead", head), documents, asked.specs, progress=progress.at
        )
    report = {
        "file": options["data"].name.encode("utf-8", "replace").decode(),
        "head": head.name,
        "version": head.version,
        "implied": options["implied"],
        **_figures(head, measured, documents, asked, implied=options["implied"]),
        "seconds_in_all": time.monotonic() - began,
    }
    for note in report["notes"]:
        tell(note)
    if picture:
        _write(picture, extraction_picture(report))
    return report


def _figures(
    head: WriteHead,
    measured: metrics.Measured,
    documents: Sequence[GoldDocument],
    asked: Asked,
    *,
    implied: bool,
) -> dict[str, Any]:
    chosen = getattr(head, "manifest", {}).get("thresholds", {})
    review = chosen.get("review", 0.0)
    thresholds = {
        "best": chosen.get("best", 0.0) if implied else review,
        "review": chosen.get("implied", review) if implied else review,
        "given_entities": chosen.get("gold_entities", 0.0),
    }
    figures = metrics.report(measured, **thresholds)
    names = {spec.wikidata_property: spec.name for spec in asked.specs}
    figures["by_relation"] = {
        pid: {"name": names[pid], **scores} for pid, scores in figures["by_relation"].items()
    }
    sure = intervals.bootstrap(measured, **thresholds)
    if not hasattr(head, "relations_between"):
        figures["relations_gold_entities"] = None
        del sure["relations_gold_entities"]
    words = sum(len(d.text.split()) for d in documents)
    return {
        **figures,
        "intervals_95": sure,
        "calibration_error_at_review_threshold": metrics.calibration_error(
            measured.triples, least=thresholds["review"]
        ),
        "facts": sum(measured.gold.values()),
        "relations_asked": len(asked.specs),
        "words": words,
        "words_per_second": words / measured.seconds if measured.seconds else 0.0,
        "notes": _notes(head, measured, asked),
    }


def _notes(head: WriteHead, measured: metrics.Measured, asked: Asked) -> list[str]:
    notes = []
    if not measured.gold:
        notes.append("No document has labels: the figures of facts say nothing.")
    if asked.unnamed:
        notes.append(
            f"These relations have no name here and were asked for by their id: "
            f"{', '.join(asked.unnamed)}. Name them with --labels."
        )
    if not hasattr(head, "relations_between"):
        notes.append(f"The {head.name} head cannot be asked about given entities.")
    return notes


def _documents(path: Path) -> list[GoldDocument]:
    try:
        documents = redocred.read(path)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except redocred.MalformedDocuments as error:
        raise EvaluationError(f"{error}.") from error
    if not documents:
        raise EvaluationError(f"{path} holds no documents.")
    return documents


def _texts(head: WriteHead) -> dict[str, tuple[str, str]]:
    """Return the names that a head's weights hold of the relations it was trained on."""
    manifest = getattr(head, "manifest", {})
    pairs = zip(manifest.get("relations", ()), manifest.get("relation_names", ()), strict=False)
    return {pid: (name, "") for pid, name in pairs}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}.") from error
