"""Proposing the rows of a large file: checked at once, proposed by a worker, part by part.

So that nobody waits for thousands of rows in a request, and other people's work has its turn in
between. What cannot be proposed is told before anything is saved.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import jobs
from apps.curation.models import RowImport, RowImportPart
from apps.curation.services.errors import NotCancellable, NotRetryable
from apps.curation.services.extraction import check_there
from apps.curation.services.triple_import import (
    REPEATED,
    ImportResult,
    Placed,
    RowReader,
    rows_propose,
)
from apps.sources.errors import BadRows
from apps.sources.models import Document
from apps.sources.passages import FactSpans, Span
from apps.sources.triples import (
    RowError,
    TripleRow,
    describe,
    render,
    row_from_json,
    row_to_json,
)
from worker.freed import give_back

PART_ROWS = 250  # proposed in one transaction: about a third of a second


def _record_failure(row_import: RowImport) -> None:
    _record(row_import, "import.failed", reason=row_import.error)


IMPORTS = jobs.Kind(
    model=RowImport,
    task="curation.import_rows",
    queue="write",
    worker="The import",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_EXTRACTIONS",
    things="imports",
)


def import_request(*, document: Document, actor: User, rows: Sequence[TripleRow]) -> RowImport:
    """Check the rows of a document that is new, and queue them to be proposed.

    Repeated rows are left out. Raises BadRows, which names each row that cannot be proposed, and
    jobs.TooManyOpen.
    """
    reader = RowReader(document.space, actor, document)
    good: list[Placed] = []
    problems: list[RowError] = []
    for row, spans in zip(rows, render(rows)[1], strict=True):
        problem = reader.problem(row, spans)
        if not problem:
            good.append((row, spans))
        elif problem != REPEATED:
            problems.append(RowError(row.line, problem))
    if problems:
        raise BadRows(describe(problems))
    with transaction.atomic():
        jobs.check_room(IMPORTS, actor.pk)
        row_import = RowImport.objects.create(
            space=document.space, document=document, requested_by=actor, rows=len(good)
        )
        RowImportPart.objects.bulk_create(
            RowImportPart(row_import=row_import, number=len(part), rows=_as_json(part))
            for part in (good[at : at + PART_ROWS] for at in range(0, len(good), PART_ROWS))
        )
        _record(row_import, "import.requested", actor=actor, rows=len(good))
        jobs.ring(IMPORTS, row_import)
    return row_import


def import_retry(*, row_import: RowImport, actor: User) -> RowImport:
    """Queue a failed or cancelled import again; what it has proposed stays.

    Raises NotRetryable, DocumentGone and jobs.TooManyOpen.
    """
    was_cancelled = row_import.state == RowImport.State.CANCELLED
    with transaction.atomic():
        check_there(row_import.document_id)
        jobs.check_room(IMPORTS, row_import.requested_by_id, actor=actor.pk)
        if not jobs.reopen(row_import):
            raise NotRetryable
        row_import.refresh_from_db()
        action = "import.resumed" if was_cancelled else "import.retried"
        _record(row_import, action, actor=actor)
        jobs.ring(IMPORTS, row_import)
    return row_import


def import_cancel(*, row_import: RowImport, actor: User) -> RowImport:
    """End a queued or running import. What it has proposed so far stays, and so do the rows that
    are left, for it to go on. Raises NotCancellable."""
    with transaction.atomic():
        if not jobs.cancel(row_import):
            raise NotCancellable
        row_import.refresh_from_db()
        _record(
            row_import,
            "import.cancelled",
            actor=actor,
            rows=row_import.rows,
            proposed=row_import.candidates,
        )
    return row_import


def import_run(*, import_id: int) -> RowImport:
    """Propose all rows that are left, if no one else is at it; return how the import stands."""
    return jobs.run(IMPORTS, import_id, lambda job: _propose(job, math.inf))


def import_run_next() -> RowImport | None:
    """Propose rows of the import whose turn it is for a slice of time; None when there is none."""
    return jobs.run_next(IMPORTS, lambda job: _propose(job, settings.SLICE_SECONDS))


def import_sweep() -> int:
    """Ring again for imports that nobody answered and fail those whose attempts are used up.

    Returns how many it rang for.
    """
    return jobs.sweep(IMPORTS)


def _propose(row_import: RowImport, seconds: float) -> None:
    """Propose parts for about so many seconds, but at least one; then end it or give way."""
    reader = RowReader(row_import.space, row_import.requested_by, row_import.document)
    deadline = time.monotonic() + seconds
    while (part := row_import.parts.first()) is not None:
        _propose_part(row_import, part, reader)
        if time.monotonic() > deadline:
            break
    del reader
    give_back()
    if row_import.parts.exists():
        with transaction.atomic():
            jobs.give_way(row_import)
            jobs.ring(IMPORTS, row_import)
    else:
        _finish(row_import)


def _propose_part(row_import: RowImport, part: RowImportPart, reader: RowReader) -> None:
    """Save what comes of one part, all or nothing. Raises LeaseLost."""
    with transaction.atomic():
        # Locks the row: a late worker waits here and is turned away.
        jobs.renew(row_import, got_on=True)
        result = rows_propose(reader, _placed(part.rows))
        RowImport.objects.filter(pk=row_import.pk).update(
            candidates=F("candidates") + len(result.candidates)
        )
        _note_problems(row_import, result)
        part.delete()


def _note_problems(row_import: RowImport, result: ImportResult) -> None:
    """Keep what became wrong since the rows were checked: a relation was retired meanwhile."""
    if result.problems:
        row_import.problems = "\n".join(
            filter(None, [row_import.problems, *map(str, result.problems)])
        )
        row_import.save(update_fields=["problems"])
        _record(row_import, "import.rows_left", rows=len(result.problems))


def _finish(row_import: RowImport) -> None:
    with transaction.atomic():
        jobs.finish(row_import)
        row_import.refresh_from_db(fields=["candidates"])
        _record(row_import, "import.finished", rows=row_import.rows, proposed=row_import.candidates)


def _record(
    row_import: RowImport, action: str, *, actor: User | None = None, **payload: object
) -> None:
    record(
        space=row_import.space,
        action=action,
        actor=actor,
        actor_label="" if actor else "import",
        subject=row_import.document,
        payload={"document": row_import.document_id, **payload},
    )


def _as_json(rows: Iterable[Placed]) -> list[list[Any]]:
    return [[row_to_json(row), spans] for row, spans in rows]


def _placed(rows: list[list[Any]]) -> Iterable[Placed]:
    for row, spans in rows:
        yield row_from_json(row), FactSpans(*(Span(*span) for span in spans))
