"""A write head put to a file of annotated texts: what two evaluations have in common."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from apps.evaluation.measuring.annotated import AnnotatedText, read_texts
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_write_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.proposals_judged import Judged
from apps.evaluation.measuring.proposing import (
    Proposed,
    proposals,
)
from apps.evaluation.measuring.schema import pack_relations
from apps.evaluation.measuring.tables import columns, share
from apps.memory.packs import Pack, UnknownPack, extra_packs, pack_named
from worker.interfaces import StopsLate


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
    parser.add_argument(
        "--late-stopping",
        choices=["on", "off"],
        help="whether a language model's calls end late, in place of how the head is set",
    )
    parser.add_argument(
        "--packs",
        metavar="NAMES",
        help='packs that are on beside the standard relations, with commas; "all" or "none"'
        " (without it, those that have a relation which the file names)",
    )
    parser.add_argument(
        "--implied",
        action="store_true",
        help="count what follows from another proposal too, which reviewers are not asked about",
    )
    parser.add_argument(
        "--scores",
        type=Path,
        metavar="FILE",
        help="write the score of each proposal and whether it is right, a text a line",
    )


def measure(options: Mapping[str, Any], tell: Tell) -> Measured:
    """Read every text with the head at its own threshold, all standard relations and those of the
    chosen packs asked for. Raises EvaluationError and UnknownBackend."""
    path: Path = options["data"]
    texts = read_texts(path)
    tell(f"{path}: {len(texts)} texts; loading the write head")
    head = load_write_head(options["head"], options["weights"])
    late = options["late_stopping"]
    if late is not None:
        if not isinstance(head, StopsLate):
            raise EvaluationError(
                f"The {head.name} write head writes no calls that could end late."
            )
        head.stop_late(late == "on")
    chosen = chosen_packs(options["packs"], texts)
    relations = pack_relations((pack_named("standard"), *chosen))
    known = {spec.name for spec in relations}
    progress = Progress(tell, "texts", len(texts))
    found = []
    began = time.monotonic()
    for number, text in enumerate(texts, 1):
        found.append(proposals(head, text.text, relations, implied=options["implied"]))
        progress.at(number)
    seconds = time.monotonic() - began
    words = sum(text.words for text in texts)
    unknown = sorted({f.relation for t in texts for f in t.facts if f.relation not in known})
    about = {
        "file": path.name.encode("utf-8", "replace").decode(),
        "head": head.name,
        "version": head.version,
        "late_stopping": late,
        "packs": [pack.name for pack in chosen],
        "implied": options["implied"],
        "relations_asked": len(relations),
        "relations_unknown": unknown,
        "words": words,
        "seconds": seconds,
        "words_per_second": words / seconds if seconds else 0.0,
    }
    return Measured(texts, found, about)


def write_scores(file: IO[str] | None, judged: Sequence[Judged]) -> None:
    """Write the score of each proposal and whether it is right, the surest first, a text a line."""
    if file is None:
        return
    for one in judged:
        rows = zip(one.proposals, one.right, strict=True)
        row = {
            "kind": one.text.kind,
            "proposals": [{"score": p.score, "right": right} for p, right in rows],
        }
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def chosen_packs(names: str | None, texts: Sequence[AnnotatedText]) -> list[Pack]:
    """Return the packs that are on. Raises EvaluationError for a name that no pack has."""
    if names is None:
        facts = (f for t in texts for f in (*t.facts, *t.also_right, *t.unstated))
        used = {fact.relation for fact in facts}
        return [p for p in extra_packs() if used & {item["name"] for item in p.relations}]
    if names in ("all", "none"):
        return list(extra_packs()) if names == "all" else []
    try:
        return [pack_named(name.strip()) for name in names.split(",")]
    except UnknownPack as error:
        raise EvaluationError(str(error)) from error


def heading(report: Mapping[str, Any]) -> str:
    """Return what was measured on what, for people to read."""
    lines = [
        f"{report['file']}: {report['texts']:,} texts, {report['words']:,} words",
        f"write head {report['head']} {report['version']}, asked for "
        f"{report['relations_asked']} relations: {report['words_per_second']:,.0f} words a second",
    ]
    if report["late_stopping"]:
        lines.append(f"Late stopping {report['late_stopping']}")
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
