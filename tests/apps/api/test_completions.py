"""Asking in OpenAI's format: the read head's answer with its trace, whole or in chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.asking.models import Question
from apps.asking.services.answering import question_run
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas/chat/completions"
ASKED = {"role": "user", "content": "Where was Ada Brook born?"}


@pytest.fixture(autouse=True)
def _heads(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.api.streams.EVERY", 0.0)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, space: Space, alice: User) -> None:
    """Have every question answered as soon as a worker is rung for, from one fact."""
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, factories.make_document(space, alice), alice)
    monkeypatch.setattr("apps.common.jobs.ring", lambda kind, job: question_run(question_id=job.pk))


@pytest.fixture
def client(space: Space, carol: User, program: Program) -> Client:
    return program(carol)


def asked(client: Client, *messages: Any, **more: Any) -> Any:
    return send(client, AT, {"messages": list(messages), **more})


def test_it_answers_with_the_trace(client: Client, answered: None) -> None:
    given = asked(client, {"role": "system", "content": "Be kind."}, ASKED, temperature=0.5)
    assert given.status_code == 200, given.content
    said = given.json()
    [choice] = said["choices"]
    assert (said["object"], choice["message"]["role"]) == ("chat.completion", "assistant")
    assert "Lindenau" in choice["message"]["content"]
    assert said["metadata"]["citations"][0]["triple"]["object"] == "Lindenau"


def test_it_answers_in_chunks(client: Client, answered: None) -> None:
    given = asked(client, ASKED, stream=True)
    assert given["Content-Type"].startswith("text/event-stream")
    lines = b"".join(given).decode().strip().split("\n\n")
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
    assert "Lindenau" in text
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["metadata"]["citations"]


def test_a_worker_that_is_away_is_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    monkeypatch.setattr("apps.api.streams.LONGEST", 0.0)
    given = asked(client, ASKED)
    assert given.status_code == 503
    assert given.json()["error"]["type"] == "server_error"
    assert str(Question.objects.get().pk) in given.json()["error"]["message"]


def test_chunks_that_come_too_late_end_with_an_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    monkeypatch.setattr("apps.api.streams.LONGEST", 0.0)
    first, late, done = b"".join(asked(client, ASKED, stream=True)).decode().strip().split("\n\n")
    assert json.loads(first.removeprefix("data: "))["choices"][0]["delta"]["role"] == "assistant"
    error = json.loads(late.removeprefix("data: "))["error"]
    assert (error["code"], error["type"]) == (503, "server_error")
    assert str(Question.objects.get().pk) in error["message"]
    assert done == "data: [DONE]"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"messages": []}, 400),
        ({}, 400),
        ({"messages": [{"role": "user"}]}, 400),
        ({"messages": [{"role": "system", "content": "x"}]}, 422),
        ({"messages": [{"role": "user", "content": " "}]}, 422),
    ],
)
def test_errors_have_both_shapes(client: Client, body: Any, status: int) -> None:
    given = send(client, AT, body)
    assert given.status_code == status
    said = given.json()
    assert said["error"]["message"] == said["detail"]
    assert said["error"]["type"] == "invalid_request_error"
    assert not Question.objects.exists()


def test_nobody_asks_without_a_token(space: Space) -> None:
    given = send(Client(), AT, {"messages": [ASKED]})
    assert (given.status_code, given.json()["error"]["type"]) == (401, "authentication_error")
