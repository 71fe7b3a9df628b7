"""Ringing for a worker. Redis may forget every ring: the sweep rings again."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TypeVar

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.common.clocks import CLOCKS_APART
from apps.common.jobs.kinds import Kind
from apps.common.jobs.leases import lost, waiting
from apps.common.jobs.loop import claim
from apps.common.models import Job

logger = logging.getLogger(__name__)
J = TypeVar("J", bound=Job)
RING_AGAIN_AFTER = timedelta(seconds=20)
# After a ring that nobody took, none is tried for so long: a request that rings for ten documents
# waits for a frozen broker once.
SILENT_SECONDS = 3.0


class _Silence:
    """Until when this process does not ring."""

    until = 0.0


def ring(kind: Kind[J], job: J) -> None:
    """Ask a worker, after commit, to look at the job. An unreachable broker is not an error:
    the sweeper rings again. It holds the caller for half a second at most."""

    def send() -> None:
        if time.monotonic() < _Silence.until:
            return
        task, queue = kind.bell(job) or (kind.task, kind.queue)
        try:
            current_app.send_task(
                task, args=[job.pk], queue=queue, retry=False,
                # A process that knows the task would write its own limits into the message, and
                # the worker go by those; how long a job may take is the worker's setting.
                time_limit=None, soft_time_limit=None,
            )  # fmt: skip
        except (OperationalError, RedisError, OSError) as error:
            _Silence.until = time.monotonic() + SILENT_SECONDS
            logger.warning("could not ring for %s %s: %s", task, job.pk, error)
            return
        kind.model._default_manager.filter(pk=job.pk).update(rung_at=timezone.now())

    transaction.on_commit(send)


def sweep(kind: Kind[J]) -> int:
    """Ring again for jobs that nobody answered; returns how many it rang for.

    Only the first ``most_rung`` of a long queue are looked at: what stands behind them cannot be
    served sooner, and every ring is one more message. A lost job whose attempts are used up is
    failed. How long this takes does not depend on how many jobs are done.
    """
    rung = 0
    for job in unanswered(kind):
        if job.state == Job.State.RUNNING and job.attempts >= settings.JOB_ATTEMPTS:
            claim(kind, job.pk)
        else:
            ring(kind, job)
            rung += 1
    return rung


def unanswered(kind: Kind[J]) -> models.QuerySet[J]:
    """Return the jobs that need another ring: those at the head of the queue that were rung long
    ago, and those with a dead lease."""
    now = timezone.now()
    rows = kind.model._default_manager
    queued = rows.filter(waiting(kind.model)).order_by("pk")
    dead = rows.filter(lost()).order_by("pk")
    looked_at = Q(pk__in=queued.values("pk")[: kind.most_rung]) | Q(
        pk__in=dead.values("pk")[: kind.most_rung]
    )
    lately = Q(rung_at__range=(now - RING_AGAIN_AFTER, now + CLOCKS_APART))
    quiet = Q(rung_at__isnull=True) | ~lately
    return rows.filter(looked_at, Q(state=Job.State.RUNNING) | quiet, state__in=Job.OPEN).order_by(
        "pk"
    )
