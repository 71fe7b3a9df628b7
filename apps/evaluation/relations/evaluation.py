"""How well a read head finds the relation that a question asks for: ``evaluate relations``."""

from __future__ import annotations

import json
import re
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_read_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.schema import read_labels, standard_relation
from apps.memory.packs import STANDARD
from worker.training.property_names import property_names
from worker.types import RelationSpec

HELP = "the relation and direction that a question asks for, from its text alone"
NEEDS_DATABASE = False
CHUNK = 256  # questions between two lines of progress
_CODE = re.compile(r"[PR][1-9][0-9]{0,9}")


@dataclass(frozen=True)
class AskedRelation:
    """A question; ``label`` is the property and the side of it that the question gives."""

    text: str
    label: tuple[str, str]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate relations``."""
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE",
        help="lines of entity, property (P, or R for its inverse), entity and question, tabbed",
    )  # fmt: skip
    parser.add_argument("--head", default=settings.READ_HEAD, help="which read head")
    parser.add_argument(
        "--weights", type=Path, metavar="FOLDER", help="its weights, in place of those shipped"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="names of other properties, a JSON object"
    )


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Rank all properties of the file, each in both directions, for every question.

    Raises EvaluationError and UnknownBackend.
    """
    questions = read_questions(options["data"])
    head = load_read_head(options["head"], options["weights"])
    matcher = getattr(head, "matcher", None)
    if matcher is None:
        raise EvaluationError(f"The {head.name} read head does not match relations by their text.")
    specs, unnamed = _relations({question.label[0] for question in questions}, options["labels"])
    labels = [(pid, side) for pid in sorted(specs) for side in ("subject", "object")]
    tell(f"{len(questions):,} questions, {len(specs)} relations in both directions")
    began = time.monotonic()
    top1, top5 = _measured(matcher, questions, specs, labels, tell)
    notes = []
    if unnamed:
        notes.append(
            f"These properties have no name here and were ranked by their id: "
            f"{', '.join(unnamed)}. Name them with --labels."
        )
        tell(notes[0])
    return {
        "head": head.name,
        "version": head.version,
        "top1": round(top1 / len(questions), 4),
        "top5": round(top5 / len(questions), 4),
        "n": len(questions),
        "relations": len(specs),
        "unnamed": unnamed,
        "seconds": round(time.monotonic() - began, 3),
        "notes": notes,
    }


def _measured(
    matcher: Any,
    questions: Sequence[AskedRelation],
    specs: Mapping[str, RelationSpec],
    labels: Sequence[tuple[str, str]],
    tell: Tell,
) -> tuple[int, int]:
    """Return how often the right relation and side is the first, and among the first five."""
    # By name, as the registry does: the module brings torch.
    measuring = import_module("worker.training.read_evaluation")
    progress = Progress(tell, "questions", len(questions))
    top1 = top5 = 0
    for at in range(0, len(questions), CHUNK):
        chunk = questions[at : at + CHUNK]
        found: dict[str, float] = measuring.relation_accuracy(matcher, chunk, specs, labels)
        top1 += round(found["top1"] * len(chunk))
        top5 += round(found["top5"] * len(chunk))
        progress.at(at + len(chunk))
    return top1, top5


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    lines = [
        f"read head {report['head']} {report['version']}",
        f"{report['n']:,} questions, {report['relations']} relations in both directions: "
        f"top 1 {report['top1']:.3f}, top 5 {report['top5']:.3f}",
        *report["notes"],
    ]
    return "\n\n".join(lines)


def read_questions(path: Path) -> list[AskedRelation]:
    """Return the questions of a file. Raises EvaluationError, with the line, for a fault."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not UTF-8.") from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        fields = line.rstrip("\r").split("\t")
        if len(fields) != 4:
            raise EvaluationError(
                f"{path.name}, line {number}: expected four fields with tabs between, "
                f"not {len(fields)}."
            )
        if not _CODE.fullmatch(fields[1]):
            raise EvaluationError(
                f"{path.name}, line {number}: {fields[1][:40]!a} is no property such as P19 or R19."
            )
        if not fields[3].strip():
            raise EvaluationError(f"{path.name}, line {number}: the question is empty.")
        known = "subject" if fields[1][0] == "P" else "object"
        found.append(AskedRelation(fields[3], ("P" + fields[1][1:], known)))
    if not found:
        raise EvaluationError(f"{path} holds no questions.")
    return found


def _relations(
    properties: set[str], labels: Path | None
) -> tuple[dict[str, RelationSpec], Sequence[str]]:
    """Return the relations by property, and those whose name nobody knows."""
    specs = {
        item["wikidata_property"]: standard_relation(item)
        for item in json.loads(STANDARD.read_text(encoding="utf-8"))
    }
    names = {pid: (name, "") for pid, name in property_names().items()}
    names |= read_labels(labels) if labels else {}
    unnamed = sorted(properties - set(specs) - set(names))
    for pid in properties - set(specs):
        name, description = names.get(pid, (pid, ""))
        specs[pid] = RelationSpec(pid, name, description, wikidata_property=pid)
    return {pid: specs[pid] for pid in properties}, unnamed
