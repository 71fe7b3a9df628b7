"""The web application for ASGI servers: ``uvicorn memweb.asgi:application``."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")

application = get_asgi_application()
