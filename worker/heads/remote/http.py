"""One request by HTTP, to the server that the settings name and to no other."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from worker.heads.remote.config import RemoteConfig

_BLOCK = 64 * 1024


class NoAnswer(Exception):
    """The server gave no whole answer; what it was told is one word for a sentence."""


class TooLong(Exception):
    """The server's answer is longer than any that is read."""


@dataclass(frozen=True)
class HttpAnswer:
    """A status and what came with it. ``wait`` is for how many seconds the server asks to be left
    alone; None where it does not say."""

    status: int
    body: bytes
    wait: float | None = None

    def json(self) -> Any:
        """Return the body's value. Raises ValueError."""
        return json.loads(self.body.decode("utf-8"))


class Post:
    """A request that another thread may give up by ``hang_up``."""

    def __init__(self, config: RemoteConfig, path: str, body: Mapping[str, Any]) -> None:
        parts = config.parts
        is_safe = parts.scheme == "https"
        kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=config.pause_seconds)
        self._path = parts.path.rstrip("/") + path
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "memweb",
            **config.key.headers(),
        }
        self._body = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        self._most = config.answer_bytes
        self._given_up = threading.Event()

    def hang_up(self) -> None:
        """Give the request up: whoever waits for it is told NoAnswer at once."""
        self._given_up.set()
        if (open_ := self._connection.sock) is not None:
            with suppress(OSError):
                open_.shutdown(socket.SHUT_RDWR)

    def answer(self, seconds: float) -> HttpAnswer:
        """Send the request and return what is answered within so many seconds.

        Redirects are not followed: texts go where the setting says, and so does the key. Raises
        NoAnswer and TooLong.
        """
        watch = threading.Timer(max(seconds, 0.01), self.hang_up)
        watch.daemon = True
        watch.start()
        try:
            if self._given_up.is_set():
                raise NoAnswer("was not asked")
            self._connection.request("POST", self._path, self._body, self._headers)
            response = self._connection.getresponse()
            wait = _seconds(response.headers.get("Retry-After"))
            return HttpAnswer(response.status, self._read(response), wait)
        except ValueError:  # a header that none can be: the key has a line break in it
            raise NoAnswer("cannot be sent what the settings hold") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_why(error, self._given_up.is_set())) from None
        finally:
            watch.cancel()
            self._connection.close()

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        blocks, size = [], 0
        while block := response.read(_BLOCK):
            blocks.append(block)
            size += len(block)
            if size > self._most:
                raise TooLong
        if response.length:  # fewer bytes than were announced
            raise http.client.IncompleteRead(b"")
        if self._given_up.is_set():  # what was read ends where we hung up
            raise NoAnswer("did not answer in time")
        return b"".join(blocks)


def _seconds(header: str | None) -> float | None:
    """Return what a Retry-After says, in seconds (RFC 9110, 10.2.3)."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _why(error: Exception, given_up: bool) -> str:
    if given_up or isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "broke off in the middle of its answer"
    if isinstance(error, http.client.HTTPException):
        return "did not answer as a web server does"
    reason = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
    return f"cannot be reached ({reason})"
