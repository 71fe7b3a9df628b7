"""CSV: a line for each case, as RFC 4180 has it, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from apps.evaluation.models import Result, Run
from apps.evaluation.services.expected import expected_said
from apps.evaluation.services.run_exports.rows import result_said, results
from apps.provenance.services.exports.csv_tables import guarded

COLUMNS: Final = (
    "run", "number", "key", "kind", "relation", "text", "given", "expected", "outcome",
    "diagnosis", "abstained", "answer", "cited_facts", "f1", "score", "claims", "cited",
    "supporting", "seconds",
)  # fmt: skip


def csv_lines(run: Run) -> Iterator[str]:
    """Yield the file line by line."""
    yield csv_begin(run)
    for result in results(run):
        yield csv_of(run, result)


def csv_begin(run: Run) -> str:
    """Return the line of column names."""
    return _line(COLUMNS)


def csv_of(run: Run, result: Result, *, is_first: bool = False) -> str:
    """Return the line of a result."""
    cells = _cells(run, result)
    return _line(cells[name] for name in COLUMNS)


def csv_end(run: Run) -> str:
    """Return what stands after the last result: nothing."""
    return ""


def _cells(run: Run, result: Result) -> dict[str, Any]:
    said = result_said(result)
    return said | {
        "run": run.pk,
        "given": json.dumps(said["given"], ensure_ascii=False) if said["given"] else "",
        "expected": expected_said(said["expected"]),
        "answer": said["answer"].get("text", ""),
        "cited_facts": " ".join(map(str, said["answer"].get("facts", ()))),
    }


def _line(values: Iterable[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([guarded(value) for value in values])
    return buffer.getvalue()
