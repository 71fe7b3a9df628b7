"""Bodies that are too large never reach Django's ASGI handler."""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any

import pytest

from memweb import body_limit
from memweb.body_limit import BodyLimit, Larger, Limits, Receive, Send


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

    sent = answers(app, server, announced=announced, max_bytes=max_bytes)
    assert [one["status"] for one in sent if "status" in one] in ([], [413])
    return messages


def answers(
    app: Any, server: Any, *, announced: int | None, known: bool = True, **limits: Any
) -> list[dict[str, Any]]:
    """Return what the client is sent."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def is_known(scope: MutableMapping[str, Any]) -> bool:
        return known

    length = (b"content-length", b"%d" % (announced or 0))
    headers = [(b"transfer-encoding", b"chunked") if announced is None else length]
    scope = {"type": "http", "headers": headers}
    limit = BodyLimit(app, limits=Limits(**{"max_bytes": 100, **limits}), known=is_known)
    asyncio.run(limit(scope, server.receive, send))
    return sent


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

    answers(app, server, announced=600)
    assert taken == [120]


@pytest.mark.parametrize("announced", [None, 50])
def test_it_cuts_off_a_body_that_is_longer_than_announced(announced: int | None) -> None:
    server = Server(*[b"a" * 60] * 10)
    messages = seen(server, announced=announced)
    assert messages[-1] == {"type": "http.disconnect"}
    assert server.taken == 120


class Stalled(Server):
    """Sends the pieces and then nothing more, without an end."""

    async def receive(self) -> dict[str, Any]:
        if not self.pieces:
            await asyncio.sleep(60)
        return await super().receive() | {"more_body": True}


async def reads_all(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "http.disconnect":
        if not message["more_body"]:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            return


@pytest.mark.parametrize("announced", [90, 190, None])
def test_it_ends_a_body_that_pauses(announced: int | None) -> None:
    sent = answers(reads_all, Stalled(b"a" * 60), announced=announced, pause_seconds=0.05)
    assert sent[0]["status"] == 408


def test_it_ends_a_body_that_trickles() -> None:
    class Trickle(Stalled):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(0.03)
            return {"type": "http.request", "body": b"a", "more_body": True}

    sent = answers(reads_all, Trickle(), announced=90, stranger_seconds=0.2)
    assert sent[0]["status"] == 408


@pytest.mark.parametrize("announced", [90, None])
def test_it_takes_large_bodies_from_those_alone_whom_it_knows(announced: int | None) -> None:
    def status(known: bool) -> int:
        read: list[int] = []

        async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            length, more = 0, True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                length += len(message["body"])
                more = message["more_body"]
            read.append(length)
            await send({"type": "http.response.start", "status": 200, "headers": []})

        server = Server(b"a" * 45, b"a" * 45)
        sent = answers(app, server, announced=announced, known=known, stranger_bytes=50)
        return read[0] if sent[0]["status"] == 200 else int(sent[0]["status"])

    assert status(known=True) == 90
    # Announced, the body is dropped and the page answers; else it is cut off.
    assert status(known=False) == (413 if announced is None else 0)


@pytest.mark.parametrize(
    ("path", "may", "status"),
    [("/import/", True, []), ("/import/", False, [413]), ("/import/x/", True, [413])],
)
@pytest.mark.parametrize("announced", [True, False])
def test_some_may_send_more_to_one_address(
    path: str, may: bool, status: list[int], announced: bool
) -> None:
    asked: list[str] = []

    async def is_known(scope: MutableMapping[str, Any]) -> bool:
        return True

    async def owns(scope: MutableMapping[str, Any]) -> bool:
        asked.append(scope["path"])
        return may

    taken: list[bytes] = []

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            taken.append(message["body"])

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    server = Server(*[b"a" * 60] * 3)
    larger = Larger(re.compile("/import/"), Limits(max_bytes=200), owns)
    limit = BodyLimit(app, limits=Limits(max_bytes=100), known=is_known, larger=larger)
    length = (b"content-length", b"180") if announced else (b"transfer-encoding", b"chunked")
    scope = {"type": "http", "path": path, "headers": [length]}
    asyncio.run(limit(scope, server.receive, send))
    whole = b"".join(taken) == b"a" * 180
    assert whole == (status == [])
    if not announced:  # of an announced one the view says so
        assert [one["status"] for one in sent if "status" in one] == status
    assert asked == ([path] if path == "/import/" else [])
