"""A server that answers in its own words."""

from __future__ import annotations

import pytest

from tests.worker.model_server import fails, says, serving
from worker.errors import WorkerError
from worker.heads.remote.text_head import MOST_CHARACTERS, RemoteTextHead


def test_it_gives_the_texts_with_the_question() -> None:
    with serving(says("<think>Born where?</think>\nLindenau.\nSure.")) as server:
        head = RemoteTextHead(server.config())
        texts = ["Ada was born\nin Lindenau.", "x" * 20_000]
        answer = head.answer_from("Where was Ada born?", texts)
        (request,) = server.requests
    assert answer.text == "Lindenau."
    assert answer.read == MOST_CHARACTERS
    said = request["messages"][-1]["content"]
    assert said.startswith("Text: Ada was born in Lindenau.\n")
    assert said.endswith("Question: Where was Ada born?")


def test_it_asks_without_texts() -> None:
    with serving(says("I don't know.")) as server:
        answer = RemoteTextHead(server.config()).answer_from("Where was Ada born?")
        (request,) = server.requests
    assert (answer.text, answer.read) == ("I don't know.", 0)
    assert request["messages"][-1]["content"] == "Where was Ada born?"


def test_it_says_that_the_server_refuses() -> None:
    with serving(fails(401)) as server, pytest.raises(WorkerError):
        RemoteTextHead(server.config()).answer_from("Where was Ada born?")
