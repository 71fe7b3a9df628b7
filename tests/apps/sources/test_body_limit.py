"""Bodies that are too large never reach Django's ASGI handler."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from memweb import body_limit
from memweb.body_limit import BodyLimit, Receive, Send


class Server:
    """Sends a body in pieces and remembers how much of it was taken."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.taken = 0

    async def receive(self) -> dict[str, Any]:
        if not self.pieces:
            return {"type": "http.disconnect"}
        body = self.pieces.pop(0)
        self.taken += len(body)
        return {"type": "http.request", "body": body, "more_body": bool(self.pieces)}


def seen(server: Server, *, announced: int | None, max_bytes: int = 100) -> list[dict[str, Any]]:
    """Return the messages that an application gets that takes all of them."""
    messages: list[Any] = []

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        while not messages or messages[-1]["type"] != "http.disconnect":
            messages.append(await receive())

    async def send(message: Any) -> None:
        raise AssertionError("nothing is sent")

    headers = [] if announced is None else [(b"content-length", b"%d" % announced)]
    scope = {"type": "http", "headers": headers}
    asyncio.run(BodyLimit(app, max_bytes=max_bytes)(scope, server.receive, send))
    return messages


def test_it_passes_a_small_body_on() -> None:
    messages = seen(Server(b"a" * 60, b"b" * 40), announced=100)
    assert b"".join(message.get("body", b"") for message in messages) == b"a" * 60 + b"b" * 40


def test_it_takes_a_large_body_and_gives_an_empty_one() -> None:
    server = Server(*[b"a" * 60] * 3)
    messages = seen(server, announced=180)
    assert messages[0] == {"type": "http.request", "body": b"", "more_body": False}
    assert messages[1:] == [{"type": "http.disconnect"}]
    assert server.taken == 180


def test_it_does_not_wait_for_the_end_of_an_endless_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "DRAIN_BYTES", 120)
    server = Server(*[b"a" * 60] * 10)
    taken = []

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        taken.append(server.taken)

    scope = {"type": "http", "headers": [(b"content-length", b"600")]}
    asyncio.run(BodyLimit(app, max_bytes=100)(scope, server.receive, None))  # type: ignore[arg-type]
    assert taken == [120]


@pytest.mark.parametrize("announced", [None, 50])
def test_it_cuts_off_a_body_that_is_longer_than_announced(announced: int | None) -> None:
    server = Server(*[b"a" * 60] * 10)
    messages = seen(server, announced=announced)
    assert messages[-1] == {"type": "http.disconnect"}
    assert server.taken == 120
