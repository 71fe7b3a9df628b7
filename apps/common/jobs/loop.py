"""The job loop: claim, work, and let whatever goes wrong end in the row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.common.jobs import leases
from apps.common.jobs.kinds import Kind
from apps.common.jobs.turns import next_in_turn
from apps.common.models import Job
from apps.common.requests import during
from memweb.no_memory import lacks_memory
from worker.errors import WorkerError
from worker.registry import UnknownBackend

logger = logging.getLogger(__name__)
J = TypeVar("J", bound=Job)


def run(kind: Kind[J], pk: int, work: Callable[[J], None]) -> J:
    """Do the job unless someone else is at it; return how it stands now.

    ``work`` ends the job itself, in the transaction of its result. An error ends in the row: a
    permanent one fails the job, any other puts it back into the queue while attempts are left.
    """
    job = claim(kind, pk)
    if job is not None:
        run_claimed(kind, job, work)
    return kind.model._default_manager.get(pk=pk)


def run_next(kind: Kind[J], work: Callable[[J], None], only: Q | None = None) -> J | None:
    """Do the job whose turn it is (see ``turns``), of those that are meant by ``only``; None when
    none is left to do."""
    while (pk := next_in_turn(kind.model, only)) is not None:
        job = claim(kind, pk)
        if job is not None:  # else another worker was quicker, or its attempts are used up
            run_claimed(kind, job, work)
            return job
    return None


def run_claimed(kind: Kind[J], job: J, work: Callable[[J], None]) -> None:
    """Do a job that was claimed already (see ``run``)."""
    with during(f"job:{kind.model._meta.label_lower}:{job.pk}"):
        _run_claimed(kind, job, work)


def _run_claimed(kind: Kind[J], job: J, work: Callable[[J], None]) -> None:
    try:
        work(job)
    except leases.LeaseLost:
        logger.warning("%s %s was taken over or cancelled meanwhile", kind.task, job.pk)
    except WorkerError as error:
        logger.warning("%s %s: %s", kind.task, job.pk, error)
        _fail(kind, job, error=error.message, permanent=error.permanent)
    except UnknownBackend as error:
        logger.warning("%s %s: %s", kind.task, job.pk, error)
        _fail(kind, job, error=f"There is {error}.", permanent=True)
    except SoftTimeLimitExceeded:
        logger.warning("%s %s took longer than %s s", kind.task, job.pk, settings.JOB_SECONDS)
        reason = f"{kind.worker} took longer than {settings.JOB_SECONDS} seconds and was stopped."
        _fail(kind, job, error=reason, permanent=False)
    except Exception as error:
        logger.exception("%s %s", kind.task, job.pk)
        reason = f"{kind.worker} ran out of memory." if lacks_memory(error) else kind.unexpected
        _fail(kind, job, error=reason, permanent=False)


def claim(kind: Kind[J], pk: int) -> J | None:
    """Claim the job; one that this fails for good gets its event in the same transaction."""
    with during(f"job:{kind.model._meta.label_lower}:{pk}"), transaction.atomic():
        before = kind.model._default_manager.select_for_update().get(pk=pk)
        job = leases.claim(kind.model, pk)
        if job is None and before.is_open:
            after = kind.model._default_manager.get(pk=pk)
            if after.state == Job.State.FAILED:
                kind.record_failure(after)
    return job


def _fail(kind: Kind[J], job: J, *, error: str, permanent: bool) -> None:
    try:
        with transaction.atomic():
            leases.fail(job, error=error, permanent=permanent)
            if job.state == Job.State.FAILED:
                kind.record_failure(job)
    except leases.LeaseLost:
        logger.warning("%s %s was taken over or cancelled meanwhile", kind.task, job.pk)
