"""What the page of checkpoints shows of a log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from apps.provenance.models import Checkpoint, Delivery, Log

SHOWN = 20


@dataclass(frozen=True)
class Standing:
    """How a log stands beside its last checkpoint: how many entries came after it, and whether the
    next one is overdue."""

    log: Log
    last: Checkpoint | None
    behind: int
    is_overdue: bool


@dataclass(frozen=True)
class Arrivals:
    """What became of the checkpoints of a log at one destination."""

    destination: str
    last_size: int | None
    last_at: datetime | None
    waiting: int
    given_up: int
    error: str


def standing_of(log: Log) -> Standing:
    """Return how a log stands."""
    last = log.checkpoints.order_by("-size").first()
    behind = log.size - (last.size if last else 0)
    patience = timedelta(seconds=3 * settings.CHECKPOINT_SECONDS)
    since = last.created_at if last else log.created_at
    return Standing(log, last, behind, behind > 0 and timezone.now() - since > patience)


def checkpoints_of(log: Log) -> list[Checkpoint]:
    """Return the newest checkpoints of a log, the newest first."""
    return list(log.checkpoints.order_by("-size")[:SHOWN])


def arrivals_of(log: Log | None, chosen: Iterable[str]) -> list[Arrivals]:
    """Return what became of a log's checkpoints, destination by destination.

    Those of ``chosen`` that none was to go to yet are among them.
    """
    own = Delivery.objects.filter(checkpoint__log=log) if log else Delivery.objects.none()
    done, waiting = Q(state=Delivery.State.DONE), Q(state=Delivery.State.WAITING)
    rows = (
        own.order_by()
        .values("destination")
        .annotate(
            last_size=Max("checkpoint__size", filter=done),
            last_at=Max("delivered_at", filter=done),
            waiting=Count("pk", filter=waiting),
            given_up=Count("pk", filter=Q(state=Delivery.State.FAILED)),
        )
    )
    errors = dict(
        own.exclude(Q(error="") | done)
        .order_by("checkpoint_id")
        .values_list("destination", "error")
    )
    found = [Arrivals(**row, error=errors.get(row["destination"], "")) for row in rows]
    missing = set(chosen) - {one.destination for one in found}
    found += [Arrivals(label, None, None, waiting=0, given_up=0, error="") for label in missing]
    return sorted(found, key=lambda one: one.destination)
