"""What management commands take for spaces and people."""

from __future__ import annotations

from difflib import get_close_matches

from django.core.management.base import CommandError

from apps.accounts.models import Role, Space, User
from apps.accounts.selectors import roles_of


def space_named(slug: str) -> Space:
    """Return the space of that short name. Raises CommandError that names those there are."""
    space = Space.objects.filter(slug=slug).first()
    if space is None:
        known = list(Space.objects.order_by("slug").values_list("slug", flat=True))
        near = get_close_matches(slug, known, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        there_are = ", ".join(known[:20]) or "none yet"
        raise CommandError(f"There is no space {slug!r}. {hint}There are: {there_are}.")
    return space


def person_named(username: str) -> User:
    """Return the user of that name, whatever its case. Raises CommandError."""
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}.")
    return user


def actor_named(
    space: Space, username: str | None, *, allowed: frozenset[str], action: str
) -> User:
    """Return who acts: the user of that name, or without one the first owner of the space.

    Raises CommandError when there is no such user, or when none of their roles is ``allowed``;
    ``action`` then says what they may not do: "add documents to".
    """
    if username is None:
        owners = User.objects.filter(memberships__space=space, memberships__role=Role.OWNER)
        owner = owners.filter(is_active=True).order_by("memberships__pk").first()
        if owner is None:
            raise CommandError(f"The space {space.slug!r} has no owner; name a user with --user.")
        return owner
    user = person_named(username)
    if not roles_of(user=user, space=space) & allowed:
        raise CommandError(f"{user.username!r} may not {action} {space.slug!r}.")
    return user
