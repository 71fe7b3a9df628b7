"""One JSON object: what the run was, its figures, and a result on each line of ``results``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from apps.evaluation.models import Run
from apps.evaluation.services.run_exports.rows import about, result_said, results


def json_lines(run: Run) -> Iterator[str]:
    """Yield the file piece by piece."""
    yield json.dumps(about(run), ensure_ascii=False)[:-1] + ', "results": ['
    between = "\n"
    for result in results(run):
        yield between + json.dumps(result_said(result), ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"
