"""How long exporting and erasing very many facts takes, and how much memory: ``bench facts``.

A PostgreSQL of its own has one document of so many facts, accepted and in the log. What is measured
runs in a process of its own, as a worker would do it.
"""

from __future__ import annotations

import os
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final
from unittest import mock

from django.conf import settings

from apps.common import jobs
from apps.evaluation.bench.made_up_facts import MOST, make_facts
from apps.evaluation.bench.options import machine, number
from apps.evaluation.bench.own_servers import OwnPostgres, own_postgres
from apps.evaluation.bench.used import (
    in_own_process,
    own_megabytes,
    own_seconds,
    server_seconds,
)
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.tables import columns
from apps.provenance.models import Export
from apps.provenance.services import sequencer
from apps.provenance.services.document_erasure import DocumentErasure, document_erase
from apps.provenance.services.exports import Chosen, export_request, export_run
from apps.provenance.services.exports.files import path_of
from apps.provenance.services.replay import ALL, verify
from apps.sources.models import Document

HELP = "how long exporting and erasing very many facts takes, and how much memory"
NEEDS_DATABASE = False  # it has a server of its own
FACTS = 20_000
MOST_MEGABYTES: Final = 300  # of an export, whatever its size


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench facts``."""
    parser.add_argument(
        "--facts", type=number(100, MOST, "facts"), default=FACTS, metavar="N",
        help=f"of one document ({FACTS})",
    )  # fmt: skip
    parser.add_argument(
        "--formats", default="json-ld", metavar="NAME,NAME",
        help=f"of the exports: {', '.join(Export.Format.values)} (json-ld); empty for none",
    )  # fmt: skip


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure, and return the figures. Raises EvaluationError."""
    formats = [name for name in options["formats"].split(",") if name]
    for name in formats:
        if name not in Export.Format.values:
            raise EvaluationError(
                f"--formats: {name!r} is none of {', '.join(Export.Format.values)}."
            )
    before, count = os.getloadavg()[0], options["facts"]
    with own_postgres() as server, tempfile.TemporaryDirectory(prefix="memweb-bench-") as folder:
        steps = [
            _used(server, tell, f"{count:,} facts are made", make_facts, count, whole=False),
            _used(server, tell, "they are sealed", sequencer.seal, whole=False),
            *(
                _used(server, tell, f"exported as {name}", _exported, name, folder)
                for name in formats
            ),
            _used(server, tell, "counted for the page that erases", _counted),
            _used(server, tell, "erased, and retracted", _erased, folder),
            _used(server, tell, "what erasing left is sealed", sequencer.seal, whole=False),
            _used(server, tell, "all is verified", _verified),
        ]
    exported = [step["megabytes"] for step in steps if step["what"].startswith("exported")]
    return {
        "machine": machine() | {"load_before": round(before, 2)},
        "facts": count,
        "steps": steps,
        "memory_met": max(exported, default=0) <= MOST_MEGABYTES,
    }


def _used(
    server: OwnPostgres,
    tell: Tell,
    what: str,
    do: Callable[..., Any],
    *arguments: Any,
    whole: bool = True,
) -> dict[str, Any]:
    """Return what a step took: in a process of its own where it is ``whole``, else in this one,
    whose memory says nothing."""
    tell(f"{what} ...")
    began, of_server, own = time.monotonic(), server_seconds(server), own_seconds()
    megabytes, said = None, ""
    if whole:
        seconds, megabytes, said = in_own_process(_alone, do, *arguments)
    else:
        do(*arguments)
        seconds = own_seconds() - own
    return {
        "what": what,
        "seconds": round(time.monotonic() - began, 1),
        "own_seconds": round(seconds, 1),
        "server_seconds": round(server_seconds(server) - of_server, 1),
        "megabytes": megabytes,
        "said": said,
    }


def _alone(do: Callable[..., str], *arguments: Any) -> tuple[float, float, str]:
    said = do(*arguments)
    return own_seconds(), own_megabytes(), said


def _in(folder: str) -> AbstractContextManager[Any]:
    """Keep keys and files apart from those of this place."""
    return mock.patch.multiple(
        settings,
        VAR_DIR=Path(folder),
        EXPORT_DIR=Path(folder) / "exports",
        PROVENANCE_KEY_FILE="",
    )


def _exported(format: str, folder: str) -> str:
    document = Document.objects.defer("text").get()
    chosen = Chosen(document.space_id, scope=Export.Scope.SPACE)
    with _in(folder), mock.patch.object(jobs, "ring"):
        export = export_request(
            space=document.space, actor=document.added_by, chosen=chosen, format=format,
            address="https://memory.example.org",
        )  # fmt: skip
        done = export_run(export_id=export.pk)
        if done.state != Export.State.DONE:
            raise EvaluationError(f"The export failed: {done.error}")
        return f"{path_of(done).stat().st_size / 1e6:,.0f} MB"


def _counted() -> str:
    numbers = DocumentErasure(Document.objects.defer("text").get()).numbers()
    return f"{numbers['facts_alone']:,} facts alone"


def _erased(folder: str) -> str:
    document = Document.objects.defer("text").get()
    with _in(folder):
        erased = document_erase(
            document=document, actor=document.added_by, reason="measured", retract=True
        )
    return f"{erased.changes:,} changes and {erased.events:,} events"


def _verified() -> str:
    report = verify(ALL)
    if not report.holds:
        raise EvaluationError(report.findings[0].sentence)
    return f"{sum(log.size for log in report.logs):,} events hold"


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    at = report["machine"]
    rows = [["", "seconds", "of Python", "of PostgreSQL", "MB of Python", ""]]
    rows += [
        [
            one["what"],
            f"{one['seconds']:.1f}",
            f"{one['own_seconds']:.1f}",
            f"{one['server_seconds']:.1f}",
            "" if one["megabytes"] is None else f"{one['megabytes']:.0f}",
            one["said"],
        ]
        for one in report["steps"]
    ]
    met = {True: "met", False: "missed"}
    return "\n\n".join(
        [
            f"{at['date']}, {at['cores']} cores, load {at['load_before']} before",
            columns(rows),
            f"An export in at most {MOST_MEGABYTES} MB: {met[report['memory_met']]}.",
        ]
    )
