"""Keeps bodies that are too large off the disk: Django's ASGI handler would store them whole before
any view could refuse them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# A browser shows the answer only if its whole request was taken; beyond this, it is cut off.
DRAIN_BYTES = 256 * 1024 * 1024


class BodyLimit:
    """Gives the application an empty body in place of one that is announced to be longer than
    ``max_bytes``. The view finds the announced length in ``Content-Length`` and answers 413.

    What is sent is read and dropped up to DRAIN_BYTES. A body of unannounced length is cut off at
    the limit, as if the client had gone.
    """

    def __init__(self, app: App, *, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _announced(scope) > self.max_bytes:
            await _drain(receive)
            await self.app(scope, _Empty(receive), send)
        else:
            await self.app(scope, _Counted(receive, self.max_bytes), send)


def _announced(scope: MutableMapping[str, Any]) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _drain(receive: Receive) -> None:
    dropped, more = 0, True
    while more and dropped < DRAIN_BYTES:
        message = await receive()
        dropped += len(message.get("body", b""))
        more = message.get("more_body", False)


class _Empty:
    """An empty body, then the end of the connection when it comes."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.given = False

    async def __call__(self) -> Message:
        if not self.given:
            self.given = True
            return {"type": "http.request", "body": b"", "more_body": False}
        message = await self.receive()
        while message["type"] != "http.disconnect":  # the rest of a body that was not drained
            message = await self.receive()
        return message


class _Counted:
    """The body as it comes, cut off where it passes the limit."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self.receive = receive
        self.left = max_bytes

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        return message if self.left >= 0 else {"type": "http.disconnect"}
