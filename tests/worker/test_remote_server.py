"""The remote heads and the manners of servers: slow, busy, broken, lying."""

from __future__ import annotations

import logging
import threading
import time
from email.utils import formatdate

import pytest

from tests.worker.model_server import (
    KEY,
    MODEL,
    cuts_off,
    fails,
    half_a_stream,
    hangs_up,
    is_slow,
    reply_body,
    says,
    sends,
    serving,
    states,
)
from worker import stopping
from worker.errors import WorkerError
from worker.heads.remote.client import Client
from worker.heads.remote.config import Key, RemoteConfig, RemoteMissing
from worker.heads.remote.http import HttpAnswer
from worker.heads.remote.replies import UnreadableReply, json_in, reply_of
from worker.heads.remote.write_head import RemoteWriteHead
from worker.types import PassageText, RelationSpec, Span

BORN = RelationSpec("r1", "place of birth", subject_types=("PER",), object_types=("LOC",))
PASSAGE = PassageText("p1", "Ada Brook was born in Oakham.", (Span(0, 29),))
GOOD = states(("Ada Brook", "place of birth", "Oakham"))
NOTHING = states()


def read(server, passage=PASSAGE, **options):
    """Have a passage read; return its extraction."""
    (found,) = RemoteWriteHead(server.config(**options)).extract([passage], [BORN])
    return found


def refused(server, **options) -> WorkerError:
    with pytest.raises(WorkerError) as caught:
        read(server, **options)
    assert "127.0.0.1" in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    "first",
    [fails(500), fails(503), fails(429), cuts_off, hangs_up, half_a_stream, sends(b"<html>"),
     sends(b'{"choices": []}')],
)  # fmt: skip
def test_it_asks_again_where_that_may_help(first):
    with serving(first, first, GOOD) as server:
        assert len(read(server).proposals) == 1
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("always", "says_"),
    [
        (fails(500), "answered with status 500, 2 times"),
        (cuts_off, "broke off in the middle of its answer, 2 times"),
        (half_a_stream, "2 times"),
        (sends(b"<html>"), "answered with what is no JSON, 2 times"),
        (sends(b'{"choices": []}'), "gave no answer in its reply, 2 times"),
    ],
)
def test_it_gives_up_after_as_many_tries_as_are_set(always, says_):
    with serving(always) as server:
        error = refused(server, tries=2)
        assert says_ in error.message
        assert not error.permanent
        assert len(server.requests) == 2


def test_it_waits_as_long_as_a_busy_server_asks_for():
    with serving(fails(429, Retry_After="1"), GOOD) as server:
        read(server)
        assert 1.0 <= server.times[1] - server.times[0] < 5.0


def test_it_does_not_wait_longer_than_there_is_time():
    with serving(fails(429, Retry_After="3600"), GOOD) as server:
        started = time.monotonic()
        assert "no time to ask again" in refused(server).message
        assert time.monotonic() - started < 5
        assert len(server.requests) == 1


def test_it_reads_the_date_of_a_retry_after():
    when = formatdate(time.time() + 3600, usegmt=True)
    with serving(fails(503, Retry_After=when), GOOD) as server:
        assert "no time to ask again" in refused(server).message
    with serving(fails(503, Retry_After="soon"), GOOD) as server:
        assert read(server).proposals


def test_it_waits_longer_from_try_to_try_and_never_the_same():
    config = RemoteConfig("http://localhost/v1", "m", backoff=1.0)
    low, high = Client(config, jitter=lambda: 0.0), Client(config, jitter=lambda: 1.0)
    assert [low.backoff(n, None) for n in range(3)] == [0.5, 1.0, 2.0]
    assert [high.backoff(n, None) for n in range(3)] == [1.0, 2.0, 4.0]
    assert high.backoff(30, None) == 20.0
    assert low.backoff(0, 7.0) == 7.0


def test_it_waits_for_no_slow_server_longer_than_is_set():
    with serving(is_slow(8, GOOD)) as server:
        started = time.monotonic()
        error = refused(server, seconds=0.5)
        assert "did not answer in time" in error.message or "0 seconds" in error.message
        assert not error.permanent
        assert time.monotonic() - started < 6


def test_it_takes_an_answer_that_is_slow_but_in_time():
    with serving(is_slow(0.5, GOOD)) as server:
        assert read(server).proposals


