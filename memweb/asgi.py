"""The web application for ASGI servers: ``memweb.asgi:application`` (``memweb.serving.uvicorn_web``
serves it)."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import cast

from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application

from memweb.body_limit import App, BodyLimit, Larger, Limits, Scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")


IMPORT_PATH = re.compile(r"/s/(?P<slug>[-\w]+)/audit/import/new/")


def _application() -> BodyLimit:
    application = cast(App, get_asgi_application())
    from django.conf import settings
    from django.db import connections

    # Only here: workers and commands have one thread, and a pool does not outlive their forks.
    connections.settings["default"]["OPTIONS"]["pool"] = settings.DATABASE_POOL
    limits = Limits(
        max_bytes=settings.REQUEST_MAX_BYTES,
        pause_seconds=settings.REQUEST_PAUSE_SECONDS,
        whole_seconds=settings.REQUEST_WHOLE_SECONDS,
    )
    imports = replace(
        limits,
        max_bytes=settings.IMPORT_MAX_BYTES + 64 * 1024,  # the other fields of the form
        whole_seconds=settings.IMPORT_UPLOAD_SECONDS,
    )
    larger = Larger(IMPORT_PATH, imports, _owns_space)
    return BodyLimit(application, limits=limits, known=_signed_in, larger=larger)


async def _signed_in(scope: Scope) -> bool:
    """Tell by the session's cookie whether the request is somebody's who is signed in."""
    key = _session_key(scope)
    return key is not None and await sync_to_async(_has_user, thread_sensitive=False)(key)


async def _owns_space(scope: Scope) -> bool:
    """Tell by the session's cookie whether the request is by an owner of the space in its path."""
    found, key = IMPORT_PATH.fullmatch(scope["path"]), _session_key(scope)
    if found is None or key is None:
        return False
    return await sync_to_async(_has_user, thread_sensitive=False)(key, owns=found["slug"])


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
    from django.db import DatabaseError
    from django.http import HttpRequest

    from memweb.busy import give_connection_back

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
        give_connection_back()


application = _application()
