"""Who has which card open, so that reviewers do not all get the same one.

A hold is no lock: who holds nothing may still decide, and the candidate's version settles who was
first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.curation.models import Candidate, Hold
from apps.curation.selectors import holds_over


def hold_take(*, candidate: Candidate, holder: User, over: bool = False) -> Hold | None:
    """Hold a candidate, or renew the hold; None when somebody else has it and ``over`` does not
    take it from them."""
    now = timezone.now()
    until = now + timedelta(seconds=settings.HOLD_SECONDS)
    there = Hold.objects.filter(candidate=candidate)
    mine = there if over else there.filter(Q(holder=holder) | holds_over())
    if not mine.update(holder=holder, until=until):
        try:
            with transaction.atomic():
                return Hold.objects.create(candidate=candidate, holder=holder, until=until)
        except IntegrityError:  # somebody else holds it
            return None
    return Hold(candidate=candidate, holder=holder, until=until)


def hold_release(*, candidate: Candidate, holder: User, until: datetime | None = None) -> None:
    """Let go of a candidate; with ``until`` only if the hold was not renewed since."""
    held = Hold.objects.filter(candidate=candidate, holder=holder)
    (held if until is None else held.filter(until=until)).delete()
