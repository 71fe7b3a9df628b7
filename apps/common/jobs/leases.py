"""A job's lease and state: claimed, renewed and ended, each by one conditional UPDATE."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from apps.common.clocks import CLOCKS_APART
from apps.common.models import Job

J = TypeVar("J", bound=Job)


class LeaseLost(Exception):
    """Another worker has taken this job over, or a person has cancelled it; the late result was
    dropped."""


def lost() -> Q:
    """Running jobs whose lease has run out, or lies further ahead than any does that is given now:
    the clock was set back, and nobody would see it end for hours. Whoever still holds one of those
    loses no more than what it is just doing (the token fences it)."""
    now = timezone.now()
    furthest = now + timedelta(seconds=settings.LEASE_SECONDS) + CLOCKS_APART
    return Q(state=Job.State.RUNNING) & (Q(lease_until__lt=now) | Q(lease_until__gt=furthest))


def waiting(model: type[J]) -> Q:
    """Queued jobs that may be taken now."""
    queued = Q(state=Job.State.QUEUED)
    return queued & Q(**{f"{model.DUE}__lte": timezone.now()}) if model.DUE else queued


def claim(model: type[J], pk: int) -> J | None:
    """Take the job if it is queued or its lease has run out; None when there is nothing to take.

    Counts the attempt. A job whose attempts are used up is failed instead of taken.
    """
    now = timezone.now()
    token = uuid.uuid4()
    free = waiting(model) | lost()
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
        error=_lost(),
    )
    return None


def _lost() -> str:
    """Say to a person why a job is given up that no worker has come back from."""
    return (
        f"The worker was lost {settings.JOB_ATTEMPTS} times while working on this: it was ended, "
        "or it did not get anywhere in the time that it has. "
        "The log of the worker may say more."
    )


def _change(job: Job, **fields: object) -> None:
    rows = type(job)._default_manager.filter(pk=job.pk, lease_token=job.lease_token)
    if job.lease_token is None or not rows.update(**fields):
        raise LeaseLost
    for name, value in fields.items():
        setattr(job, name, value)


def renew(job: Job, *, got_on: bool = False) -> None:
    """Extend the lease; inside a transaction this also fences the result. Raises LeaseLost.

    ``got_on`` says that a part of the work is saved in the same transaction. Attempts then count
    from this one again, so that only what no worker comes through is given up.
    """
    until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    if got_on:
        _change(job, lease_until=until, attempts=1)
    else:
        _change(job, lease_until=until)


def watch(job: Job, seconds: float = 1.0) -> Callable[[], None]:
    """Return what extends the lease as often as it is called, but not more often than so; for work
    that waits (``worker.stopping``). It raises LeaseLost, when somebody has cancelled the job."""
    last = time.monotonic()

    def look() -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= seconds:
            last = now
            renew(job)

    return look


def finish(job: Job) -> None:
    """End the job well. Call it in the transaction that writes the result. Raises LeaseLost."""
    _change(
        job,
        state=Job.State.DONE,
        lease_token=None,
        lease_until=None,
        finished_at=timezone.now(),
    )


def give_way(job: Job) -> None:
    """Put a job back that got on and has more to do, so that others have their turn.

    What it got done is saved, so this uses no attempt up. Raises LeaseLost.
    """
    _change(
        job,
        state=Job.State.QUEUED,
        attempts=0,
        lease_token=None,
        lease_until=None,
        rung_at=None,
    )


def put_off(job: Job, until: datetime) -> None:
    """Put a job back that is to be tried again at a later time, with fresh attempts.
    Raises LeaseLost."""
    _change(
        job,
        state=Job.State.QUEUED,
        attempts=0,
        lease_token=None,
        lease_until=None,
        rung_at=None,
        **{job.DUE: until},
    )


def fail(job: Job, *, error: str, permanent: bool) -> None:
    """End the job badly, or put it back into the queue while attempts are left.
    Raises LeaseLost."""
    # What is in memory may be of a transaction that was rolled back (``renew``).
    job.refresh_from_db(fields=["attempts"])
    again = not permanent and job.attempts < settings.JOB_ATTEMPTS
    _change(
        job,
        state=Job.State.QUEUED if again else Job.State.FAILED,
        lease_token=None,
        lease_until=None,
        error=error,
        finished_at=None if again else timezone.now(),
    )


def reopen(job: Job, *, from_states: Sequence[str] = Job.RETRYABLE) -> bool:
    """Queue a failed or cancelled job again with fresh attempts; False when it is in none of the
    states."""
    return bool(
        type(job)
        ._default_manager.filter(pk=job.pk, state__in=from_states)
        .update(state=Job.State.QUEUED, attempts=0, error="", finished_at=None, rung_at=None)
    )


def cancel(job: Job) -> bool:
    """End an open job without a result; False when it is not open. A worker that is at it finds
    its lease gone at the next thing that it would save."""
    return bool(
        type(job)
        ._default_manager.filter(pk=job.pk, state__in=Job.OPEN)
        .update(
            state=Job.State.CANCELLED,
            lease_token=None,
            lease_until=None,
            finished_at=timezone.now(),
        )
    )
