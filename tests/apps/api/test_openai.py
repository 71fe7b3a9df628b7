"""Clients with a base address and a key alone, and another model before the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.asking.models import Question
from apps.asking.services.answering import question_run
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.worker.model_server import KEY, Server, fails, says, serving

AT = "/v1/chat/completions"
WHOLE = "/api/v1/spaces/atlas/chat/completions"
ASKED = {"role": "user", "content": "Where was Ada Brook born?"}
ANSWER = "Ada Brook was born in Lindenau. [1] She liked it there [1], I think [7]."


@pytest.fixture(autouse=True)
def _heads(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.api.streams.EVERY", 0.0)
    monkeypatch.setattr("apps.common.jobs.ring", lambda kind, job: question_run(question_id=job.pk))


@pytest.fixture
def born(space: Space, alice: User) -> None:
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, factories.make_document(space, alice), alice)


@pytest.fixture
def client(space: Space, carol: User, program: Program) -> Client:
    return program(carol)


def asked(client: Client, at: str = AT, **more: Any) -> Any:
    return send(client, at, {"messages": [ASKED], **more})


@pytest.fixture
def upstream(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    settings.CHAT_UPSTREAM = True
    with serving(says(ANSWER)) as server:
        monkeypatch.setenv("REMOTE_URL", server.url)
        monkeypatch.setenv("REMOTE_MODEL", "tiny-model")
        monkeypatch.setenv("REMOTE_KEY", KEY)
        monkeypatch.setenv("REMOTE_TRIES", "1")
        yield server


@pytest.mark.parametrize("model", [{}, {"model": "gpt-4o"}, {"model": "memweb/atlas"}])
def test_a_key_and_a_base_address_are_enough(client: Client, born: None, model: Any) -> None:
    given = asked(client, **model)
    assert given.status_code == 200, given.content
    assert "Lindenau" in given.json()["choices"][0]["message"]["content"]


def test_it_streams_there_too(client: Client, born: None) -> None:
    lines = b"".join(asked(client, stream=True)).decode().strip().split("\n\n")
    assert lines[-1] == "data: [DONE]"
    assert any("Lindenau" in line for line in lines)


def test_its_models_are_the_spaces_of_the_caller(client: Client, upstream: Server) -> None:
    names = [one["id"] for one in client.get("/v1/models").json()["data"]]
    assert names == ["memweb/atlas", "memweb/atlas+upstream"]


def test_of_several_spaces_one_has_to_be_said(
    client: Client, carol: User, mallory: User, program: Program, born: None
) -> None:
    other = factories.make_space("other")
    factories.grant(other, carol, Role.ASKER)
    given = asked(client)
    assert given.status_code == 422
    assert "memweb/atlas, memweb/other" in given.json()["error"]["message"]
    assert asked(client, model="memweb/atlas").status_code == 200
    assert asked(client, model="memweb/elsewhere").status_code == 404
    narrow = program(carol, space=other)
    assert [one["id"] for one in narrow.get("/v1/models").json()["data"]] == ["memweb/other"]
    assert asked(narrow, model="memweb/atlas").status_code == 404
    assert asked(program(mallory), model="memweb/atlas").status_code == 404
    assert Client().get("/v1/models").status_code == 401
    assert client.get("/v1/nothing").status_code == 404


def test_the_context_comes_with_the_answer_where_it_is_asked_for(
    client: Client, born: None
) -> None:
    told = asked(client, WHOLE, memory={"tokens": 200}).json()["metadata"]
    assert told["context"]["facts"][0]["triple"]["object"]["name"] == "Lindenau"
    assert told["messages"][0]["role"] == "system"
    assert "[1] Ada Brook was born in Lindenau." in told["messages"][0]["content"]
    assert told["messages"][1] == ASKED
    assert "context" not in asked(client, WHOLE).json()["metadata"]
    nobody = asked(client, WHOLE, memory={"said_by": "Eva"}).json()["metadata"]
    assert nobody["context"]["facts"] == []
    assert asked(client, WHOLE, memory={"token": 2}).status_code == 400


def test_another_model_answers_and_only_what_the_memory_bears_out_is_its(
    client: Client, born: None, upstream: Server
) -> None:
    given = asked(client, model="memweb/atlas+upstream").json()
    said, told = given["choices"][0]["message"]["content"], given["metadata"]
    assert said.startswith("Ada Brook was born in Lindenau. [1] She liked it there, I think.")
    assert said.endswith("(What has no number is not from the memory.)")
    assert [one["from_memory"] for one in told["sentences"]] == [True, False]
    assert (told["cited"], told["refused"]) == ([1], [1, 7])
    assert told["context"]["facts"][0]["approved_by"]
    assert given["usage"] == {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}
    [sent] = upstream.requests
    assert "[1] Ada Brook was born in Lindenau." in sent["messages"][0]["content"]
    assert sent["messages"][1] == ASKED
    assert upstream.keys == [f"Bearer {KEY}"]
    assert not Question.objects.exists()


def test_another_model_in_chunks(client: Client, born: None, upstream: Server) -> None:
    lines = b"".join(asked(client, model="x+upstream", stream=True)).decode().strip().split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert "Lindenau" in "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
    assert chunks[-1]["metadata"]["source"] == "upstream"
    assert lines[-1] == "data: [DONE]"


def test_another_model_that_fails_is_an_error(client: Client, born: None, upstream: Server) -> None:
    upstream.acts = [fails(500)]
    given = asked(client, model="x+upstream")
    assert given.status_code == 503
    assert given.json()["error"]["type"] == "server_error"
    assert KEY not in given.content.decode()
    assert b'"code": 503' in b"".join(asked(client, model="x+upstream", stream=True))


def test_no_other_model_is_asked_unless_the_operator_says_so(
    client: Client, born: None, upstream: Server, settings
) -> None:
    settings.CHAT_UPSTREAM = False
    assert asked(client, model="x+upstream").status_code == 422
    assert [one["id"] for one in client.get("/v1/models").json()["data"]] == ["memweb/atlas"]
    assert upstream.requests == []


def test_a_server_of_adapters_alone_is_no_other_model(
    client: Client, born: None, upstream: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMOTE_MODE", "adapters")
    monkeypatch.setenv("REMOTE_MODEL", "")
    assert asked(client, model="x+upstream").status_code == 422
    assert [one["id"] for one in client.get("/v1/models").json()["data"]] == ["memweb/atlas"]
    assert upstream.requests == []


def test_names_are_looked_for_in_no_message_that_is_too_long(
    client: Client, born: None, upstream: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.api.resources.completions.recalled", None)
    long = {"role": "user", "content": "Ada " * 10_000}
    for more in ({"model": "x+upstream"}, {"memory": {}}):
        given = send(client, AT, {"messages": [long], **more})
        assert given.status_code == 422, given.content
    assert upstream.requests == []
    assert not Question.objects.exists()


def test_a_role_of_the_token_that_may_not_ask_opens_nothing(
    bob: User, space: Space, program: Program
) -> None:
    factories.grant(space, bob, Role.AUDITOR)
    auditor = program(bob, roles=[Role.AUDITOR])
    assert auditor.get("/v1/models").json()["data"] == []
    assert asked(auditor).status_code == 422
    given = asked(auditor, model="memweb/atlas")
    assert (given.status_code, given.json()["error"]["type"]) == (403, "permission_error")
    assert not Question.objects.exists()


def test_a_model_is_asked_for_by_its_name(client: Client) -> None:
    found = client.get("/v1/models/memweb/atlas")
    assert (found.status_code, found.json()["id"]) == (200, "memweb/atlas")
    assert client.get("/v1/models/memweb%2Fatlas").json() == found.json()
    missing = client.get("/v1/models/memweb/elsewhere")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, 404)


def test_every_error_below_v1_has_the_error_object(client: Client) -> None:
    for answer in (client.get("/v1/embeddings"), Client().get("/v1/models")):
        assert answer.json()["error"]["message"] == answer.json()["detail"] != ""


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "Where was Ada Brook born?"}],
        [{"type": "image_url"}, {"type": "text", "text": "Where was Ada Brook born?"}],
    ],
)
def test_a_message_may_come_in_parts_and_another_model_may_say_nothing(
    client: Client, born: None, content: Any
) -> None:
    before = {"role": "assistant", "content": None, "tool_calls": []}
    answer = send(client, AT, {"messages": [before, {"role": "user", "content": content}]})
    assert answer.status_code == 200, answer.content
    assert "Lindenau" in answer.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("content", [["x"], {"text": "x"}, [{"type": "image_url"}], None])
def test_a_message_without_a_text_is_refused(client: Client, content: Any) -> None:
    answer = send(client, AT, {"messages": [{"role": "user", "content": content}]})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["type"] == "invalid_request_error"
