"""Who may do what: the one place that knows."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Membership, Role, Session, Space, User

# What each action of the product asks for: any one of these roles.
READ = frozenset(Role.values)
ADD_DOCUMENTS = frozenset({Role.OWNER, Role.REVIEWER})
DECIDE = frozenset({Role.REVIEWER})
ASK = frozenset({Role.OWNER, Role.REVIEWER, Role.ASKER})
AUDIT = frozenset({Role.OWNER, Role.AUDITOR})
ADMINISTER = frozenset({Role.OWNER})


def spaces_of(user: User) -> QuerySet[Space]:
    """Return the spaces in which the user holds any role, by name."""
    return Space.objects.filter(memberships__user=user).distinct()


def roles_of(*, user: User, space: Space) -> frozenset[str]:
    """Return the user's roles in the space; empty for an outsider."""
    if not user.is_active:
        return frozenset()
    return frozenset(
        Membership.objects.filter(user=user, space=space).values_list("role", flat=True)
    )


def reviewers_of(space: Space) -> QuerySet[User]:
    """Return the people who may decide candidates in the space."""
    return User.objects.filter(
        memberships__space=space, memberships__role=Role.REVIEWER, is_active=True
    ).distinct()


def sessions_of(user: User) -> QuerySet[Session]:
    """Return the user's sessions that have not ended, the latest active first."""
    now = timezone.now()
    idle = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    return user.sessions.filter(expire_date__gt=now, seen_at__gt=idle)
