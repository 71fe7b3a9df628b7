"""Tokens: what programs sign in with, for a person who made them on the account page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.crypto import hash_token
from knox.settings import CONSTANTS

from apps.accounts.models import AccessToken, Role, Space, User
from apps.accounts.recording import record_site
from apps.accounts.selectors import roles_of
from apps.common.text import one_line

MOST: Final = 50
LONGEST_DAYS: Final = 366
# A call in every so many seconds is noted as the last use.
NOTED_EVERY: Final = timedelta(minutes=1)


class TokenRefused(Exception):
    """The token is wrong, has expired or was revoked."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TokenNotMade(Exception):
    """A token cannot be made as asked; the message says why."""


def tokens_of(user: User) -> QuerySet[AccessToken]:
    """Return the tokens of a person that still open something, the newest first."""
    rows: QuerySet[AccessToken] = AccessToken.objects.filter(
        user=user, revoked_at=None, expiry__gt=timezone.now()
    ).select_related("space")
    return rows.order_by("-pk")


@transaction.atomic
def token_make(
    *,
    user: User,
    name: str,
    space: Space | None = None,
    roles: Sequence[str] = (),
    days: int | None = None,
) -> tuple[AccessToken, str]:
    """Make a token; return its row and the token, which is nowhere to be read afterwards.

    Without ``space`` it opens all of the person's spaces; without ``roles`` it counts for all of
    theirs. Raises TokenNotMade.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    name, days = one_line(name, limit=120), settings.TOKEN_DAYS if days is None else days
    if why := _why_not(user, name, space, roles, days):
        raise TokenNotMade(why)
    kept: list[str] = sorted(set(roles), key=Role.values.index)
    made: AccessToken
    made, text = AccessToken.objects.create(
        user, expiry=timedelta(days=days), name=name, space=space, roles=kept
    )
    more: dict[str, Any] = {"space": space.slug} if space else {}
    record_site(
        "token.made",
        actor=user,
        subject=user,
        token=made.pk,
        name=name,
        roles=kept,
        until=made.expiry.date().isoformat(),
        **more,
    )
    return made, text


def _why_not(user: User, name: str, space: Space | None, roles: Sequence[str], days: int) -> str:
    if not name:
        return "Say what the token is for."
    if not 1 <= days <= LONGEST_DAYS:
        return f"A token stands for 1 to {LONGEST_DAYS} days."
    if not set(roles) <= set(Role.values):
        return "There is no such role."
    if space is not None and not set(roles) <= roles_of(user=user, space=space):
        return "A token cannot have roles that you do not hold in the space."
    if space is not None and not roles_of(user=user, space=space):
        return "You hold no role in the space."
    if tokens_of(user).count() >= MOST:
        return f"You have {MOST} tokens. Revoke one first."
    return ""


@transaction.atomic
def token_revoke(*, token: AccessToken, actor: User, why: str = "") -> bool:
    """Make a token open nothing from now on; tell whether it opened something until now."""
    now = timezone.now()
    rows = AccessToken.objects.filter(pk=token.pk, revoked_at=None, expiry__gt=now)
    if not rows.update(revoked_at=now):
        return False
    more = {"why": why} if why else {}
    record_site(
        "token.revoked", actor=actor, subject=token.user, token=token.pk, name=token.name, **more
    )
    return True


def token_use(text: str) -> AccessToken:
    """Return the token that a program sends, with its person, and note that it was used. Raises
    TokenRefused: it does not say which of the reasons holds."""
    rows = AccessToken.objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH])
    digest, now = hash_token(text), timezone.now()
    for one in rows.select_related("user", "space"):
        if not compare_digest(digest, one.digest):
            continue
        if one.revoked_at is not None or one.expiry <= now or not one.user.is_active:
            break
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        if one.last_used_at is None or now - one.last_used_at > NOTED_EVERY:
            AccessToken.objects.filter(stale, pk=one.pk).update(last_used_at=now)
        found: AccessToken = one
        return found
    raise TokenRefused
