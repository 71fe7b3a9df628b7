"""Signing in. Changes to spaces and roles are audited and therefore live above the audit app,
in ``apps.dashboard.services``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.accounts.addresses import network_of
from apps.accounts.models import SignInTries, User
from apps.common.clocks import CLOCKS_APART

Kind = SignInTries.Kind
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """The first ``free`` failures cost nothing; then the wait doubles from a second to
    ``longest``."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        if failures < self.free:
            return timedelta()
        return min(timedelta(seconds=2 ** min(failures - self.free, 20)), self.longest)


LIMITS = {
    Kind.DEVICE: Limit(5, timedelta(minutes=15)),
    Kind.NAME_AT_ADDRESS: Limit(5, timedelta(minutes=15)),
    # A name that is guessed from everywhere: slow for all who come with a browser of their first
    # time, and never closed.
    Kind.NAME: Limit(100, timedelta(minutes=1)),
    # An office may stand behind one address.
    Kind.ADDRESS: Limit(30, timedelta(minutes=15)),
}


@dataclass(frozen=True)
class Attempt:
    """Somebody's try to sign in. ``device`` is the mark of a browser in which this name has signed
    in before, or empty."""

    username: str
    address: str
    device: str = ""

    def keys(self) -> dict[Kind, str]:
        """Return what the try counts for, always in one order, so that locks never cross.

        Tries from a known browser count for that browser alone: however often a stranger guesses
        a name, at the same address too, its owner gets in.
        """
        if self.device:
            return {Kind.DEVICE: self.device}
        name, network = self.username.lower()[:150], network_of(self.address)
        return {
            Kind.NAME_AT_ADDRESS: f"{name} {network}",
            Kind.NAME: name,
            Kind.ADDRESS: network,
        }


@transaction.atomic
def sign_in_begin(attempt: Attempt) -> timedelta:
    """Count the try as failed, before any password is checked, and return no wait; or return how
    long it has to wait, and count nothing.

    Of tries that come at once, each sees those that were counted before it.
    """
    now, wait = timezone.now(), timedelta()
    rows = []
    for kind, key in attempt.keys().items():
        row = _locked(kind, key, now)
        if now - row.last_at > FORGOTTEN_AFTER:
            row.failures = 0
        if row.last_at > now + CLOCKS_APART:
            # The clock was set back. The wait goes on by the new time, not until the old one.
            row.last_at = now
            row.save(update_fields=["last_at"])
        whole = LIMITS[kind].wait(row.failures)
        # Never more than the whole: a try that was counted meanwhile lets the last one lie ahead.
        wait = max(wait, min(whole, row.last_at + whole - now))
        rows.append(row)
    if wait > timedelta():
        return wait
    for row in rows:
        row.failures, row.last_at = row.failures + 1, now
        row.save(update_fields=["failures", "last_at"])
    return timedelta()


def _locked(kind: Kind, key: str, now: datetime) -> SignInTries:
    SignInTries.objects.get_or_create(kind=kind, key=key, defaults={"last_at": now})
    return SignInTries.objects.select_for_update().get(kind=kind, key=key)


@transaction.atomic
def sign_in_unchecked(attempt: Attempt) -> None:
    """Take back the count of a try whose password could not be checked."""
    for kind, key in attempt.keys().items():
        _take_one_back(kind, key)


@transaction.atomic
def sign_in_succeeded(attempt: Attempt) -> None:
    """Forget the failed tries of this name here. The address keeps those of others: who guesses
    would else sign in under a name of his own in between."""
    for kind, key in attempt.keys().items():
        if kind == Kind.ADDRESS:
            _take_one_back(kind, key)
        else:
            SignInTries.objects.filter(kind=kind, key=key).delete()
    SignInTries.objects.filter(last_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()


def _take_one_back(kind: Kind, key: str) -> None:
    rows = SignInTries.objects.filter(kind=kind, key=key)
    rows.update(failures=Greatest(F("failures") - 1, 0))


def password_set(*, user: User, password: str) -> None:
    """Give the user another password."""
    user.set_password(password)
    user.save(update_fields=["password"])
