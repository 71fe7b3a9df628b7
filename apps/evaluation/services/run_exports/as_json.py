"""One JSON object: what the run was, its figures, and a result on each line of ``results``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from apps.evaluation.models import Result, Run
from apps.evaluation.services.run_exports.rows import about, result_said, results


def json_lines(run: Run) -> Iterator[str]:
    """Yield the file piece by piece."""
    yield json_begin(run)
    for number, result in enumerate(results(run)):
        yield json_of(run, result, is_first=not number)
    yield json_end(run)


def json_begin(run: Run) -> str:
    """Return what stands before the first result."""
    return json.dumps(about(run), ensure_ascii=False)[:-1] + ', "results": ['


def json_of(run: Run, result: Result, *, is_first: bool) -> str:
    """Return a result with what joins it to the one before."""
    return ("\n" if is_first else ",\n") + json.dumps(result_said(result), ensure_ascii=False)


def json_end(run: Run) -> str:
    """Return what stands after the last result."""
    return "\n]}\n"
