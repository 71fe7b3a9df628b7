"""Checkpoints on their way out: planned with the checkpoint, tried until they arrive.

A destination that fails rests as a whole, longer each time, so that one that is away costs one try
and not one for each checkpoint that waits for it.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from apps.common import outgoing
from apps.provenance.models import Checkpoint, Delivery
from apps.provenance.services.destinations import (
    DeliveryError,
    Destination,
    Parcel,
    destinations,
)

logger = logging.getLogger(__name__)
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 30  # of one checkpoint at one destination: about a week
LEASE: Final = timedelta(minutes=2)  # that a try may take, as far as others are concerned
PASS_SECONDS: Final = 30.0
LABEL: Final = 300


def delivery_plan(checkpoint: Checkpoint) -> None:
    """Note that a checkpoint is to be brought to every destination of the settings."""
    now = timezone.now()
    for label in _by_label():
        waiting = Delivery.objects.filter(destination=label, state=Delivery.State.WAITING)
        rest: datetime | None = waiting.filter(attempts__gt=0).aggregate(at=Max("due_at"))["at"]
        Delivery.objects.create(
            checkpoint=checkpoint, destination=label, due_at=max(now, rest) if rest else now
        )


def deliver_due() -> int:
    """Bring what is due to its destinations, and return how many arrived."""
    begun, arrived = time.monotonic(), 0
    known = _by_label()
    Delivery.objects.filter(state=Delivery.State.WAITING).exclude(destination__in=known).update(
        state=Delivery.State.FAILED, error="The settings name this destination no longer."
    )
    for label, destination in known.items():
        while time.monotonic() - begun < PASS_SECONDS and (one := _claim(label)) is not None:
            if not _attempt(one, destination):
                break
            arrived += 1
    return arrived


def destination_labels() -> list[str]:
    """Return what the destinations of the settings are called."""
    return list(_by_label())


def wait_after(attempts: int) -> timedelta:
    """Return how long a destination rests after so many failed tries."""
    return outgoing.wait_after(attempts, first=FIRST_WAIT, longest=LONGEST_WAIT)


def _claim(label: str) -> Delivery | None:
    """Return the oldest checkpoint that is due at a destination, if no other process has it."""
    now = timezone.now()
    # What lies further ahead than any wait was planned before the clock was set back.
    is_due = Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_WAIT + LEASE)
    waiting = Delivery.objects.filter(is_due, destination=label, state=Delivery.State.WAITING)
    one = waiting.order_by("checkpoint_id").select_related("checkpoint__log").first()
    if one is None:
        return None
    same = Delivery.objects.filter(pk=one.pk, state=Delivery.State.WAITING, due_at=one.due_at)
    if not same.update(due_at=now + LEASE, attempts=F("attempts") + 1):
        return None
    one.attempts += 1
    return one


def _attempt(one: Delivery, destination: Destination) -> bool:
    checkpoint = one.checkpoint
    parcel = Parcel(str(checkpoint.log.identity), checkpoint.size, checkpoint.note)
    try:
        destination.deliver(parcel)
    except DeliveryError as error:
        logger.warning("%s did not arrive at %s: %s", checkpoint, one.destination, error)
        _failed(one, str(error))
        return False
    now = timezone.now()
    with transaction.atomic():
        Delivery.objects.filter(pk=one.pk).update(
            state=Delivery.State.DONE, delivered_at=now, error=""
        )
        if one.attempts > 1:  # the destination is back
            _waiting_beside(one).filter(due_at__gt=now).update(due_at=now)
    return True


def _failed(one: Delivery, error: str) -> None:
    due = timezone.now() + wait_after(one.attempts)
    given_up = one.attempts >= MOST_ATTEMPTS
    state = Delivery.State.FAILED if given_up else Delivery.State.WAITING
    with transaction.atomic():
        Delivery.objects.filter(pk=one.pk).update(state=state, error=error[:500], due_at=due)
        _waiting_beside(one).filter(due_at__lt=due).update(due_at=due)


def _waiting_beside(one: Delivery) -> QuerySet[Delivery]:
    same = Delivery.objects.filter(destination=one.destination, state=Delivery.State.WAITING)
    return same.exclude(pk=one.pk)


def _by_label() -> dict[str, Destination]:
    return {one.label[:LABEL]: one for one in destinations().values()}
