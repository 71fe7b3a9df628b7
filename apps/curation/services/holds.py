"""Who has which card open, so that reviewers do not all get the same one.

A hold is no lock: who holds nothing may still decide, and the candidate's version settles who was
first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.curation.models import Candidate, Hold
from apps.curation.selectors import hold_times

# One statement, since the next card is held before it is shown: takes or renews, and tells by a row
# whether it did.
_TAKE = """
INSERT INTO curation_hold AS held (candidate_id, holder_id, until)
SELECT id, %(holder)s, %(until)s FROM curation_candidate
 WHERE id = %(candidate)s AND version = coalesce(%(version)s, version)
    ON CONFLICT (candidate_id) DO UPDATE SET holder_id = excluded.holder_id, until = excluded.until
 WHERE %(over)s OR held.holder_id = excluded.holder_id
    OR held.until <= %(now)s OR held.until > %(furthest)s
RETURNING id
"""


def hold_take(
    *, candidate: Candidate, holder: User, over: bool = False, version: int | None = None
) -> Hold | None:
    """Hold a candidate, or renew the hold; None when somebody else has it and ``over`` does not
    take it from them, or when it is another than of the ``version`` that was read."""
    now, furthest = hold_times()
    until = timezone.now() + timedelta(seconds=settings.HOLD_SECONDS)
    with connection.cursor() as cursor:
        given = {"until": until, "now": now, "furthest": furthest}
        numbers = {"candidate": candidate.pk, "holder": holder.pk, "version": version}
        cursor.execute(_TAKE, {**given, **numbers, "over": over})
        row = cursor.fetchone()
    return Hold(pk=row[0], candidate=candidate, holder=holder, until=until) if row else None


def hold_release(*, candidate: Candidate, holder: User, until: datetime | None = None) -> None:
    """Let go of a candidate; with ``until`` only if the hold was not renewed since."""
    held = Hold.objects.filter(candidate=candidate, holder=holder)
    (held if until is None else held.filter(until=until)).delete()
