"""The web server under load and under attack: the real process beside the tests' own database."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import pytest
from django.db import connection
from django.test import Client

from tests import factories

ROOT = Path(__file__).resolve().parents[2]
POOL = 4
WEB = "the-web-server-of-this-test"


@pytest.fixture
def port(transactional_db: None, tmp_path: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'])}"
    url += f"&application_name={WEB}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATABASE_POOL_SIZE": str(POOL),
        "DATABASE_WAIT_SECONDS": "2",
        "REQUEST_PAUSE_SECONDS": "2",
        "DEBUG": "True",  # else static files must have been collected
    }
    with (tmp_path / "web.log").open("wb") as log:
        command = [sys.executable, "-m", "memweb.serving.uvicorn_web", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            until(lambda: status_of(port, "/sign-in/") == 200)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def until(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def status_of(port: int, path: str, data: dict[str, str] | None = None, **headers: str) -> int:
    body = urllib.parse.urlencode(data).encode() if data else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def post_at_once(
    port: int, path: str, data: dict[str, str], cookie: str
) -> http.client.HTTPMessage:
    """Send head and body in one piece, where urllib may pause between them for as long as other
    threads of this process run, and be refused for it (408); return the headers of the answer,
    with its status as ``Status``."""
    body = urllib.parse.urlencode(data).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
    head += (
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.sendall(head.encode() + body)
        answer = http.client.HTTPResponse(one)
        answer.begin()
        answer.headers["Status"] = str(answer.status)
        return answer.headers


def connections() -> int:
    """Count what the web server has open: not what a server before it is about to close, nor the
    processes by which PostgreSQL cleans up the same database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND backend_type = 'client backend'",
            [WEB],
        )
        return int(cursor.fetchone()[0])


def test_it_counts_no_connection_of_others(transactional_db: None) -> None:
    """As those of PostgreSQL's own cleaning, which met the count while much ran beside it."""
    values = connection.settings_dict
    asked = {"host": values["HOST"], "user": values["USER"], "dbname": values["NAME"]}
    with psycopg.connect(**asked), psycopg.connect(**asked, application_name=WEB):
        assert connections() == 1


def test_it_never_takes_more_connections_than_its_pool_has(port: int) -> None:
    factories.make_user("alice")
    token = {"csrfmiddlewaretoken": "a" * 32}

    def attempt(number: int) -> str:
        data = {"username": f"nobody{number}", "password": "wrong", **token}
        headers = post_at_once(port, "/sign-in/", data, "csrftoken=" + "a" * 32)
        assert headers["Status"] != "503" or headers["Retry-After"]
        return headers["Status"]

    with ThreadPoolExecutor(200) as threads:
        running = [threads.submit(attempt, number) for number in range(200)]
        most = 0
        while not all(one.done() for one in running):
            most = max(most, connections())
            time.sleep(0.05)
    statuses = Counter(one.result() for one in running)
    assert 0 < most <= POOL
    assert set(statuses) <= {"422", "429", "503"}, statuses
    until(lambda: status_of(port, "/health/") == 200)


def half_posts(port: int, number: int, *, announced: int, sent: int) -> list[socket.socket]:
    head = "POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
    head += f"Content-Length: {announced}\r\n\r\n"
    opened = []
    for _ in range(number):
        one = socket.create_connection(("127.0.0.1", port), timeout=30)
        with contextlib.suppress(OSError):
            one.sendall(head.encode() + b"a" * sent)
        opened.append(one)
    return opened


def test_it_ends_half_sent_bodies_and_stores_none(port: int) -> None:
    (web,) = [p for p in psutil.Process().children() if f"{port}" in p.cmdline()]
    with contextlib.ExitStack() as stack:
        large = half_posts(port, 10, announced=20_000_000, sent=3_000_000)
        small = half_posts(port, 20, announced=2_000, sent=1_000)
        for one in large + small:
            stack.enter_context(one)
        time.sleep(0.5)
        # A spooled body is a file without a name in the folder for temporary files.
        spooled = [path for path in _open_files(web) if path.endswith("(deleted)")]
        assert spooled == []
        answers = [one.recv(100).partition(b"\r\n")[0] for one in small]
        assert set(answers) == {b"HTTP/1.1 408 Request Timeout"}
        for one in large:
            assert b" 408 " in one.recv(100)


def test_it_ends_connections_that_never_finish_a_head(port: int) -> None:
    with contextlib.ExitStack() as stack:
        opened = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(20)]
        for number, one in enumerate(opened):
            stack.enter_context(one)
            if number % 2:
                one.sendall(b"GET / HTTP/1.1\r\nHost: ")
        began = time.monotonic()
        for one in opened:
            assert one.recv(10) == b""
        assert time.monotonic() - began < 20


def test_it_takes_a_long_text_from_somebody_who_is_signed_in(port: int) -> None:
    alice, space = factories.make_user("alice"), factories.make_space("atlas")
    factories.grant(space, alice, "owner")
    client = Client()
    client.force_login(alice)
    token = "a" * 32
    text = "Ada Brook was born in Lindenau. " * 12_000
    data = {"title": "Brook", "text": text, "csrfmiddlewaretoken": token}
    known = f"csrftoken={token}; sessionid={client.cookies['sessionid'].value}"
    add = "/s/atlas/sources/add/"
    assert status_of(port, add, data, Cookie=f"csrftoken={token}") == 401
    assert not space.documents.exists()
    assert (
        status_of(port, add, data, Cookie=known) == 200
    )  # the page of the document, redirected to
    assert space.documents.get().title == "Brook"


def _open_files(process: psutil.Process) -> list[str]:
    folder = Path(f"/proc/{process.pid}/fd")
    paths = []
    for entry in folder.iterdir():
        with contextlib.suppress(OSError):
            paths.append(os.readlink(entry))
    return [path for path in paths if path.startswith("/tmp")]