@pytest.mark.parametrize(
    ("act", "says_"),
    [
        (fails(401, KEY.encode()), "refuses the key"),
        (fails(403, KEY.encode()), "refuses the key"),
        (fails(404), "has no model 'tiny-model'"),
        (fails(418), "refuses with status 418"),
        (says("{}", model="another"), "another model than 'tiny-model'"),
        (sends(b"[]"), "what is no reply"),
        (sends(reply_body("x" * 5000)), "answers that are too long"),
    ],
)
def test_it_does_not_ask_again_where_that_helps_nothing(act, says_):
    with serving(act) as server:
        error = refused(server, answer_bytes=4000)
        assert says_ in error.message
        assert error.permanent
        assert len(server.requests) == 1


def test_it_follows_nobody_elsewhere():
    with serving(GOOD) as other:
        with serving(fails(307, Location=f"{other.url}/chat/completions")) as server:
            error = refused(server)
        assert error.permanent
        assert "sends elsewhere" in error.message
        assert not other.requests


def test_it_says_that_nobody_is_there():
    with serving(GOOD) as server:
        config = server.config(tries=2)
    with pytest.raises(WorkerError, match=r"cannot be reached \(Connection refused\), 2 times"):
        RemoteWriteHead(config).extract([PASSAGE], [BORN])


@pytest.mark.parametrize(
    ("asked", "said", "same"),
    [
        ("tiny", "tiny", True),
        ("tiny", "Tiny-2026-01-01", True),
        ("org/tiny", "tiny", True),
        ("tiny", "tiny:latest", True),
        ("/srv/tiny", "/srv/tiny@main", True),
        ("tiny", "tinyer", False),
        ("tiny", "huge", False),
        ("org/tiny", "iny", False),
    ],
)
def test_it_knows_the_model_that_it_asked_for(asked, said, same):
    answer = HttpAnswer(200, reply_body("a", model=said))
    if same:
        assert reply_of(answer, asked).model == said
    else:
        with pytest.raises(UnreadableReply, match="another model"):
            reply_of(answer, asked)


@pytest.mark.parametrize("param", ["response_format", "temperature", "max_tokens"])
def test_it_does_without_what_a_server_does_not_take(param):
    refusal = f'{{"error": "unsupported: {param}"}}'.encode()
    with serving(fails(400, refusal), GOOD) as server:
        head = RemoteWriteHead(server.config())
        for _ in range(2):  # and remembers it
            assert head.extract([PASSAGE], [BORN])[0].proposals
        assert [param in request for request in server.requests] == [True, False, False]
        others = {"response_format", "temperature", "max_tokens"} - {param}
        assert others <= set(server.requests[-1])
        assert ("max_completion_tokens" in server.requests[-1]) == (param == "max_tokens")


def test_it_asks_a_server_that_refuses_everything_four_times_at_most():
    with serving(fails(400, b"no")) as server:
        assert "refuses with status 400" in refused(server).message
        assert len(server.requests) == 4


def test_it_asks_for_json_of_a_strict_schema():
    with serving(GOOD) as server:
        read(server)
        (request,) = server.requests
        form = request["response_format"]["json_schema"]
        assert server.paths == ["/v1/chat/completions"]
        assert form["strict"]
        fact = form["schema"]["properties"]["facts"]["items"]
        assert fact["properties"]["relation"]["enum"] == ["place of birth"]
        assert fact["required"] == ["subject", "relation", "object", "mood"]
        assert fact["additionalProperties"] is False
        assert request["temperature"] == 0


def test_it_has_no_more_requests_under_way_than_are_set():
    passages = [PassageText(str(n), PASSAGE.text, PASSAGE.sentences) for n in range(6)]
    lock, now, seen = threading.Lock(), [], []

    def count(handler):
        with lock:
            now.append(1)
            seen.append(len(now))
        time.sleep(0.1)
        with lock:
            now.pop()
        GOOD(handler)

    with serving(count) as server:
        found = RemoteWriteHead(server.config(at_once=2)).extract(passages, [BORN])
    assert [one.passage_id for one in found] == ["0", "1", "2", "3", "4", "5"]
    assert max(seen) == 2


def test_it_begins_no_more_in_a_minute_than_are_set():
    passages = [PassageText(str(n), PASSAGE.text, PASSAGE.sentences) for n in range(3)]
    with serving(GOOD) as server:
        RemoteWriteHead(server.config(per_minute=200)).extract(passages, [BORN])
        assert server.times[2] - server.times[0] >= 0.55


class Cancelled(Exception):
    """Somebody wants it no more."""


