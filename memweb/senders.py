"""Who sends a request, told by the cookie or the token alone, before its body is read."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie

from asgiref.sync import sync_to_async

from memweb.body_limit import Scope

IMPORT_PATH = re.compile(r"/s/(?P<slug>[-\w]+)/audit/import/new/")


async def signed_in(scope: Scope) -> bool:
    """Tell by the session's cookie, or by a token for the API, whether the request is somebody's
    who is signed in."""
    if token := _token(scope):
        return await sync_to_async(_opens, thread_sensitive=False)(token)
    key = _session_key(scope)
    return key is not None and await sync_to_async(_has_user, thread_sensitive=False)(key)


async def owns_space(scope: Scope) -> bool:
    """Tell by the session's cookie whether the request is by an owner of the space in its path."""
    found, key = IMPORT_PATH.fullmatch(scope["path"]), _session_key(scope)
    if found is None or key is None:
        return False
    return await sync_to_async(_has_user, thread_sensitive=False)(key, owns=found["slug"])


def _token(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].decode("latin-1"))
    return ""


def _opens(token: str) -> bool:
    """Tell whether a token opens something."""
    from django.db import DatabaseError, connection

    from apps.accounts.tokens import TokenRefused, token_use

    try:
        token_use(token)
    except (TokenRefused, DatabaseError):
        return False
    finally:
        if not connection.in_atomic_block:
            connection.close()
    return True


def _session_key(scope: Scope) -> str | None:
    from django.conf import settings

    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                cookie = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                continue
            if cookie is not None:
                return cookie.value
    return None


def _has_user(session_key: str, owns: str | None = None) -> bool:
    """Tell whether somebody has that session, and, where it is asked, owns the space."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import get_user
    from django.db import DatabaseError, connection
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    try:
        user = get_user(request)
        if owns is None or not user.is_authenticated:
            return user.is_authenticated
        from apps.accounts.models import Membership, Role

        roles = Membership.objects.filter(user=user, space__slug=owns, role=Role.OWNER)
        return user.is_active and roles.exists()
    except DatabaseError:  # nobody can be known while it is away
        return False
    finally:
        if not connection.in_atomic_block:
            connection.close()  # it is this thread's own; from a pool, it goes back there
