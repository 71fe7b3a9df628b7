"""The web application for ASGI servers: ``memweb.asgi:application`` (``memweb.serving.uvicorn_web``
serves it)."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import cast

from django.core.asgi import get_asgi_application

from memweb.body_limit import App, BodyLimit, Larger, Limits
from memweb.senders import IMPORT_PATH, owns_space, signed_in

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
    imports = replace(
        limits,
        max_bytes=settings.IMPORT_MAX_BYTES + 64 * 1024,  # the other fields of the form
        whole_seconds=settings.IMPORT_UPLOAD_SECONDS,
    )
    larger = Larger(IMPORT_PATH, imports, owns_space)
    return BodyLimit(application, limits=limits, known=signed_in, larger=larger)


application = _application()
