"""Signing in. Changes to spaces and roles are audited and therefore live above the audit app,
in ``apps.dashboard.services``."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import SignInAttempts

FREE_FAILURES = 5
LONGEST_WAIT = timedelta(minutes=15)


def sign_in_wait(*, username: str, address: str) -> timedelta:
    """Return how long this name has to wait at this address before its next try.

    The first five failures cost nothing; then the wait doubles from one second to 15 minutes.
    """
    row = SignInAttempts.objects.filter(username=username.lower()[:150], address=address).first()
    if row is None or row.failures < FREE_FAILURES:
        return timedelta()
    wait = min(timedelta(seconds=2 ** min(row.failures - FREE_FAILURES, 20)), LONGEST_WAIT)
    return max(row.last_at + wait - timezone.now(), timedelta())


def sign_in_failed(*, username: str, address: str) -> None:
    """Count a failed try."""
    with transaction.atomic():
        row, _ = SignInAttempts.objects.get_or_create(
            username=username.lower()[:150],
            address=address,
            defaults={"last_at": timezone.now()},
        )
        SignInAttempts.objects.filter(pk=row.pk).update(
            failures=F("failures") + 1, last_at=timezone.now()
        )


def sign_in_succeeded(*, username: str, address: str) -> None:
    """Forget the failed tries of this name at this address."""
    SignInAttempts.objects.filter(username=username.lower()[:150], address=address).delete()
