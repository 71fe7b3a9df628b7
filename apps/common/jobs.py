"""Claiming, renewing and ending jobs (see ``apps.common.models.Job``).

The pattern: a row is saved in the business transaction and rung on commit; a task claims a lease
with one conditional UPDATE, works, and writes its result in the transaction that also checks that
the lease is still its own. A result that comes too late changes nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.common.models import Job

logger = logging.getLogger(__name__)
J = TypeVar("J", bound=Job)
RING_AGAIN_AFTER = timedelta(seconds=20)


class LeaseLost(Exception):
    """Another worker has taken this job over; the late result was dropped."""


def ring(job: Job, *, task: str, queue: str) -> None:
    """Ask a worker, after commit, to look at the job. An unreachable broker is not an error:
    the sweeper rings again."""

    def send() -> None:
        try:
            current_app.send_task(task, args=[job.pk], queue=queue, retry=False)
        except (OperationalError, RedisError, OSError) as error:
            logger.warning("could not ring for %s %s: %s", task, job.pk, error)
            return
        type(job)._default_manager.filter(pk=job.pk).update(rung_at=timezone.now())

    transaction.on_commit(send)


def claim(model: type[J], pk: int) -> J | None:
    """Take the job if it is queued or its lease has run out; None when there is nothing to take.

    Counts the attempt. A job whose attempts are used up is failed instead of taken.
    """
    now = timezone.now()
    token = uuid.uuid4()
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    rows = model._default_manager.filter(free, pk=pk)
    taken = rows.filter(attempts__lt=settings.JOB_ATTEMPTS).update(
        state=Job.State.RUNNING,
        attempts=F("attempts") + 1,
        lease_token=token,
        lease_until=now + timedelta(seconds=settings.LEASE_SECONDS),
        started_at=now,
        error="",
    )
    if taken:
        return model._default_manager.get(pk=pk)
    rows.filter(attempts__gte=settings.JOB_ATTEMPTS).update(
        state=Job.State.FAILED,
        lease_token=None,
        lease_until=None,
        finished_at=now,
        error=f"The worker was lost {settings.JOB_ATTEMPTS} times while working on this.",
    )
    return None


def _change(job: Job, **fields: object) -> None:
    rows = type(job)._default_manager.filter(pk=job.pk, lease_token=job.lease_token)
    if job.lease_token is None or not rows.update(**fields):
        raise LeaseLost
    for name, value in fields.items():
        setattr(job, name, value)


def renew(job: Job) -> None:
    """Extend the lease; inside a transaction this also fences the result. Raises LeaseLost."""
    _change(job, lease_until=timezone.now() + timedelta(seconds=settings.LEASE_SECONDS))


def finish(job: Job) -> None:
    """End the job well. Call it in the transaction that writes the result. Raises LeaseLost."""
    _change(
        job,
        state=Job.State.DONE,
        lease_token=None,
        lease_until=None,
        finished_at=timezone.now(),
    )


def fail(job: Job, *, error: str, permanent: bool) -> None:
    """End the job badly, or put it back into the queue while attempts are left.
    Raises LeaseLost."""
    again = not permanent and job.attempts < settings.JOB_ATTEMPTS
    _change(
        job,
        state=Job.State.QUEUED if again else Job.State.FAILED,
        lease_token=None,
        lease_until=None,
        error=error,
        finished_at=None if again else timezone.now(),
    )


def reopen(job: Job) -> bool:
    """Queue a failed job again with fresh attempts; False when it is not failed."""
    return bool(
        type(job)
        ._default_manager.filter(pk=job.pk, state=Job.State.FAILED)
        .update(state=Job.State.QUEUED, attempts=0, error="", finished_at=None, rung_at=None)
    )


def unanswered(model: type[J]) -> models.QuerySet[J]:
    """Return the jobs that need another ring: queued and rung long ago, or with a dead lease."""
    now = timezone.now()
    long_ago = now - RING_AGAIN_AFTER
    return model._default_manager.filter(
        Q(state=Job.State.QUEUED) & (Q(rung_at__isnull=True) | Q(rung_at__lt=long_ago))
        | Q(state=Job.State.RUNNING, lease_until__lt=now)
    ).order_by("pk")


def sweep(
    model: type[J], *, claim: Callable[[int], object], task: str, queue: str, most_queued: int
) -> int:
    """Ring again for jobs that nobody answered; returns how many it rang for.

    Only the first ``most_queued`` of a long queue are rung for: what stands behind them cannot be
    served sooner, and every ring is one more message. A lost job whose attempts are used up is
    given to ``claim``, which fails it.
    """
    first_in_line = set(
        model._default_manager.filter(state=Job.State.QUEUED)
        .order_by("pk")
        .values_list("pk", flat=True)[:most_queued]
    )
    rung = 0
    for job in unanswered(model):
        lost = job.state == Job.State.RUNNING
        if lost and job.attempts >= settings.JOB_ATTEMPTS:
            claim(job.pk)
        elif lost or job.pk in first_in_line:
            ring(job, task=task, queue=queue)
            rung += 1
    return rung
