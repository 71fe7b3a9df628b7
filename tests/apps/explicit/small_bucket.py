"""A small server of S3 for tests: one bucket in a dictionary, with signatures looked at."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from apps.common.s3 import Login, authorization, canonical

LOGIN = Login("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
AT_ONCE = 3  # names in one part of a list


class SmallBucket(ThreadingHTTPServer):
    """``objects`` are kept by key; ``seconds`` each answer waits, ``status`` is told to all where
    it is set, ``cut`` bytes are left out at the end of what is read."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.objects: dict[str, bytes] = {}
        self.bucket, self.seconds, self.status, self.cut = "memories", 0.0, 0, 0
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    server: SmallBucket
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        bucket, key, query = self._wanted()
        if not self._may():
            return
        if bucket != self.server.bucket:
            self._told(404, _error("NoSuchBucket", "The specified bucket does not exist"))
        elif not key:
            self._list(query)
        elif key in self.server.objects:
            self._told(200, self.server.objects[key], cut=self.server.cut)
        else:
            self._told(404, _error("NoSuchKey", "The specified key does not exist."))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        bucket, key, _ = self._wanted()
        if not self._may(body):
            return
        if bucket == self.server.bucket:
            self.server.objects[key] = body
            self._told(200, b"")
        else:
            self._told(404, _error("NoSuchBucket", "The specified bucket does not exist"))

    def do_DELETE(self) -> None:
        _, key, _ = self._wanted()
        if self._may():
            self.server.objects.pop(key, None)
            self._told(204, b"")

    def _wanted(self) -> tuple[str, str, dict[str, str]]:
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        return bucket, key, dict(parse_qsl(parts.query, keep_blank_values=True))

    def _may(self, body: bytes = b"") -> bool:
        """Refuse what is not signed for what it says, or all where that is wanted."""
        self.server.asked.append(self.command)
        time.sleep(self.server.seconds)
        said = self.headers["Authorization"]
        names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        signed = {name: self.headers[name] for name in names}
        path, query = urlsplit(self.path).path, self._wanted()[2]
        good = said == authorization(self.command, path, signed, LOGIN, canonical(query))
        if not good or self.headers["X-Amz-Content-Sha256"] != hashlib.sha256(body).hexdigest():
            self._told(403, _error("SignatureDoesNotMatch", "The signature does not match."))
        elif self.server.status:
            self._told(self.server.status, _error("SlowDown", "Please reduce your request rate."))
        else:
            return True
        return False

    def _list(self, query: dict[str, str]) -> None:
        keys = sorted(key for key in self.server.objects if key.startswith(query["prefix"]))
        start = int(query.get("continuation-token", 0))
        shown = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys[start:][:AT_ONCE])
        more = start + AT_ONCE < len(keys)
        token = f"<NextContinuationToken>{start + AT_ONCE}</NextContinuationToken>" if more else ""
        self._told(200, f"<ListBucketResult>{token}{shown}</ListBucketResult>".encode())

    def _told(self, status: int, body: bytes, cut: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)) if status != 204 else "0")
        self.end_headers()
        self.wfile.write(body[: len(body) - cut])
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


def _error(code: str, message: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


@contextmanager
def serving() -> Iterator[SmallBucket]:
    server = SmallBucket()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
