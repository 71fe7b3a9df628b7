"""A write head put to a file of annotated texts: what two evaluations have in common."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.evaluation.measuring.annotated import AnnotatedText, read_texts
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.proposing import (
    Proposed,
    load_write_head,
    proposals,
    standard_schema,
)
from apps.evaluation.measuring.tables import columns, share


@dataclass(frozen=True)
class Measured:
    """The texts, what was proposed for each, and the report's facts about the run."""

    texts: list[AnnotatedText]
    proposals: list[list[Proposed]]
    about: dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options that say what is measured on what."""
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="texts with facts, as JSON lines"
    )
    parser.add_argument("--head", default=settings.WRITE_HEAD, help="which write head")
    parser.add_argument(
        "--weights", type=Path, metavar="FOLDER", help="its weights, in place of those shipped"
    )


def measure(options: Mapping[str, Any], tell: Tell) -> Measured:
    """Read every text with the head at its own threshold, all relations of the standard schema
    asked for. Raises EvaluationError and UnknownBackend."""
    path: Path = options["data"]
    texts = read_texts(path)
    tell(f"{path}: {len(texts)} texts; loading the write head")
    head = load_write_head(options["head"], options["weights"])
    relations = standard_schema()
    known = {spec.name for spec in relations}
    progress = Progress(tell, "texts", len(texts))
    found = []
    began = time.monotonic()
    for number, text in enumerate(texts, 1):
        found.append(proposals(head, text.text, relations))
        progress.at(number)
    seconds = time.monotonic() - began
    words = sum(text.words for text in texts)
    unknown = sorted({f.relation for t in texts for f in t.facts if f.relation not in known})
    about = {
        "file": path.name.encode("utf-8", "replace").decode(),
        "head": head.name,
        "version": head.version,
        "relations_asked": len(relations),
        "relations_unknown": unknown,
        "words": words,
        "seconds": seconds,
        "words_per_second": words / seconds if seconds else 0.0,
    }
    return Measured(texts, found, about)


def heading(report: Mapping[str, Any]) -> str:
    """Return what was measured on what, for people to read."""
    lines = [
        f"{report['file']}: {report['texts']:,} texts, {report['words']:,} words",
        f"write head {report['head']} {report['version']}, asked for "
        f"{report['relations_asked']} relations: {report['words_per_second']:,.0f} words a second",
    ]
    if report["relations_unknown"]:
        names = ", ".join(report["relations_unknown"])
        lines.append(f"Not in the schema, so never found: {names}")
    return "\n".join(lines)


def score_table(report: Mapping[str, Any]) -> str:
    """Return how far scores can be believed, for people to read."""
    held = report["by_score"]
    rows = [["score", "right", "proposals"]]
    rows += [[f"{p['score']:.3f}", f"{p['right']:.3f}", f"{p['count']:,}"] for p in held["fifths"]]
    rising = "each fifth is" if held["rising"] else "not each fifth is"
    return (
        f"Calibration error {share(held['calibration_error'])}; by score, {rising} more precise "
        f"than the one below it\n{columns(rows, left=0)}"
    )
