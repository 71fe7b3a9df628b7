"""Refused accesses, written so that nobody can flood the log with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.services import record

ACTION: Final = "access.refused"
# One of a person and an address, and so many of a person in all, in this time.
WINDOW: Final = timedelta(minutes=1)
MOST: Final = 20
LONGEST_PATH: Final = 300
# Of the person's newest events so many are looked at: who does more than that in a minute may be
# told of once more.
LOOKED_AT: Final = 200
_LOCK: Final = 0x6D656D77  # of this kind of lock, beside the person's number


def refusal_record(
    *,
    actor: User,
    space: Space | None,
    path: str,
    method: str,
    status: int,
    needed: Sequence[str] = (),
) -> int | None:
    """Append that a person was refused an address, in a transaction of its own; return the event's
    number, or None where the log was told of the same, or of too much, a moment ago.

    ``path`` is the address without its query; ``needed`` are the roles of which one would do.
    """
    path = path[:LONGEST_PATH]
    with transaction.atomic():
        with connection.cursor() as cursor:  # one request of the person after the other
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, actor.pk % 2**31])
        newest = Event.objects.filter(actor=actor).order_by("-pk")
        rows = newest.values_list("action", "created_at", "payload__path")[:LOOKED_AT]
        since = timezone.now() - WINDOW
        told = [told_of for action, at, told_of in rows if action == ACTION and at > since]
        if path in told or len(told) >= MOST:
            return None
        return record(
            space=space,
            action=ACTION,
            actor=actor,
            payload={"path": path, "method": method, "status": status, "needed": list(needed)},
        )
