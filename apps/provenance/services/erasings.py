"""Erasures of large documents as jobs: all of it in one transaction, or nothing."""

from __future__ import annotations

from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import jobs
from apps.common.text import plain
from apps.provenance.models import Erasing
from apps.provenance.services.document_erasure import DocumentErasure, document_erase
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.pulse import Pulse
from apps.sources.models import Document
from worker.errors import WorkerError

LARGEST: Final = 5_000  # passages and proposals that are erased while a browser waits
TOO_LONG: Final = (
    "Erasing this takes longer than a worker has for it. The operator of this server can do it "
    "with `manage.py erase_document`."
)


def _record_failure(row: Erasing) -> None:
    Erasing.objects.filter(pk=row.pk).update(reason="")
    record(
        space=row.document.space, action="privacy.erasure_failed", actor=None,
        actor_label="erasure", subject=row.document,
        payload={"document": row.document_id, "reason": row.error},
    )  # fmt: skip


ERASINGS: Final = jobs.Kind(
    model=Erasing,
    task="provenance.erase",
    queue="erase",
    worker="The erasure",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_ERASURES",
    things="erasures",
)


def is_large(whole: DocumentErasure) -> bool:
    """Tell whether erasing a document is left to a worker."""
    return whole.passages.count() + whole.candidates.count() > LARGEST


def erasing_request(*, document: Document, actor: User, reason: str, retract: bool) -> Erasing:
    """Queue the erasure of a document; the one that is under way, if any is.

    Raises ErasureRefused without a reason, and jobs.TooManyOpen.
    """
    if not plain(reason):
        raise ErasureRefused("Say why the document is erased; the log keeps the reason.")
    if found := erasing_open(document):
        return found
    try:
        with transaction.atomic():
            jobs.check_room(ERASINGS, actor.pk)
            row = Erasing.objects.create(
                document=document, requested_by=actor, reason=plain(reason), retract=retract
            )
            record(
                space=document.space, action="privacy.erasure_requested", actor=actor,
                subject=document, payload={"document": document.pk},
            )  # fmt: skip
            jobs.ring(ERASINGS, row)
            return row
    except IntegrityError:  # somebody asked at the same moment
        if found := erasing_open(document):
            return found
        raise


def erasing_open(document: Document) -> Erasing | None:
    """Return the erasure of a document that is queued or under way."""
    return Erasing.objects.filter(document=document, state__in=Erasing.OPEN).first()


def erasing_run_next() -> Erasing | None:
    """Do the erasure whose turn it is; None when there is none."""
    return jobs.run_next(ERASINGS, _erase)


def erasing_sweep() -> int:
    """Ring again for erasures that nobody answered; return for how many."""
    return jobs.sweep(ERASINGS)


def _erase(row: Erasing) -> None:
    def end() -> None:
        Erasing.objects.filter(pk=row.pk).update(reason="")
        jobs.finish(row)

    try:
        with Pulse(ERASINGS, row.pk) as pulse:

            def tell(what: str, done: int, of: int) -> None:
                pulse(doing=what, progress=done, total=of)

            document_erase(
                document=row.document, actor=row.requested_by, reason=row.reason,
                retract=row.retract, end=end, tell=tell,
            )  # fmt: skip
    except ErasureRefused as error:
        raise WorkerError(str(error), permanent=True) from error
    except SoftTimeLimitExceeded:
        raise WorkerError(TOO_LONG, permanent=True) from None
