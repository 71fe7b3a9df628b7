"""How well the memory takes edits: ``evaluate editing``, after zsRE (Levy et al. 2017, Mitchell
et al. 2022) as MemLLM (arXiv 2404.11672) uses it, with all edits in one memory."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from apps.evaluation.editing.before_and_after import (
    OtherFact,
    Result,
    ask_of_same_subjects,
    edit_and_ask,
    failures,
)
from apps.evaluation.editing.cases import read_cases, without_repeated
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_read_head
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.scratch_memory import opened
from apps.evaluation.measuring.tables import share
from worker import registry

HELP = "edits of a memory by questions with new answers"
NEEDS_DATABASE = True


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate editing``."""
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="cases in the form of zsRE"
    )
    parser.add_argument("--head", default=settings.READ_HEAD, help="which read head")
    parser.add_argument(
        "--weights", type=Path, metavar="FOLDER", help="its weights, in place of those shipped"
    )
    parser.add_argument(
        "--failures", type=Path, metavar="FILE", help="write what went wrong, one case a line"
    )


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Apply all edits, then ask. Raises EvaluationError and UnknownBackend."""
    everything = read_cases(options["data"])
    answered = [case for case in everything if case.answer]
    cases = without_repeated(answered)
    if not cases:
        raise EvaluationError(f"{options['data']} holds no case with a new answer.")
    notes = _notes(len(everything) - len(answered), len(answered) - len(cases))
    with ExitStack() as stack:
        file = opened(options["failures"], stack)
        head = load_read_head(options["head"], options["weights"])
        embedder = registry.embedder(settings.EMBEDDER)
        for line in (f"{len(cases)} edits", *notes):
            tell(line)
        began = time.monotonic()
        results = edit_and_ask(cases, head, embedder, tell)
        others = ask_of_same_subjects(results, head, embedder, tell)
        if file:
            _write(file, results, others)
    return {
        "head": head.name,
        "version": head.version,
        **figures(results, others),
        "skipped": len(everything) - len(cases),
        "seconds": round(time.monotonic() - began, 3),
        "notes": notes,
    }


def _notes(empty: int, repeated: int) -> list[str]:
    notes = []
    if repeated:
        notes.append(f"Skipped {repeated}: the subject carries an edit of the same relation.")
    if empty:
        notes.append(f"Skipped {empty}: the new answer is empty.")
    return notes


def figures(results: Sequence[Result], others: Sequence[OtherFact]) -> dict[str, Any]:
    """Return the figures of the report. A share of nothing is None."""
    n = len(results)
    given = [result for result in results if result.question.gives(result.case.answer)]
    return {
        "n": n,
        "reliability": _share(len(given), n),
        "generalization": _share(sum(r.rephrasing.gives(r.case.answer) for r in results), n),
        "locality": _share(sum(r.before.same(r.after) for r in results), n),
        "locality_same_subject": _share(sum(o.before.same(o.after) for o in others), len(others)),
        "n_same_subject": len(others),
        "reliability_alone": _share(sum(len(r.question.given) == 1 for r in given), n),
        "edits": dict(Counter(result.edited.how for result in results)),
        "failures": failures(results),
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    edits = ", ".join(f"{how} {count}" for how, count in sorted(report["edits"].items()))
    lines = [
        f"read head {report['head']} {report['version']}: {report['n']} edits ({edits}); "
        f"{report['skipped']} cases skipped",
        f"reliability {share(report['reliability'])}, "
        f"with the new answer alone {share(report['reliability_alone'])}\n"
        f"generalization {share(report['generalization'])}\n"
        f"locality {share(report['locality'])}, "
        f"on {report['n_same_subject']} other facts of the same subjects "
        f"{share(report['locality_same_subject'])}",
    ]
    if report["failures"]:
        lines.append("\n".join(f"{count:5}  {why}" for why, count in report["failures"].items()))
    return "\n\n".join([*lines, *report["notes"]])


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _write(file: IO[str], results: Sequence[Result], others: Sequence[OtherFact]) -> None:
    rows: list[dict[str, Any]] = []
    for result in results:
        case, edited = result.case, result.edited
        right = [o.gives(case.answer) for o in (result.question, result.rephrasing)]
        if not all(right) or not result.before.same(result.after):
            rows.append(
                {
                    "case": case.number,
                    "question": case.question,
                    "rephrasing": case.rephrasing,
                    "new_answer": case.answer,
                    "relation": edited.relation.name if edited.relation else None,
                    "how": edited.how,
                    "refusal": edited.refusal,
                    "answered": result.question.text,
                    "rephrasing_answered": result.rephrasing.text,
                    "unrelated": case.unrelated,
                    "unrelated_before": result.before.text,
                    "unrelated_after": result.after.text,
                }
            )
    rows += [
        {"other_fact": o.question, "before": o.before.text, "after": o.after.text}
        for o in others
        if not o.before.same(o.after)
    ]
    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
