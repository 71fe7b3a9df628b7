"""Sending what is due: one try, and what follows from it.

A receiver has one message at a time. One that fails rests as a whole, longer each time, so that
what waits for it costs one try and not one each; a message that fails waits longer by itself, so
that one that a receiver chokes on holds up none behind it.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.common import jobs, outgoing
from apps.common.text import plain
from apps.webhooks.models import Attempt, Delivery, Endpoint
from apps.webhooks.services.addresses import BadAddress, check_for, parts_of
from apps.webhooks.services.kind import DELIVERIES
from apps.webhooks.services.messages import TEST
from apps.webhooks.services.secrets import headers_of
from apps.webhooks.services.switching import put_out

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)
LONGEST_REST: Final = timedelta(minutes=15)
JITTER: Final = 0.2  # of a wait, either way
OFF_AFTER: Final = timedelta(days=3)  # that every try failed
TURN_SECONDS: Final = 20.0
KEPT_BYTES: Final = 2_048  # of an answer that are read
SHOWN: Final = 500  # characters of it that are kept
GONE: Final = 410  # the receiver says that it wants no more
AGENT: Final = "memweb-webhooks/1"


@dataclass(frozen=True)
class Outcome:
    """What came of a try: ``error`` is empty where the message was taken."""

    status: int | None
    answer: str
    error: str
    seconds: float


def deliveries_run() -> int:
    """Send what is due, receiver by receiver in turn; return how many tries were made."""
    begun, tries = time.monotonic(), 0
    while time.monotonic() - begun < TURN_SECONDS:
        if jobs.run_next(DELIVERIES, _deliver) is None:
            break
        tries += 1
    return tries


def wait_of(tries: int) -> timedelta:
    """Return how long a message waits after so many failed tries: 30 s first, four times as long
    each time and 6 h at most, and by chance up to a fifth less or more, so that what failed
    together does not come back together."""
    wait = outgoing.wait_after(tries, first=FIRST_WAIT, longest=LONGEST_WAIT, factor=4)
    return wait * random.uniform(1 - JITTER, 1 + JITTER)


def sent_headers(delivery: Delivery, moment: datetime) -> dict[str, str]:
    """Return all headers with which a message is sent at that moment."""
    signed = headers_of(delivery.endpoint, delivery.message_id, moment, delivery.body.encode())
    return {"Content-Type": "application/json", "User-Agent": AGENT, **signed}


def _deliver(job: Delivery) -> None:
    endpoint = job.endpoint
    if not endpoint.is_on:
        jobs.cancel(job)
        return
    outcome = _try(job, endpoint)
    with transaction.atomic():
        row = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint.pk).first()
        if row is None:  # removed meanwhile, and this with it
            raise jobs.LeaseLost
        job.endpoint = row
        jobs.renew(job)
        job.tries += 1
        Delivery.objects.filter(pk=job.pk).update(tries=F("tries") + 1)
        Attempt.objects.create(
            delivery=job, status=outcome.status, answer=outcome.answer, error=outcome.error,
            seconds=outcome.seconds,
        )  # fmt: skip
        if outcome.error:
            _failed(job, row, outcome)
        else:
            _arrived(job, row)


def _try(job: Delivery, endpoint: Endpoint) -> Outcome:
    begun = time.monotonic()
    status, answer, error = None, "", ""
    try:
        parts = parts_of(endpoint.address)  # what the settings allow may have changed
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reply = outgoing.send(
            parts, "POST", path, sent_headers(job, timezone.now()), job.body.encode(),
            check=check_for(parts.scheme), keep=KEPT_BYTES,
        )  # fmt: skip
    except (outgoing.SendError, BadAddress) as problem:
        error = str(problem)
    else:
        status = reply.status
        answer = plain(reply.head.decode("utf-8", "replace"))[:SHOWN]
        if not reply.is_taken:
            error = f"{parts.hostname} answered {status}." + (
                " Redirects are not followed." if 300 <= status < 400 else ""
            )
    return Outcome(status, answer, error[:500], time.monotonic() - begun)


def _arrived(job: Delivery, endpoint: Endpoint) -> None:
    jobs.finish(job)
    if endpoint.failures > 1:  # it was away: what waits for it need not wait longer
        _waiting(endpoint).filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
    if endpoint.failures:
        Endpoint.objects.filter(pk=endpoint.pk).update(
            failures=0, failing_since=None, rests_until=None
        )


def _failed(job: Delivery, endpoint: Endpoint, outcome: Outcome) -> None:
    now = timezone.now()
    failures, since = endpoint.failures + 1, endpoint.failing_since or now
    rest = outgoing.wait_after(failures, first=FIRST_WAIT, longest=LONGEST_REST)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=failures, failing_since=since, rests_until=now + rest
    )
    _waiting(endpoint).filter(due_at__lt=now + rest).update(due_at=now + rest)
    is_gone = outcome.status == GONE
    if is_gone or now >= job.until or job.kind == TEST:
        jobs.fail(job, error=outcome.error, permanent=True)
        if job.kind != TEST:
            DELIVERIES.record_failure(job)
    else:
        Delivery.objects.filter(pk=job.pk).update(error=outcome.error)
        jobs.put_off(job, min(now + max(wait_of(job.tries), rest), job.until))
    if is_gone or now - since >= OFF_AFTER:
        reason = outcome.error if is_gone else f"Every try failed for {OFF_AFTER.days} days."
        put_out(endpoint, actor=None, reason=reason)


def _waiting(endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.QUEUED)
