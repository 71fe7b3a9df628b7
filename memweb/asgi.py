"""The web application for ASGI servers: ``uvicorn memweb.asgi:application``."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application

from memweb.body_limit import App, BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")


def _application() -> BodyLimit:
    application = cast(App, get_asgi_application())
    from django.conf import settings

    return BodyLimit(application, max_bytes=settings.REQUEST_MAX_BYTES)


application = _application()
