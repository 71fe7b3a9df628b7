"""The web application for ASGI servers: ``memweb.asgi:application`` (``memweb.serving.uvicorn_web``
serves it)."""

from __future__ import annotations

import os
from http.cookies import CookieError, SimpleCookie
from typing import cast

from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application

from memweb.body_limit import App, BodyLimit, Limits, Scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")


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
    return BodyLimit(application, limits=limits, known=_signed_in)


async def _signed_in(scope: Scope) -> bool:
    """Tell by the session's cookie whether the request is somebody's who is signed in."""
    from django.conf import settings

    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                cookie = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                continue
            if cookie is not None:
                return await sync_to_async(_has_user, thread_sensitive=False)(cookie.value)
    return False


def _has_user(session_key: str) -> bool:
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import get_user
    from django.db import DatabaseError
    from django.http import HttpRequest

    from memweb.busy import give_connection_back

    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    try:
        return get_user(request).is_authenticated
    except DatabaseError:  # nobody can be known while it is away
        return False
    finally:
        give_connection_back()


application = _application()
