from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import transaction

from apps.audit.services import record
from apps.webhooks.services import KINDS, endpoint_make
from tests.factories import recorded


class Answering(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers as the server was told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status, said, more = self.server.answer
        if self.server.hangs is not None:
            self.server.hangs.wait(10)
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args):
        pass


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    hangs: threading.Event | None = None

    def handle_error(self, request, client_address):
        pass  # a client that has gone


def _receiver():
    server = Receiver(("127.0.0.1", 0), Answering)
    server.got, server.answer = [], (200, b"", {})
    server.url = f"http://127.0.0.1:{server.server_port}/hooks?key=s3cret"
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    ).start()
    return server


@pytest.fixture
def receivers(settings):
    """Return what starts a receiver on this machine, to which the settings let messages go."""
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    made = []

    def start():
        made.append(_receiver())
        return made[-1]

    yield start
    for server in made:
        if server.hangs is not None:
            server.hangs.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver(receivers):
    return receivers()


@pytest.fixture
def make(space, alice):
    """Return what makes an endpoint of the space."""

    def endpoint(server, kinds=tuple(KINDS), name="Desk"):
        return endpoint_make(
            space=space, actor=alice, name=name, address=server.url, kinds=kinds,
            site="http://testserver/",
        )  # fmt: skip

    return endpoint


@pytest.fixture
def happen(space, alice):
    """Let something happen in the space, as far as the log is concerned."""

    def write(action="run.finished", subject=None, **given):
        with transaction.atomic():
            return record(
                space=space, action=action, actor=alice, subject=subject or alice,
                payload=recorded(action, **given),
            )  # fmt: skip

    return write
