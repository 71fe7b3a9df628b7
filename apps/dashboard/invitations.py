"""Inviting people by a link: made by an owner, used once by whoever holds it.

The link's token is kept as its SHA-256 alone, so nobody who reads the database can use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Invitation, Role, Space, User
from apps.accounts.selectors import ADMINISTER, roles_of
from apps.accounts.services import person_add
from apps.audit.services import record
from apps.dashboard.services import role_grant

STANDS_FOR = timedelta(days=7)


class InvitationOver(Exception):
    """This invitation has been used or taken back, or has expired. Ask for a new one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def digest_of_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def invitation_create(
    *, space: Space, actor: User, token: str, label: str, roles: Iterable[str]
) -> Invitation:
    """Invite whoever holds the token to the roles; ``label`` says for whom it is meant."""
    invitation = Invitation.objects.create(
        space=space,
        digest=digest_of_token(token),
        label=label,
        roles=sorted(Role(role).value for role in roles),
        created_by=actor,
        expires_at=timezone.now() + STANDS_FOR,
    )
    _record("invitation.created", invitation, actor)
    return invitation


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, actor: User) -> bool:
    """Take the invitation back; False when it is used or was taken back before."""
    open_ = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not open_.update(revoked_at=timezone.now()):
        return False
    _record("invitation.revoked", invitation, actor)
    return True


def invitation_open(token: str) -> Invitation:
    """Return the invitation that the token opens. Raises InvitationOver.

    It stands while the one who made it may invite: an owner who leaves takes their word along.
    """
    invitation = (
        Invitation.objects.select_related("space", "created_by")
        .filter(
            digest=digest_of_token(token),
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=timezone.now(),
        )
        .first()
    )
    if invitation is None:
        raise InvitationOver
    if not roles_of(user=invitation.created_by, space=invitation.space) & ADMINISTER:
        raise InvitationOver
    return invitation


@transaction.atomic
def invitation_accept(*, token: str, user: User) -> Space:
    """Give the user the roles of the invitation, which is used up. Raises InvitationOver."""
    invitation = invitation_open(token)
    taken = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).update(accepted_at=timezone.now(), accepted_by=user)
    if not taken:
        raise InvitationOver
    _record("invitation.accepted", invitation, user)
    for role in invitation.roles:
        role_grant(space=invitation.space, actor=invitation.created_by, user=user, role=role)
    return invitation.space


@transaction.atomic
def invitation_accept_as_new(*, token: str, user: User) -> Space:
    """Save the new account and give it the roles of the invitation. Raises InvitationOver, and
    IntegrityError when somebody has taken the name meanwhile; no account is made then."""
    person_add(user=user, actor=user, how="an invitation")
    return invitation_accept(token=token, user=user)


def _record(action: str, invitation: Invitation, actor: User) -> None:
    payload = {"for": invitation.label, "roles": invitation.roles}
    record(space=invitation.space, actor=actor, action=action, subject=invitation, payload=payload)
