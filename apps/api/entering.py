"""The door of every call in a space: that of the pages, narrowed by the token of the caller."""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request

from apps.accounts.access import Foreign, RoleNeeded, enter_space
from apps.accounts.models import AccessToken, Space, User
from apps.accounts.selectors import READ


def token_of(request: Request) -> AccessToken | None:
    """Return the token that a call came with; None for a session."""
    return request.auth if isinstance(request.auth, AccessToken) else None


def enter(request: Request, slug: str, allowed: frozenset[str]) -> tuple[Space, frozenset[str]]:
    """Return the space and the roles that count in this call.

    Raises Http404 for a space that is not the person's, or not the token's, and PermissionDenied.
    """
    return entered(cast(User, request.user), token_of(request), slug, allowed)


def entered(
    user: User, token: AccessToken | None, slug: str, allowed: frozenset[str]
) -> tuple[Space, frozenset[str]]:
    """See ``enter``: for a person who calls with a token, or without one."""
    space, roles = enter_space(user=user, slug=slug, allowed=READ)
    if token is not None:
        if token.space_id not in (None, space.pk):
            raise Foreign(space)
        if token.roles:
            roles &= frozenset(token.roles)
    if not roles & allowed:
        raise RoleNeeded(space, allowed)
    return space, roles
