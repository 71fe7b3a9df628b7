"""How a call is carried out: tries, keys, pauses, errors, pages, streams. No memweb is asked."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from memweb_client import (
    AsyncClient,
    BadSettings,
    Busy,
    Client,
    Conflict,
    ContentTooLarge,
    JobFailed,
    NotAsDocumented,
    NotDoneYet,
    NotFound,
    Patience,
    Problem,
    Progress,
    TooManyCalls,
    Unreachable,
    me,
)
from memweb_client.retries import retry_after
from memweb_client.sse import EventReader
from memweb_client.values import AnswerStream
from tests.client.conftest import ATLAS, URL

TOKEN = "memweb_0123456789"
AT = "2026-11-27T12:00:00Z"
ME = {"username": "bob", "name": "Bob", "token": None, "spaces": [], "newer": 1}
QUESTION = {
    "id": 7, "state": "queued", "error": "", "created_at": AT, "started_at": None,
    "finished_at": None, "text": "Who?", "as_of": None, "conversation": 1, "asked_by": "bob",
    "head": "scripted", "erased_at": None,
}  # fmt: skip
ANSWER = {
    "id": 7, "question": "Who?", "as_of": None, "answer": "Ada", "abstained": False, "reason": "",
    "attended": [],
    "understood": [], "reading": [], "topic": None, "perhaps": [],
    "citations": [], "reads": [], "calls": "",
    "unsupported": [], "head": "scripted", "head_version": "1", "seconds": 0,
}  # fmt: skip
BENCHMARK = {
    "id": 1, "name": "a", "kind": "questions", "description": "", "versions": [1],
    "baseline": None, "archived_at": None, "created_at": AT,
}  # fmt: skip
Slept = list[float]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Slept:
    seconds: Slept = []
    monkeypatch.setattr("memweb_client.transports.time.sleep", seconds.append)
    return seconds


def client(*answers: Any, patience: Patience | None = None) -> tuple[Client, list[httpx.Request]]:
    """Return a client of a server that gives these answers in turn, and what it was asked."""
    asked: list[httpx.Request] = []
    rest = iter(answers)

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = next(rest)
        if isinstance(answer, Exception):
            raise answer
        return answer

    opened = Client(URL, TOKEN, patience=patience, transport=httpx.MockTransport(serve))
    return opened, asked


def problem(status: int, kind: str = "", **more: Any) -> httpx.Response:
    headers = {"Retry-After": str(more.pop("after"))} if "after" in more else {}
    said = {"type": f"/api/v1/docs/#{kind}", "status": status, "detail": "So it is.", **more}
    return httpx.Response(status, json=said, headers=headers)


def good(said: Any = ME) -> httpx.Response:
    return httpx.Response(200, json=said)


def test_it_sends_the_token_and_reads_the_answer() -> None:
    memweb, requests = client(good())
    assert memweb.send(me()).username == "bob"
    assert requests[0].url == f"{URL}/api/v1/me"
    assert requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_it_tries_again_with_the_same_key(slept: Slept) -> None:
    memweb, requests = client(httpx.ConnectError("refused"), httpx.ReadTimeout("x"), good(QUESTION))
    assert memweb.send(ATLAS.question_ask("Who?")).id == 7
    keys = [one.headers["Idempotency-Key"] for one in requests]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert 0.25 <= slept[0] <= 0.5 <= slept[1] <= 1.0
    again, others = client(good(QUESTION), good(QUESTION))
    again.send(ATLAS.question_ask("Who?"))
    again.send(ATLAS.question_ask("Who?"), key="mine")
    assert others[0].headers["Idempotency-Key"] not in (keys[0], "mine")
    assert others[1].headers["Idempotency-Key"] == "mine"


def test_it_waits_as_long_as_it_is_asked_to(slept: Slept) -> None:
    memweb, _ = client(problem(429, "too-many-requests", after=7), problem(503, after=2), good())
    memweb.send(me())
    assert slept == [7.0, 2.0]


def test_it_does_not_wait_for_a_server_that_asks_for_too_much(slept: Slept) -> None:
    memweb, requests = client(problem(429, "too-many-requests", after=3600))
    with pytest.raises(TooManyCalls) as raised:
        memweb.send(me())
    assert raised.value.retry_after == 3600
    assert (len(requests), slept) == (1, [])


def test_it_gives_up_after_its_tries(slept: Slept) -> None:
    memweb, requests = client(*[problem(503, "service-unavailable")] * 9, patience=Patience(3))
    with pytest.raises(Busy):
        memweb.send(me())
    assert len(requests) == 3
    nobody, asked = client(*[httpx.ConnectError("refused")] * 9, patience=Patience(2))
    with pytest.raises(Unreachable, match="refused"):
        nobody.send(me())
    assert len(asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 500, 507])
def test_it_does_not_repeat_what_stays_wrong(status: int, slept: Slept) -> None:
    memweb, requests = client(problem(status), good())
    with pytest.raises(Problem):
        memweb.send(me())
    assert (len(requests), slept) == (1, [])


def test_a_date_says_when_to_come_again() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    given = {"5": 5.0, "-1": None, "soon": None, "": None, "99999999999": 999999999.0}
    assert {one: retry_after(problem(429, after=one)) for one in given} == given
    assert 20 < (retry_after(problem(429, after=soon)) or 0) <= 30


def test_an_error_says_what_the_api_said() -> None:
    said = {"request": "3f0c", "errors": {"colour": ["There is no such field."]}, "decision": 5}
    with pytest.raises(Conflict, match=r"So it is\. colour: There is no such field\.") as raised:
        client(problem(409, "conflict", **said))[0].send(me())
    error = raised.value
    assert (error.status, error.request, error.more) == (409, "3f0c", {"decision": 5})


def test_the_type_decides_and_else_the_status() -> None:
    with pytest.raises(NotFound):
        client(problem(499, "not-found"))[0].send(me())
    with pytest.raises(ContentTooLarge, match="413"):
        client(httpx.Response(413, text="<html>"))[0].send(me())
    with pytest.raises(Problem) as raised:
        client(httpx.Response(301, headers={"Location": "http://elsewhere.example/"}))[0].send(me())
    assert type(raised.value) is Problem


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({**ME, "username": None}, "Me.username"),
        ({"username": "bob"}, "Me.name"),
        ({**ME, "spaces": [{"slug": "a", "name": "A", "roles": "owner"}]}, r"spaces\[0\].roles"),
        ({**ME, "token": 3}, "Me.token"),
        ([], "Me"),
    ],
)
def test_an_answer_of_another_shape_is_refused(said: Any, named: str) -> None:
    with pytest.raises(NotAsDocumented, match=named):
        client(good(said))[0].send(me())


def test_a_page_that_is_no_json_is_refused() -> None:
    with pytest.raises(NotAsDocumented, match="address of memweb"):
        client(httpx.Response(200, text="<html>"))[0].send(me())


def test_a_list_is_read_page_by_page_from_its_own_server() -> None:
    row = BENCHMARK
    first = {"items": [row], "next": "http://thief.example/x?cursor=c%2B2&limit=1", "previous": ""}
    last = {"items": [{**row, "id": 2}], "next": None, "previous": None}
    memweb, requests = client(good(first), good(last))
    items = memweb.each(ATLAS.benchmarks(limit=1))
    assert next(items).id == 1
    assert len(requests) == 1  # no page is read before it is asked for
    assert [one.id for one in items] == [2]
    assert [one.url.host for one in requests] == ["memweb.example"] * 2
    assert dict(requests[1].url.params) == {"limit": "1", "cursor": "c+2"}
    with pytest.raises(NotAsDocumented):
        list(client(good([]))[0].each(ATLAS.benchmarks()))


def test_it_waits_for_a_job(slept: Slept) -> None:
    done = {**QUESTION, "state": "done"}
    memweb, requests = client(good(QUESTION), good({**QUESTION, "state": "running"}), good(done))
    assert memweb.wait(ATLAS.question_ask("Who?")).state == "done"
    assert [one.method for one in requests] == ["POST", "GET", "GET"]
    assert requests[2].url.path == "/api/v1/spaces/atlas/questions/7"
    assert slept == sorted(slept)
    failed = {**QUESTION, "state": "failed", "error": "The head broke."}
    with pytest.raises(JobFailed, match="The head broke") as raised:
        client(good(failed))[0].wait(ATLAS.question(7))
    assert raised.value.state == "failed"
    with pytest.raises(NotDoneYet):
        client(good(QUESTION))[0].wait(ATLAS.question(7), timeout=0)


def events(*told: tuple[str, Any]) -> bytes:
    return b"".join(f"event: {name}\ndata: {json.dumps(one)}\n\n".encode() for name, one in told)


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in pieces, and may break off."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for one in self.pieces:
            if isinstance(one, Exception):
                raise one
            yield one

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        for one in self:
            yield one


def test_a_stream_that_breaks_off_is_taken_up_again(slept: Slept) -> None:
    so_far = events(("progress", {"text": "A", "reads": []}))
    memweb, requests = client(
        httpx.Response(200, stream=Pieces(so_far[:9], so_far[9:], httpx.ReadError("gone"))),
        problem(503, after=1),
        httpx.Response(200, stream=Pieces(b": waiting\n\n")),  # the server's limit of a stream
        httpx.Response(200, stream=Pieces(events(("news", 1), ("answer", ANSWER)))),
    )
    told = list(memweb.stream(AnswerStream("/spaces/atlas/questions/7/stream")))
    assert told[0] == Progress("A", [])
    assert [type(one).__name__ for one in told] == ["Progress", "Answer"]
    assert (len(requests), slept[1]) == (4, 1.0)


def test_a_stream_ends_where_there_is_no_answer(slept: Slept) -> None:
    body = Pieces(events(("failed", {"state": "cancelled", "error": ""})))
    memweb, _ = client(httpx.Response(200, stream=body))
    with pytest.raises(JobFailed, match="cancelled"):
        list(memweb.stream(ATLAS.answer_stream(7)))
    with pytest.raises(NotFound):
        list(client(problem(404, "not-found"))[0].stream(ATLAS.answer_stream(7)))
    with pytest.raises(Unreachable):
        list(client(*[httpx.ConnectError("x")] * 4)[0].stream(ATLAS.answer_stream(7)))
    nothing = httpx.Response(200, stream=Pieces(b""))
    with pytest.raises(NotDoneYet):
        list(client(nothing)[0].stream(ATLAS.answer_stream(7), timeout=0))


def test_the_async_client_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: Slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("memweb_client.transports.asyncio.sleep", sleep)
    row = BENCHMARK
    answers = iter([
        httpx.ConnectError("refused"),
        good(),
        good({"items": [row], "next": "/x?cursor=cc", "previous": None}),
        good({"items": [row], "next": None, "previous": None}),
        good({**QUESTION, "state": "done"}),
        httpx.Response(200, stream=Pieces(httpx.ReadError("gone"))),
        httpx.Response(200, stream=Pieces(events(("answer", ANSWER)))),
        problem(404, "not-found"),
    ])  # fmt: skip

    async def serve(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def use() -> None:
        async with AsyncClient(URL, TOKEN, transport=httpx.MockTransport(serve)) as memweb:
            assert (await memweb.send(me())).username == "bob"
            assert [one.id async for one in memweb.each(ATLAS.benchmarks())] == [1, 1]
            assert (await memweb.wait(ATLAS.question(7))).state == "done"
            assert [one async for one in memweb.stream(ATLAS.answer_stream(7))]
            with pytest.raises(NotFound):
                [one async for one in memweb.stream(ATLAS.answer_stream(7))]

    asyncio.run(use())
    assert len(slept) == 3


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1000])
def test_events_are_read_however_they_are_cut(cut: int) -> None:
    text = "event: a\r\ndata: é\r\ndata:2\r\n\r\n: no\n\ndata: x\rid: 3\r\rdata: never whole\n"
    raw, reader, found = text.encode(), EventReader(), []
    for start in range(0, len(raw), cut):
        found += reader.feed(raw[start : start + cut])
    assert found == [("a", "é\n2"), ("message", "x")]


@pytest.mark.parametrize("token", ["", "short", "two words here", "memweb_\nx: y0000", "é" * 20])
def test_a_token_that_is_none_is_not_said(token: str) -> None:
    with pytest.raises(BadSettings) as raised:
        Client(URL, token)
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["", "memweb", "ftp://a.example", "http://", "http://u:p@a", "http://a/?x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadSettings):
        Client(url, TOKEN)


def test_the_token_is_in_no_words_of_the_client() -> None:
    memweb, _ = client(*[httpx.ConnectError("refused")] * 9, patience=Patience(1))
    assert TOKEN not in repr(memweb)
    with pytest.raises(Unreachable) as raised:
        memweb.send(me())
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        ATLAS.triples(known_at=datetime(2026, 1, 1))
