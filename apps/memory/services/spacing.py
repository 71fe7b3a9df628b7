"""What reviewers say of facts that are due: still true, or later."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.memory.controller import NotActive
from apps.memory.controller.spacing import (
    held_again,
    put_off,
    schedule_fill,
    schedule_fill_all,
    schedule_learn,
    schedule_refresh,
)
from apps.memory.controller.writing import lock, triple_payload
from apps.memory.models import Triple

LATER_DAYS: Final = 7
REFRESHED: Final = timedelta(hours=1)  # how far back reads are looked for


def _active(triple: Triple) -> Triple:
    """Return a fact as it stands, behind the other writers of its space. Raises NotActive."""
    lock(triple.space)
    row = Triple.objects.select_related("subject", "relation", "object").get(pk=triple.pk)
    if row.status != Triple.Status.ACTIVE:
        raise NotActive
    return row


def fact_still_true(*, triple: Triple, actor: User) -> None:
    """Note that a fact still holds, by the word of a reviewer. Raises NotActive."""
    with transaction.atomic():
        row = _active(triple)
        held_again([row.pk])
        record(
            space=row.space, action="triple.still_true", actor=actor, subject=row,
            payload=triple_payload(row),
        )  # fmt: skip


def fact_put_off(*, triple: Triple, actor: User, days: int = LATER_DAYS) -> None:
    """Let a fact come up again some days later. Raises NotActive."""
    with transaction.atomic():
        row = _active(triple)
        schedule_fill([row.pk])
        put_off(row.pk, days)
        record(
            space=row.space, action="triple.put_off", actor=actor, subject=row,
            payload=triple_payload(row) | {"days": days},
        )  # fmt: skip


def schedules_upkeep() -> int:
    """Schedule what is new, and move what was read; return how many facts."""
    return schedule_fill_all() + schedule_refresh(timezone.now() - REFRESHED)


def volatility_learn() -> int:
    """Let facts follow what is known by now of how often facts of their relations change."""
    return schedule_learn()
