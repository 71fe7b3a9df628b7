"""Who has the card of which due fact open, so that two reviewers do not get the same one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.asking.models import DueHold
from apps.curation.selectors import hold_times
from apps.memory.models import Triple

# One statement, as for candidates: takes or renews, and tells by a row whether it did.
_TAKE: Final = """
INSERT INTO asking_duehold AS held (triple_id, holder_id, until)
VALUES (%(triple)s, %(holder)s, %(until)s)
    ON CONFLICT (triple_id) DO UPDATE SET holder_id = excluded.holder_id, until = excluded.until
 WHERE %(over)s OR held.holder_id = excluded.holder_id
    OR held.until <= %(now)s OR held.until > %(furthest)s
RETURNING id
"""


def due_hold_take(*, triple: Triple, holder: User, over: bool = False) -> DueHold | None:
    """Hold the card of a fact, or renew the hold; None when somebody else has it and ``over`` does
    not take it from them."""
    now, furthest = hold_times()
    until = timezone.now() + timedelta(seconds=settings.HOLD_SECONDS)
    given: dict[str, Any] = {
        "until": until, "now": now, "furthest": furthest, "over": over, "triple": triple.pk,
        "holder": holder.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, given)
        row = cursor.fetchone()
    return DueHold(pk=row[0], triple=triple, holder=holder, until=until) if row else None


def due_hold_release(*, triple: Triple, holder: User, until: datetime | None = None) -> None:
    """Let go of a card; with ``until`` only if the hold was not renewed since."""
    held = DueHold.objects.filter(triple=triple, holder=holder)
    (held if until is None else held.filter(until=until)).delete()