def test_it_hangs_up_when_nobody_wants_the_answer_any_more():
    begun = threading.Event()

    def wait(handler):
        begun.set()
        time.sleep(8)

    def check():
        if begun.is_set():
            raise Cancelled

    with serving(wait) as server:
        started = time.monotonic()
        with stopping.asked(check), pytest.raises(Cancelled):
            read(server)
        assert time.monotonic() - started < 6
    stopping.wanted()


def test_it_stops_waiting_for_its_next_try_too():
    calls = []

    def check():
        calls.append(1)
        if len(calls) > 2:
            raise Cancelled

    with serving(fails(429, Retry_After="9")) as server:
        started = time.monotonic()
        with stopping.asked(check), pytest.raises(Cancelled):
            read(server)
        assert time.monotonic() - started < 6


def test_it_counts_what_was_spent():
    with serving(says("nonsense"), GOOD) as server:
        spent = read(server).spent
    assert spent is not None
    assert (spent.requests, spent.prompt_tokens, spent.answer_tokens) == (2, 200, 14)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        'Sure! Here you are:\n```json\n{"a": 1}\n```\nAnything else?',
        '```\n{"a": 1}\n```',
        'The answer is {"a": 1}, as {asked} for.',
        '<think>{"b": 2}</think>\n{"a": 1}',
        '{broken {"a": 1}',
    ],
)
def test_it_finds_json_amid_prose(text):
    assert json_in(text) == {"a": 1}


@pytest.mark.parametrize("text", ["", "none", "[1]", "{", '{"a": ', "{" * 5000, "[" * 100_000])
def test_it_finds_no_json_where_none_is(text):
    assert json_in(text) is None


@pytest.mark.parametrize(
    ("variables", "says_"),
    [
        ({}, "set REMOTE_URL"),
        ({"REMOTE_URL": "ftp://host/v1", "REMOTE_MODEL": "m"}, "must be an address"),
        ({"REMOTE_URL": "http://host:port/v1", "REMOTE_MODEL": "m"}, "must be an address"),
        ({"REMOTE_URL": "http://host/v1?key=a", "REMOTE_MODEL": "m"}, "must be an address"),
        ({"REMOTE_URL": "http://me:pass@host/v1", "REMOTE_MODEL": "m"}, "no name or password"),
        ({"REMOTE_URL": "http://host/v1"}, "REMOTE_MODEL"),
        ({"REMOTE_URL": "http://host/v1", "REMOTE_MODE": "both"}, "none of schema, adapters"),
        ({"REMOTE_URL": "http://h/v1", "REMOTE_MODEL": "m", "REMOTE_TRIES": "few"}, "a number"),
        ({"REMOTE_URL": "http://h/v1", "REMOTE_MODEL": "m", "REMOTE_TRIES": "0"}, "too small"),
        ({"REMOTE_URL": "http://h/v1", "REMOTE_KEY_FILE": "/nowhere/at/all"}, "cannot be read"),
    ],
)
def test_it_says_which_setting_is_wrong(variables, says_, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RemoteMissing, match=says_) as caught:
        RemoteConfig.from_environment()
    assert caught.value.permanent
    assert "pass@" not in str(caught.value)


def test_it_takes_the_key_from_a_file(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    monkeypatch.setenv("REMOTE_KEY_FILE", str(path))
    with serving(GOOD) as server:
        monkeypatch.setenv("REMOTE_URL", server.url)
        monkeypatch.setenv("REMOTE_MODEL", MODEL)
        assert RemoteWriteHead().extract([PASSAGE], [BORN])[0].proposals
        assert server.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    "act", [fails(401, KEY.encode()), fails(500, KEY.encode()), says(KEY), says("{}", model=KEY)]
)
def test_it_never_shows_the_key(act, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with serving(act) as server:
        head = RemoteWriteHead(server.config(tries=2))
        with pytest.raises(WorkerError) as caught:
            head.extract([PASSAGE], [BORN])
        assert server.keys[0] == f"Bearer {KEY}"
    shown = [str(caught.value), repr(caught.value), repr(head.config), str(head.config),
             repr(head.config.key), f"{head.config.key}", head.version, caplog.text,
             *capfd.readouterr()]  # fmt: skip
    assert not [text for text in shown if KEY in text]
    error = caught.value
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_it_sends_no_key_that_is_no_header():
    with serving(GOOD) as server:
        error = refused(server, key=Key("two\nlines"), tries=1)
        assert "cannot be sent" in error.message
        assert "lines" not in error.message
        assert not server.requests
