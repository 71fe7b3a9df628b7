"""Exports as jobs: asked for, written slice by slice by a worker, kept for some days.

A slice writes facts to parts (``parts``) and saves how far it got; the next one goes on there. The
whole file gets its name last, so that nothing half-written is ever given out.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.common import jobs
from apps.provenance.keys import KeyFileError
from apps.provenance.models import Export
from apps.provenance.services.checkpoints import LogContradicted, checkpoint_now
from apps.provenance.services.exports import files
from apps.provenance.services.exports.bundle import bundle_publish
from apps.provenance.services.exports.facts import newest, some_facts
from apps.provenance.services.exports.formats import WRITERS
from apps.provenance.services.exports.keeping import OVER, file_of, forsake, remove, tidy, told
from apps.provenance.services.exports.names import names_of
from apps.provenance.services.exports.parts import Incomplete, Parts, drop
from apps.provenance.services.exports.scopes import Chosen, chosen_of, counts_of
from apps.provenance.services.pulse import Pulse
from apps.provenance.services.sequencer import log_of
from memweb.full import is_full
from worker.errors import WorkerError

logger = logging.getLogger(__name__)
# How often a worker saves how far it is, so that pages show it.
SAVE_SECONDS: Final = 1.0
FULL: Final = "The disk is full: the file could not be written. Nothing of it was kept."


class NotOffered(Exception):
    """The file of this export is no longer kept, or there is none yet."""


class NotPossible(Exception):
    """The export has ended, or has not: this cannot be done with it."""


def _record_failure(export: Export) -> None:
    told(export, "export.failed", reason=export.error)
    transaction.on_commit(lambda: tidy(export))


BUNDLES: Final = ("provenance.bundle", "bundle")  # the task and the queue of those in one piece
_IN_ONE_PIECE: Final = Q(format=Export.Format.BUNDLE)


def _bell(export: Export) -> tuple[str, str] | None:
    return BUNDLES if export.format == Export.Format.BUNDLE else None


EXPORTS: Final = jobs.Kind(
    model=Export,
    task="provenance.export",
    queue="export",
    worker="The export",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_EXPORTS",
    things="exports",
    bell=_bell,
)


def export_request(
    *, space: Space, actor: User, chosen: Chosen, format: str, address: str
) -> Export:
    """Queue an export. ``address`` is the scheme and host that its names begin with, where the
    setting ``SITE_ADDRESS`` does not say so. Raises jobs.TooManyOpen."""
    counts = asdict(counts_of(chosen))
    with transaction.atomic():
        jobs.check_room(EXPORTS, actor.pk)
        export = Export.objects.create(
            space=space,
            requested_by=actor,
            scope=chosen.scope,
            format=format,
            number=chosen.number,
            version=chosen.version,
            since=chosen.since,
            until=chosen.until,
            address=settings.SITE_ADDRESS or address,
            counts=counts,
        )
        told(export, "export.requested", actor=actor, counts=counts)
        jobs.ring(EXPORTS, export)
    return export


def export_cancel(*, export: Export, actor: User) -> None:
    """End an export that is queued or under way; nothing of it is kept. Raises NotPossible."""
    with transaction.atomic():
        if not jobs.cancel(export):
            raise NotPossible
        told(export, "export.cancelled", actor=actor)
        transaction.on_commit(lambda: tidy(export))


def export_retry(*, export: Export, actor: User) -> None:
    """Queue a failed or cancelled export again, from its beginning.

    Raises NotPossible and jobs.TooManyOpen.
    """
    with transaction.atomic():
        jobs.check_room(EXPORTS, export.requested_by_id, actor=actor.pk)
        if not jobs.reopen(export):
            raise NotPossible
        Export.objects.filter(pk=export.pk).update(newest=None, last=0, done=0, parts={})
        told(export, "export.retried", actor=actor)
        jobs.ring(EXPORTS, export)


def export_downloaded(*, export: Export, actor: User) -> None:
    """Note that somebody is given the file. Raises NotOffered."""
    if not export.is_offered or not files.path_of(export).is_file():
        raise NotOffered
    with transaction.atomic():
        told(export, "export.downloaded", actor=actor, **file_of(export))


def export_run(*, export_id: int) -> Export:
    """Write an export to its end, if no one else is at it; return how it stands."""
    while (export := jobs.run(EXPORTS, export_id, _write)).state == Export.State.QUEUED:
        if export.attempts:
            break
    return export


def export_run_next() -> Export | None:
    """Write a slice of the export whose turn it is; None when there is none. Bundles have a
    worker of their own."""
    return jobs.run_next(EXPORTS, _write, ~_IN_ONE_PIECE)


def bundle_run_next() -> Export | None:
    """Write the bundle whose turn it is, as a whole; None when there is none."""
    return jobs.run_next(EXPORTS, _write, _IN_ONE_PIECE)


def export_sweep() -> int:
    """Ring again for exports that nobody answered, and remove files whose time is over.

    Returns how many it rang for.
    """
    for export in Export.objects.filter(
        state=Export.State.DONE, removed_at=None, expires_at__lte=timezone.now()
    ).order_by("pk")[:100]:
        remove(export, because=OVER, actor_label="export")
    return jobs.sweep(EXPORTS)


def _write(export: Export) -> None:
    """Do a slice of an export. What goes wrong on a disk ends it for good."""
    try:
        with files.alone(export):
            try:
                _begin(export)
                if export.format == Export.Format.BUNDLE:
                    _bundle(export)
                else:
                    _slice(export)
            except jobs.LeaseLost:
                forsake(export)
                raise
    except files.Busy:
        raise WorkerError("Another worker is still at this export.", permanent=False) from None
    except OSError as error:
        reason = FULL if is_full(error) else f"The file could not be written: {error.strerror}."
        raise WorkerError(reason, permanent=True) from error


def _begin(export: Export) -> None:
    """Note what the export is of, once. What is recorded later is left out."""
    if export.newest is not None:
        return
    drop(files.parts_of(export))
    _checkpoint(export)
    chosen = chosen_of(export)
    with transaction.atomic():
        jobs.renew(export)
        export.counts, export.newest = asdict(counts_of(chosen)), newest(chosen)
        export.last = export.done = 0
        export.parts = {}
        export.save(update_fields=["counts", "newest", "last", "done", "parts"])


def _checkpoint(export: Export) -> None:
    """Sign what the export is taken from. Raises WorkerError for a log that was tampered with."""
    try:
        checkpoint_now(log_of(export.space))
    except LogContradicted as error:
        raise WorkerError(str(error), permanent=True) from error
    except KeyFileError as error:
        logger.warning("no checkpoint before export %s: %s", export.pk, error)


def _slice(export: Export) -> None:
    """Write facts for about SLICE_SECONDS; then end the export or give way."""
    writer, names, chosen = WRITERS[export.format], names_of(export), chosen_of(export)
    assert export.newest is not None
    until = time.monotonic() + settings.SLICE_SECONDS
    try:
        parts = Parts(files.parts_of(export), writer.parts, export.parts)
    except Incomplete:
        _begin_anew(export)
        return
    with parts:
        saved = time.monotonic()
        while facts := some_facts(chosen, last=export.last, newest=export.newest):
            for fact in facts:
                writer.add(fact, parts, names)
            export.last = facts[-1]["fact"]
            export.done += len(facts)
            now = time.monotonic()
            if now > until:
                _save(export, parts)
                _give_way(export)
                return
            if now > saved + SAVE_SECONDS:
                _save(export, parts)
                saved = now
        size, sha256 = files.publish(export, lambda out: writer.assemble(parts, names, out))
    _finish(export, size, sha256)


def _bundle(export: Export) -> None:
    """Write a bundle, as a whole, holding on to the lease meanwhile."""
    with Pulse(EXPORTS, export.pk):
        size, sha256, export.done = bundle_publish(export)
    _finish(export, size, sha256)


def _save(export: Export, parts: Parts) -> None:
    """Save how far the export is. Raises OSError and LeaseLost."""
    sizes = parts.save()
    with transaction.atomic():
        jobs.renew(export, got_on=True)
        export.parts = sizes
        export.save(update_fields=["last", "done", "parts"])


def _give_way(export: Export) -> None:
    with transaction.atomic():
        jobs.give_way(export)
        jobs.ring(EXPORTS, export)


def _begin_anew(export: Export) -> None:
    logger.warning("what was written of export %s is gone; it begins anew", export.pk)
    with transaction.atomic():
        jobs.give_way(export)
        Export.objects.filter(pk=export.pk).update(newest=None)
        jobs.ring(EXPORTS, export)


def _finish(export: Export, size: int, sha256: str) -> None:
    with transaction.atomic():
        jobs.renew(export)
        export.size, export.sha256 = size, sha256
        export.expires_at = timezone.now() + timedelta(days=settings.EXPORT_KEEP_DAYS)
        export.save(update_fields=["size", "sha256", "expires_at", "done", "last"])
        jobs.finish(export)
        told(export, "export.finished", **file_of(export))
    tidy(export)
