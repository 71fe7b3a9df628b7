"""Verifications as jobs: asked for by an auditor, and due every night."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from redis.exceptions import RedisError

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common import jobs
from apps.common.worker_status import mark_task
from apps.provenance.canonical import NotHashable
from apps.provenance.models import Log, Verification
from apps.provenance.services.replay import Report, Scope, verify
from apps.provenance.services.sequencer import log_of, seal
from apps.provenance.tiles import TileError
from memweb.queues import served_with

SYSTEM: Final = "memweb"
TOLD_EVERY: Final = 2.0  # seconds


def _record_failure(verification: Verification) -> None:
    _record(verification, "verification.failed", None, reason=verification.error)


VERIFICATIONS = jobs.Kind(
    model=Verification,
    task="provenance.verify",
    queue="verify",
    worker="The verification",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_VERIFICATIONS",
    things="verifications",
)


def verification_request(*, space: Space | None, actor: User) -> Verification:
    """Ask for a verification of a space's log, or without one of the site's; the one that is under
    way, if any is. Raises jobs.TooManyOpen."""
    log = log_of(space)
    if found := _under_way(log):
        return found
    try:
        with transaction.atomic():
            jobs.check_room(VERIFICATIONS, actor.pk)
            verification = Verification.objects.create(log=log, asked_by=actor)
            _record(verification, "verification.requested", actor)
            jobs.ring(VERIFICATIONS, verification)
            return verification
    except IntegrityError:  # somebody asked at the same moment
        if found := _under_way(log):
            return found
        raise


def verifications_due() -> int:
    """Queue this night's verification of every log that has had none, and ring again for those that
    nobody answered; return how many were queued."""
    jobs.sweep(VERIFICATIONS)
    night = last_night(timezone.now())
    tonight = Verification.objects.filter(log=OuterRef("pk"), asked_by=None, created_at__gte=night)
    due = Log.objects.filter(~Exists(tonight), created_at__lt=night, size__gt=0)
    queued = 0
    for log in due.order_by("pk"):
        if _under_way(log):
            continue
        try:
            with transaction.atomic():
                jobs.ring(VERIFICATIONS, Verification.objects.create(log=log))
                queued += 1
        except IntegrityError:
            continue
    return queued


def last_night(now: datetime) -> datetime:
    """Return when the last night's verification was due: at VERIFY_HOUR, by UTC."""
    due = now.replace(hour=settings.VERIFY_HOUR % 24, minute=0, second=0, microsecond=0)
    return due if due <= now else due - timedelta(days=1)


def verification_run_next() -> Verification | None:
    """Do the verification whose turn it is; None when there is none."""
    return jobs.run_next(VERIFICATIONS, _verify)


def seal_what_is_left() -> str:
    """Seal what is committed, so that it is verified too; return why that was not possible."""
    try:
        seal(wait=False)
    except (DatabaseError, TileError, NotHashable, OverflowError) as error:
        return " ".join(str(error).split())
    return ""


def _under_way(log: Log) -> Verification | None:
    return Verification.objects.filter(log=log, state__in=Verification.OPEN).first()


def _verify(verification: Verification) -> None:
    unsealed = seal_what_is_left()
    report = verify(Scope(verification.log.space_id), tell=_Told(verification))
    with transaction.atomic():
        result = report.as_json()
        if unsealed:
            result["notes"] = [*result["notes"], f"New events could not be sealed: {unsealed}"]
        Verification.objects.filter(pk=verification.pk).update(
            holds=report.holds, findings=report.total, report=result, doing=""
        )
        jobs.finish(verification)
        _record_result(verification, report)


def _record_result(verification: Verification, report: Report) -> None:
    events = sum(log.size for log in report.logs)
    root = report.logs[0].root if report.logs else ""
    action = "verification.held" if report.holds else "verification.found"
    found = {} if report.holds else {"findings": report.total}
    _record(verification, action, None, events=events, root=root, **found)


def _record(verification: Verification, action: str, actor: User | None, **payload: object) -> None:
    record(
        space=verification.log.space,
        action=action,
        actor=actor,
        actor_label="" if actor else SYSTEM,
        subject=verification,
        payload=payload,
    )


class _Told:
    """Writes down how far a verification is, holds on to its lease, and says that its worker is not
    stuck, however many others wait meanwhile."""

    def __init__(self, verification: Verification) -> None:
        self._verification = verification
        self._next = 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TOLD_EVERY
        jobs.renew(self._verification)
        Verification.objects.filter(pk=self._verification.pk).update(
            doing=what, progress=done, total=of
        )
        with suppress(RedisError):
            mark_task(served_with(VERIFICATIONS.queue))
