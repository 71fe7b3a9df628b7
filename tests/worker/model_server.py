"""A server of language models that does what a test tells it, on the loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from worker.heads.remote.config import Key, RemoteConfig

MODEL = "tiny-model"
KEY = "sk-never-to-be-seen-1234567890"
Act = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Does the next act for each request, the last one for all that follow; keeps the requests."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self.acts = list(acts)
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self._lock = threading.Lock()
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                served.serve(self)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """The other side hung up, as a test wants it to."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self._lock:
            self.times.append(time.monotonic())
            self.requests.append(body)
            self.paths.append(handler.path)
            self.keys.append(handler.headers.get("Authorization", ""))
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        act(handler)

    def config(self, **options: Any) -> RemoteConfig:
        """Return how to ask this server, without the patience that real ones deserve."""
        given = {"model": MODEL, "key": Key(KEY), "seconds": 10.0, "backoff": 0.01, **options}
        return RemoteConfig(url=self.url, **given)


@contextmanager
def serving(*acts: Act) -> Iterator[Server]:
    """Run a server that does these acts."""
    server = Server(acts)
    # A test's end would else wait for the next look of half a second.
    thread = threading.Thread(target=server._http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server._http.shutdown()
        server._http.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def reply_body(text: str, *, model: str = MODEL, cut: bool = False) -> bytes:
    reason = "length" if cut else "stop"
    choice = {"message": {"content": text}, "text": text, "finish_reason": reason}
    usage = {"prompt_tokens": 100, "completion_tokens": 7}
    return json.dumps({"model": model, "choices": [choice], "usage": usage}).encode()


def says(text: str | Any, **options: Any) -> Act:
    """Answer with a text, or with a value as JSON."""
    said = text if isinstance(text, str) else json.dumps(text)
    return lambda handler: send(handler, 200, reply_body(said, **options))


def states(*facts: tuple[str, ...]) -> Act:
    """Answer with facts: subject, relation, object and, where it is not stated, the mood."""
    names = ("subject", "relation", "object", "mood")
    items = [dict(zip(names, (*fact, "stated")[:4], strict=True)) for fact in facts]
    return says({"facts": items})


def fails(status: int, body: bytes = b"{}", **headers: str) -> Act:
    return lambda handler: send(handler, status, body, **headers)


def sends(body: bytes) -> Act:
    return lambda handler: send(handler, 200, body)


def cuts_off(handler: BaseHTTPRequestHandler) -> None:
    """Announce more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(reply_body("half")[:40])
    handler.close_connection = True


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def half_a_stream(handler: BaseHTTPRequestHandler) -> None:
    """Stream, which nobody asked for, and break off inside of a chunk."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'1a\r\ndata: {"choices": [{"del\r\n40\r\nta"')
    handler.close_connection = True


def is_slow(seconds: float, act: Act) -> Act:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        act(handler)

    return slow
