"""Signing in, and accounts. Changes to spaces and roles live in ``apps.dashboard.services``, above
the apps that they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.accounts.addresses import network_of
from apps.accounts.models import SignInTries, User
from apps.accounts.recording import person_created, record_site
from apps.common.clocks import CLOCKS_APART

Kind = SignInTries.Kind
FORGOTTEN_AFTER = timedelta(days=1)
TOLD_EVERY = timedelta(minutes=15)
NOT_TOLD = ("id", "password", "last_login")


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
    in before, or empty. ``username`` is empty where another server says who it is: such a try
    counts for its address alone."""

    username: str
    address: str
    device: str = ""
    browser: str = ""

    def keys(self) -> dict[Kind, str]:
        """Return what the try counts for, always in one order, so that locks never cross.

        Tries from a known browser count for that browser alone: however often a stranger guesses
        a name, at the same address too, its owner gets in.
        """
        if self.device:
            return {Kind.DEVICE: self.device}
        name, network = self.username.lower()[:150], network_of(self.address)
        if not name:
            return {Kind.ADDRESS: network}
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
    rows, longest = [], None
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
        own = min(whole, row.last_at + whole - now)
        if own > wait:
            wait, longest = own, row
        rows.append(row)
    if longest is not None:
        _refuse(longest, now)
        return wait
    for row in rows:
        _tell_refused(row, now)
        row.failures, row.last_at = row.failures + 1, now
        row.save(update_fields=["failures", "last_at"])
    return timedelta()


def _refuse(row: SignInTries, now: datetime) -> None:
    """Count a refused try. The log is told of the first one, and then of their number once in a
    while: whoever is refused may come back any number of times."""
    row.refused += 1
    row.save(update_fields=["refused"])
    if row.told_at is None or not timedelta() <= now - row.told_at < TOLD_EVERY:
        _tell_refused(row, now)


def _tell_refused(row: SignInTries, now: datetime) -> None:
    """Tell the log of refused tries that it does not know of yet."""
    if not row.refused:
        return
    name, _, address = row.key.rpartition(" ")
    whose: dict[Kind, dict[str, Any]] = {
        Kind.NAME_AT_ADDRESS: {"name": name, "address": address},
        Kind.NAME: {"name": row.key},
        Kind.ADDRESS: {"address": row.key},
    }
    kind = Kind(row.kind)
    record_site(
        "sign_in.throttled",
        actor_label="sign-in",
        kind=kind.label,
        refused=row.refused,
        **whose.get(kind, {}),
    )
    row.refused, row.told_at = 0, now
    row.save(update_fields=["refused", "told_at"])


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
            _forget(SignInTries.objects.filter(kind=kind, key=key))
    _forget(SignInTries.objects.filter(last_at__lt=timezone.now() - FORGOTTEN_AFTER))


def _forget(rows: QuerySet[SignInTries]) -> None:
    for row in rows.filter(refused__gt=0).select_for_update(skip_locked=True):
        _tell_refused(row, timezone.now())
    rows.delete()


@transaction.atomic
def sign_in_failed(attempt: Attempt) -> None:
    """Tell the log of a try that was counted and whose password was wrong."""
    record_site(
        "sign_in.failed",
        actor_label="somebody",
        subject=User.objects.filter(username__iexact=attempt.username).first(),
        name=attempt.username[:150],
        address=attempt.address,
        browser=attempt.browser,
    )


@transaction.atomic
def sign_on_failed(
    attempt: Attempt, *, by: str, why: str, name: str = "", user: User | None = None
) -> None:
    """Tell the log of somebody who came back from another server and was not let in. ``name`` is
    what that server calls them, if it was to be believed so far."""
    known = {"name": name[:150]} if name else {}
    record_site(
        "sign_in.failed",
        actor_label="somebody",
        subject=user,
        address=attempt.address,
        browser=attempt.browser,
        by=by,
        why=why,
        **known,
    )


def _take_one_back(kind: Kind, key: str) -> None:
    rows = SignInTries.objects.filter(kind=kind, key=key)
    rows.update(failures=Greatest(F("failures") - 1, 0))


@transaction.atomic
def password_set(*, user: User, password: str, actor: User) -> None:
    """Give the user another password."""
    user.set_password(password)
    user.save(update_fields=["password"])
    password_changed(user, actor=actor)


def password_changed(
    user: User, *, actor: User | None = None, actor_label: str = "", how: str = ""
) -> None:
    """Tell the log of a password that was just changed."""
    record_site(
        "person.password_changed",
        actor=actor,
        actor_label=actor_label,
        subject=user,
        username=user.username,
        how=how,
    )


@transaction.atomic
def password_wrong(user: User) -> None:
    """Tell the log that somebody who is signed in as the user does not know the password."""
    record_site("person.password_wrong", actor=user, subject=user)


@transaction.atomic
def signed_out(user: User) -> None:
    """Tell the log that the user has left."""
    record_site("session.left", actor=user, subject=user)


@transaction.atomic
def person_add(*, user: User, how: str, actor: User | None = None, actor_label: str = "") -> None:
    """Save a new account. Raises IntegrityError for a name in use."""
    user.save()
    person_created(user, actor=actor, actor_label=actor_label, how=how)


@transaction.atomic
def person_change(*, user: User, actor: User, more: Mapping[str, Any] | None = None) -> None:
    """Save a changed account; ``more`` names what changed beside its own fields."""
    before = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    changed = {
        field.name: [_plain(getattr(before, field.name)), _plain(getattr(user, field.name))]
        for field in User._meta.concrete_fields
        if field.name not in NOT_TOLD and getattr(before, field.name) != getattr(user, field.name)
    }
    user.save()
    changed |= more or {}
    if not changed:
        return
    is_switched = "is_active" in changed
    action = "person.switched_on" if user.is_active else "person.switched_off"
    record_site(
        action if is_switched else "person.changed",
        actor=actor,
        subject=user,
        username=user.username,
        changed=changed,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
