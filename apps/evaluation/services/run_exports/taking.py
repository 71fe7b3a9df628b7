"""Writing the file of a run, and the event that says who took it out."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Final

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.evaluation.models import Run
from apps.evaluation.services.run_exports.as_csv import csv_lines
from apps.evaluation.services.run_exports.as_json import json_lines
from apps.evaluation.services.run_exports.as_page import page_parts

MOST_AT_ONCE: Final = 2_000  # results that are written while somebody waits for the page
IN_MEMORY: Final = 4 * 2**20  # bytes before the file goes to the disk

FORMATS: Final = (("json", "JSON"), ("csv", "CSV"), ("html", "A page to print"))
_WRITERS: Final[dict[str, tuple[Callable[[Run], Iterable[str]], str]]] = {
    "json": (json_lines, "application/json"),
    "csv": (csv_lines, "text/csv; charset=utf-8"),
    "html": (page_parts, "text/html; charset=utf-8"),
}


CONTENT_TYPES: Final = {format: content_type for format, (_, content_type) in _WRITERS.items()}


class UnknownFormat(Exception):
    """A run is taken out as json, csv or html."""


@dataclass(frozen=True)
class Taken:
    """The file of a run, open at its beginning; it goes when it is closed."""

    file: IO[bytes]
    name: str
    content_type: str
    size: int
    sha256: str


def run_export(*, run: Run, actor: User, format: str) -> Taken:
    """Write the results of a run to a file and seal who took it. Raises UnknownFormat."""
    if format not in _WRITERS:
        raise UnknownFormat(" ".join((UnknownFormat.__doc__ or "").split()))
    write, content_type = _WRITERS[format]
    hashed, size = hashlib.sha256(), 0
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with transaction.atomic():
        for text in write(run):
            data = text.encode()
            hashed.update(data)
            size += file.write(data)
        _told(run, actor, format, size, hashed.hexdigest())
    file.seek(0)
    name = f"{run.space.slug}-run-{run.pk}.{format}"
    return Taken(file, name, content_type, size, hashed.hexdigest())


def _told(run: Run, actor: User, format: str, size: int, sha256: str) -> None:
    version = run.version
    record(
        space=run.space,
        actor=actor,
        action="run.exported",
        subject=run,
        payload={
            "benchmark": version.benchmark_id,
            "name": version.benchmark.name,
            "version": version.number,
            "run": run.pk,
            "mode": run.mode,
            "format": format,
            "bytes": size,
            "sha256": sha256,
        },
    )
