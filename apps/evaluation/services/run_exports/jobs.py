"""The file of a run with many results as a job: asked for, written slice by slice by a worker, kept
for some days. It gets its name last, so that nothing half-written is ever given out."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import jobs
from apps.evaluation.models import Result, Run, RunExport
from apps.evaluation.services.run_exports import files
from apps.evaluation.services.run_exports.as_csv import csv_begin, csv_end, csv_of
from apps.evaluation.services.run_exports.as_json import json_begin, json_end, json_of
from memweb.full import is_full
from worker.errors import WorkerError

AT_ONCE: Final = 500  # results read from the database
SAVE_SECONDS: Final = 1.0
FULL: Final = "The disk is full: the file could not be written. Nothing of it was kept."
_WRITERS: Final = {
    RunExport.Format.JSON: (json_begin, json_of, json_end),
    RunExport.Format.CSV: (csv_begin, csv_of, csv_end),
}


class NotOffered(Exception):
    """The file of these results is no longer kept, or there is none yet."""


def _record_failure(export: RunExport) -> None:
    _told(export, "run.export_failed", reason=export.error)
    transaction.on_commit(lambda: files.drop(export))


RUN_EXPORTS: Final = jobs.Kind(
    model=RunExport,
    task="evaluation.export",
    queue="export",
    worker="The export",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_EXPORTS",
    things="exports",
)


def export_request(*, run: Run, actor: User, format: str) -> RunExport:
    """Queue the file of a run's results, or return the one of that format that is queued or under
    way. Raises jobs.TooManyOpen."""
    with transaction.atomic():
        Run.objects.select_for_update(no_key=True).get(pk=run.pk)
        open_ones = RunExport.objects.filter(run=run, format=format, state__in=RunExport.OPEN)
        if found := open_ones.first():
            return found
        jobs.check_room(RUN_EXPORTS, actor.pk)
        export = RunExport.objects.create(
            space=run.space, run=run, requested_by=actor, format=format, total=run.done
        )
        _told(export, "run.export_requested", actor=actor)
        jobs.ring(RUN_EXPORTS, export)
    return export


def export_cancel(*, export: RunExport, actor: User) -> bool:
    """End one that is queued or under way, of which nothing is kept; False where it has ended."""
    with transaction.atomic():
        if not jobs.cancel(export):
            return False
        _told(export, "run.export_cancelled", actor=actor)
        transaction.on_commit(lambda: files.drop(export))
    return True


def export_downloaded(*, export: RunExport, actor: User) -> BinaryIO:
    """Note that somebody is given the file, and return it open. Raises NotOffered."""
    file = export_opened(export=export)
    _told(export, "run.export_downloaded", actor=actor, sha256=export.sha256)
    return file


def export_opened(*, export: RunExport) -> BinaryIO:
    """Return the file, open. Raises NotOffered."""
    if not export.is_offered:
        raise NotOffered
    try:
        return files.path_of(export).open("rb")
    except FileNotFoundError as error:
        raise NotOffered from error


def export_run(*, export_id: int) -> RunExport:
    """Write one to its end, if no one else is at it; return how it stands."""
    while (export := jobs.run(RUN_EXPORTS, export_id, _write)).state == RunExport.State.QUEUED:
        if export.attempts:
            break
    return export


def export_run_next() -> RunExport | None:
    """Write a slice of the one whose turn it is; None when there is none."""
    return jobs.run_next(RUN_EXPORTS, _write)


def export_sweep() -> int:
    """Ring again for those that nobody answered, and remove files whose time is over."""
    over = RunExport.objects.filter(
        state=RunExport.State.DONE, removed_at=None, expires_at__lte=timezone.now()
    )
    for export in over.order_by("pk")[:100]:
        export_remove(export, because="its time was over")
    return jobs.sweep(RUN_EXPORTS)


def export_remove(export: RunExport, *, because: str) -> None:
    """Give a file out no longer, and remove it; the log says why. One that is being written begins
    anew."""
    with transaction.atomic():
        rows = RunExport.objects.filter(pk=export.pk)
        if rows.filter(state__in=RunExport.OPEN).update(
            state=RunExport.State.QUEUED, attempts=0, lease_token=None, lease_until=None,
            done=0, last=0, written=0, total=export.run.results.count(),
        ):  # fmt: skip
            jobs.ring(RUN_EXPORTS, export)
            return
        done = rows.filter(state=RunExport.State.DONE, removed_at=None)
        if done.update(removed_at=timezone.now()):
            _told(export, "run.export_removed", reason=because)
            transaction.on_commit(lambda: files.drop(export))


def _write(export: RunExport) -> None:
    """Do a slice. What goes wrong on a disk ends it for good."""
    try:
        with files.growing(export) as file:
            try:
                if _slice(export, file):
                    _finish(export, *files.measured(export))
            except jobs.LeaseLost:
                _forsake(export)
                raise
    except files.Busy:
        raise WorkerError("Another worker is still at this file.", permanent=False) from None
    except OSError as error:
        reason = FULL if is_full(error) else f"The file could not be written: {error.strerror}."
        raise WorkerError(reason, permanent=True) from error


def _slice(export: RunExport, file: BinaryIO) -> bool:
    """Write results for about SLICE_SECONDS, and give way; return whether all are written."""
    begin, said, end = _WRITERS[RunExport.Format(export.format)]
    until = time.monotonic() + settings.SLICE_SECONDS
    if not export.written:
        file.write(begin(export.run).encode())
    saved = time.monotonic()
    while some := _results(export):
        for result in some:
            file.write(said(export.run, result, is_first=not export.done).encode())
            export.done += 1
        export.last = some[-1].case_id
        now = time.monotonic()
        if now > until or now > saved + SAVE_SECONDS:
            _save(export, file)
            saved = now
        if now > until:
            with transaction.atomic():
                jobs.give_way(export)
                jobs.ring(RUN_EXPORTS, export)
            return False
    file.write(end(export.run).encode())
    files.saved(file)
    return True


def _results(export: RunExport) -> list[Result]:
    rows = Result.objects.filter(run=export.run_id, case__gt=export.last)
    return list(rows.select_related("case").order_by("case_id")[:AT_ONCE])


def _save(export: RunExport, file: BinaryIO) -> None:
    """Save how far it is. Raises OSError and LeaseLost."""
    export.written = files.saved(file)
    with transaction.atomic():
        jobs.renew(export, got_on=True)
        export.save(update_fields=["done", "last", "written"])


def _finish(export: RunExport, size: int, sha256: str) -> None:
    with transaction.atomic():
        jobs.renew(export)  # before it gets its name: it may be cancelled, or begun anew, meanwhile
        files.publish(export)
        export.size, export.sha256 = size, sha256
        export.total = export.done
        export.expires_at = timezone.now() + timedelta(days=settings.EXPORT_KEEP_DAYS)
        export.save(update_fields=["size", "sha256", "total", "expires_at", "done"])
        jobs.finish(export)
        _told(export, "run.exported", actor=export.requested_by, bytes=size, sha256=sha256)


def _forsake(export: RunExport) -> None:
    """Remove what was written in vain; what another worker goes on with stays."""
    if not RunExport.objects.get(pk=export.pk).is_open:
        files.drop(export, whole=False)


def _told(export: RunExport, action: str, *, actor: User | None = None, **more: Any) -> None:
    version = export.run.version
    record(
        space=export.space,
        actor=actor,
        actor_label="" if actor else "export",
        action=action,
        subject=export.run,
        payload={
            "benchmark": version.benchmark_id,
            "name": version.benchmark.name,
            "version": version.number,
            "run": export.run_id,
            "mode": export.run.mode,
            "format": export.format,
            **more,
        },
    )
