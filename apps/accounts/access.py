"""The door of every page of a space.

>>> @space_view(DECIDE)
... def review(request: SpaceRequest) -> HttpResponse: ...

The URL carries ``slug``; the view gets ``request.space`` and ``request.roles`` instead. A visitor
signs in first; an outsider gets 404, as if there were no such space; a member whose roles do not
allow the action gets 403. The log is told of both (``apps.audit.middleware``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import Space, User
from apps.accounts.selectors import roles_of


class UserRequest(HttpRequest):
    """A request of someone who is signed in."""

    user: User
    htmx: HtmxDetails


class SpaceRequest(UserRequest):
    """A request inside a space in which the user holds ``roles``."""

    space: Space
    roles: frozenset[str]


View = Callable[..., HttpResponseBase]


class SignInFirst(Exception):
    """This needs somebody who is signed in (``SignedInMiddleware`` answers)."""


def signed_in(view: View) -> View:
    """Guard a view that needs somebody who is signed in, in no space in particular."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            raise SignInFirst
        return view(request, *args, **kwargs)

    return guarded


class Foreign(Http404):
    """Somebody without a role in the space asked for a page of it."""

    def __init__(self, space: Space) -> None:
        self.space = space
        super().__init__("no such space")


class RoleNeeded(PermissionDenied):
    """A member of the space has none of the roles that the page needs."""

    def __init__(self, space: Space, needed: frozenset[str]) -> None:
        self.space, self.needed = space, tuple(sorted(needed))
        super().__init__(f"this needs one of the roles: {', '.join(self.needed)}")


def enter_space(*, user: User, slug: str, allowed: frozenset[str]) -> tuple[Space, frozenset[str]]:
    """Return the space and the user's roles in it. Raises Http404 and PermissionDenied."""
    space = Space.objects.filter(slug=slug).first()
    roles = roles_of(user=user, space=space) if space else frozenset()
    if space is None:
        raise Http404("no such space")
    if not roles:
        raise Foreign(space)
    if not roles & allowed:
        raise RoleNeeded(space, allowed)
    return space, roles


def space_view(allowed: frozenset[str]) -> Callable[[View], View]:
    """Guard a view of a space (see the module)."""

    def decorate(view: View) -> View:
        @wraps(view)
        @signed_in
        def guarded(request: Any, slug: str, **kwargs: Any) -> HttpResponseBase:
            request.space, request.roles = enter_space(
                user=request.user, slug=slug, allowed=allowed
            )
            return view(request, **kwargs)

        guarded.allowed = allowed  # type: ignore[attr-defined]  # for who looks at all pages
        return guarded

    return decorate
