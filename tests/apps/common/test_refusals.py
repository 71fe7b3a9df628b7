"""Refusals leave one line in the log, and a full disk a page that says so."""

from __future__ import annotations

import asyncio
import errno
import io
import logging
from collections.abc import Iterator

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from apps.accounts.models import Space, User
from apps.asking import views as asking_views
from memweb.body_limit import BodyLimit, Limits
from memweb.busy import Busy
from memweb.full import is_full

FULL = OSError(errno.ENOSPC, "No space left on device")


def as_django_tells(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the product's own handler writes."""
    (handler,) = [
        handler
        for handler in logging.getLogger().handlers
        if any(type(found).__name__ == "RefusalsInOneLine" for found in handler.filters)
    ]
    assert isinstance(handler, logging.StreamHandler)
    text = io.StringIO()
    # Not by setStream, which flushes the stream that another test's capture has closed.
    before, handler.stream = handler.stream, text
    yield text
    handler.stream = before


def test_it_writes_one_line_for_a_refusal(
    client: Client, space: Space, carol: User, alice: User, log: io.StringIO
) -> None:
    client.force_login(carol)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    answers = [
        client.get("/s/atlas/settings/"),
        client.get("/s/nowhere/"),
        client.post("/s/atlas/ask/", {"text": ""}),
        strict.post("/s/atlas/ask/", {"text": "Who?"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 404, 422, 403]
    assert len(log.getvalue().splitlines()) == len(answers)


def test_it_keeps_the_traceback_of_what_broke(
    client: Client, space: Space, carol: User, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    def fail(**given: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(asking_views, "question_ask", fail)
    client.force_login(carol)
    client.raise_request_exception = False
    assert client.post("/s/atlas/ask/", {"text": "Who was Ada?"}).status_code == 500
    assert "Traceback" in log.getvalue()


def test_it_writes_one_line_where_there_is_no_room(
    client: Client, space: Space, carol: User, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    def fail(**given: object) -> None:
        raise Busy("too many passwords are being checked")

    monkeypatch.setattr(asking_views, "question_ask", fail)
    client.force_login(carol)
    assert client.post("/s/atlas/ask/", {"text": "Who was Ada?"}).status_code == 503
    (line,) = log.getvalue().splitlines()
    assert "503, too many passwords" in line


@pytest.mark.parametrize(
    "error", [FULL, as_django_tells(psycopg.errors.DiskFull("could not extend file"))], ids=str
)
def test_it_says_on_a_page_that_a_disk_is_full(
    error: Exception,
    client: Client,
    space: Space,
    carol: User,
    monkeypatch: pytest.MonkeyPatch,
    log: io.StringIO,
) -> None:
    def fail(**given: object) -> None:
        raise error

    monkeypatch.setattr(asking_views, "question_ask", fail)
    client.force_login(carol)
    answer = client.post("/s/atlas/ask/", {"text": "Who was Ada?"})
    assert answer.status_code == 507
    assert "no room left on a disk" in answer.content.decode()
    assert "507" in log.getvalue()
    assert "Traceback" not in log.getvalue()


def test_it_says_so_where_an_upload_finds_no_room(
    client: Client, space: Space, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any view: Django reads the files of a form in its middleware."""

    def fail(*given: object, **more: object) -> None:
        raise FULL

    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk", fail
    )
    monkeypatch.setattr(
        "django.core.files.uploadhandler.MemoryFileUploadHandler.receive_data_chunk", fail
    )
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(bob)
    strict.get("/s/atlas/sources/add/")  # for the cookie with which the form is compared
    files = SimpleUploadedFile("a.txt", b"Ada was born in Lindenau.")
    answer = strict.post("/s/atlas/sources/add/", {"files": files})
    assert answer.status_code == 507


def test_it_says_so_where_the_body_itself_finds_no_room() -> None:
    """Django stores a body before it makes a request of it."""
    sent: list[dict[str, object]] = []
    pieces = [{"type": "http.request", "body": b"x" * 1000, "more_body": n < 3} for n in range(4)]

    async def app(scope, receive, send) -> None:
        await receive()
        raise FULL

    async def receive():
        return pieces.pop(0)

    async def send(message) -> None:
        sent.append(message)

    async def known(scope) -> bool:
        return True

    scope = {
        "type": "http", "method": "POST", "path": "/x/", "headers": [(b"content-length", b"4000")]
    }  # fmt: skip
    limits = Limits(max_bytes=10_000)
    asyncio.run(BodyLimit(app, limits=limits, known=known)(scope, receive, send))
    assert sent[0]["status"] == 507
    assert pieces == []  # read to its end, so that a browser shows the answer


def test_it_takes_no_other_error_for_a_full_disk() -> None:
    assert not is_full(None)
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_full(as_django_tells(psycopg.errors.QueryCanceled("x")))
    assert is_full(as_django_tells(psycopg.errors.DiskFull("x")))
