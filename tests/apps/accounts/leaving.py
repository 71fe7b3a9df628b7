"""The way to a provider on this machine and back, as a browser goes it."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from apps.audit.models import Event

DOOR = "/sign-in/with/"


def leave(client: Client, **query: str) -> str:
    """Go to the provider; return the address that leads back from there."""
    response = client.get(DOOR, query)
    assert response.status_code == 302
    parts = urlsplit(response["Location"])
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = connection.getresponse().headers["Location"]
    connection.close()
    assert back.startswith("http://testserver/sign-in/with/back/?")
    return back.removeprefix("http://testserver")


def sign_on(client: Client, **query: str) -> Any:
    return client.get(leave(client, **query))


def actions() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("action", flat=True))
