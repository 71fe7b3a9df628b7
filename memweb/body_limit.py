"""Keeps bodies off the disk that are too large, that a stranger sends, or that never end.

Django's ASGI handler stores a body whole before any view can refuse it, and waits for the rest of
it as long as the connection stands.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from memweb.problems import MEDIA_TYPE, PREFIX, problem_text

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A browser shows the answer only if its whole request was taken; beyond this, it is cut off.
DRAIN_BYTES = 256 * 1024 * 1024
_GONE: Message = {"type": "http.disconnect"}


@dataclass(frozen=True)
class Limits:
    """How much a body may hold and how long it may take."""

    max_bytes: int
    # For whom nobody knows: a sign-in, and a form whose sender's session has ended.
    stranger_bytes: int = 256 * 1024
    # The longest time without a piece, and the longest for all of it.
    pause_seconds: float = 10.0
    whole_seconds: float = 300.0
    stranger_seconds: float = 20.0


@dataclass(frozen=True)
class Larger:
    """An address at which some people may send more than others: ``path`` matches it, ``may`` tells
    by the headers who they are."""

    path: re.Pattern[str]
    limits: Limits
    may: Callable[[Scope], Awaitable[bool]]


class BodyLimit:
    """Gives the application an empty body in place of one that is announced to be longer than its
    sender may send. The view finds the announced length in ``Content-Length`` and answers 413.

    What is sent is read and dropped up to DRAIN_BYTES. A body of unannounced length is
    answered with 413 where it passes the limit, and one that does not come in time with 408; what
    the application stored of either it removes, because it is told that the client has gone.
    ``known`` tells by the headers whether the sender is signed in; it is asked only about bodies
    that a stranger may not send, and ``larger`` about those that nobody else may.
    """

    def __init__(
        self,
        app: App,
        *,
        limits: Limits,
        known: Callable[[Scope], Awaitable[bool]],
        larger: Larger | None = None,
    ):
        self.app = app
        self.limits = limits
        self.known = known
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        announced = _announced(scope)
        limits = await self._limits_for(scope, announced)
        stranger = True
        # Who it is takes a query, which a body that anybody may send need not cost.
        if announced is None or announced > limits.stranger_bytes:
            stranger = not await self.known(scope)
        most = min(limits.max_bytes, limits.stranger_bytes) if stranger else limits.max_bytes
        whole = limits.stranger_seconds if stranger else limits.whole_seconds
        timed = _Timed(receive, pause=limits.pause_seconds, whole=whole)
        reply = _Reply(send)
        counted = _Counted(timed, most)
        if announced is not None and announced > most:
            # Read and thrown away: browsers show the refusal only after they have sent all.
            await _drain(timed)
            if not timed.late:
                await self.app(scope, _Empty(timed), reply)
        else:
            await self._store(scope, counted, reply)
        if timed.late and not reply.started:
            await _refuse(reply, 408, b"The request did not arrive in time.", scope)
        elif counted.left < 0 and not reply.started:
            await _refuse(reply, 413, b"The request is larger than it may be.", scope)

    async def _limits_for(self, scope: Scope, announced: int | None) -> Limits:
        larger = self.larger
        if larger is None or not larger.path.fullmatch(scope.get("path", "")):
            return self.limits
        if announced is not None and announced <= self.limits.max_bytes:
            return self.limits
        return larger.limits if await larger.may(scope) else self.limits

    async def _store(self, scope: Scope, counted: _Counted, reply: _Reply) -> None:
        """Let the application take the body, which it keeps on disk from some size on."""
        try:
            await self.app(scope, counted, reply)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or reply.started:
                raise
            logger.warning("%s %s: 507, %s", scope["method"], scope["path"].encode(), error)
            await _drain(counted)
            await _refuse(reply, 507, b"A disk of memweb is full. Nothing was saved.", scope)


def _has_body(scope: Scope) -> bool:
    names = {name for name, value in scope["headers"] if value != b"0"}
    return b"content-length" in names or b"transfer-encoding" in names


def _announced(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _drain(receive: Receive) -> None:
    dropped, more = 0, True
    while more and dropped < DRAIN_BYTES:
        message = await receive()
        dropped += len(message.get("body", b""))
        more = message.get("more_body", False)


async def _refuse(send: Send, status: int, text: bytes, scope: Scope) -> None:
    kind = b"text/plain; charset=utf-8"
    if scope.get("path", "").startswith(PREFIX):
        kind, text = MEDIA_TYPE.encode(), problem_text(status, text.decode())
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class _Reply:
    """The way to the client; knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self.send(message)


class _Timed:
    """The body as it comes, and the end of the connection where it comes too slowly."""

    def __init__(self, receive: Receive, *, pause: float, whole: float) -> None:
        self.receive = receive
        self.pause = pause
        self.until = asyncio.get_running_loop().time() + whole
        self.late = self.complete = False

    async def __call__(self) -> Message:
        if self.late:
            return _GONE
        if self.complete:  # what follows is only the end of the connection
            return await self.receive()
        left = self.until - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self.receive(), max(0.0, min(self.pause, left)))
        except TimeoutError:
            self.late = True
            return _GONE
        self.complete = not message.get("more_body", False)
        return message


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
        return message if self.left >= 0 else _GONE
