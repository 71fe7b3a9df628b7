"""The client against memweb itself, without a server between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from apps.accounts.models import Space, User
from apps.accounts.tokens import token_make
from apps.api import throttling
from apps.asking.models import Question
from apps.asking.services import question_run
from apps.provenance.models import Export
from apps.provenance.services.exports import export_run
from memweb_client import AsyncClient, Client, InSpace, Patience
from tests.apps.asking.rows import fill

URL = "http://memweb.example"
HURRY = Patience(tries=3, first=0.0)
Opens = Callable[..., Client]
ATLAS = InSpace("atlas")


@pytest.fixture(autouse=True)
def _one_connection(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the connection of the test, which the end of a request would else close."""
    throttling.forget()
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    settings.ALLOWED_HOSTS = ["memweb.example"]
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def open_client() -> Opens:
    """Return what makes a client of a person."""

    def opened(user: User, **given: Any) -> Client:
        text = token_make(user=user, name="a program", **given)[1]
        transport = httpx.WSGITransport(app=get_wsgi_application())
        return Client(URL, text, patience=HURRY, transport=transport)

    return opened


@pytest.fixture
def open_async() -> Callable[[User], AsyncClient]:
    """Return what makes a client of a person, with ``await``."""

    def opened(user: User) -> AsyncClient:
        text = token_make(user=user, name="a program")[1]
        transport = httpx.ASGITransport(app=get_asgi_application())
        return AsyncClient(URL, text, patience=HURRY, transport=transport)

    return opened


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let work be done while somebody waits for it."""

    def work(seconds: float) -> None:
        for question in Question.objects.filter(state=Question.State.QUEUED):
            question_run(question_id=question.pk)
        for export in Export.objects.filter(state=Export.State.QUEUED):
            export_run(export_id=export.pk)

    monkeypatch.setattr("apps.api.streams.time.sleep", work)
    monkeypatch.setattr("memweb_client.transports.time.sleep", work)


@pytest.fixture
def filled(space: Space, bob: User) -> Space:
    """Return a space that knows where Ada Brook was born."""
    fill(space, bob)
    return space
