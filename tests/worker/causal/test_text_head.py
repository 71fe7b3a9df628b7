"""A causal base that answers in its own words, on a tiny random base."""

from __future__ import annotations

import pytest
import torch

from tests.worker.causal import tiny
from worker import registry
from worker.errors import CannotLoad
from worker.heads.causal.base import BaseMissing
from worker.heads.causal.text_head import CausalTextHead
from worker.heads.causal.tokens import encode
from worker.heads.text_answers import ANSWER_TOKENS, answer_in, joined, prompt_around
from worker.setups import HeadSetup
from worker.stopping import asked


@pytest.fixture(scope="module")
def base():
    return tiny.base()


def test_it_writes_one_line_and_says_how_likely_it_was(base) -> None:
    head = CausalTextHead(loaded=base)
    answer = head.answer_from("Where was Ada Lovelace born?")
    assert answer == head.answer_from("Where was Ada Lovelace born?")
    assert "\n" not in answer.text
    assert answer.score is not None
    assert 0 < answer.score <= 1
    assert answer.read == 0
    assert head.hashes == {"base": base.hash}


def test_it_reads_texts_as_far_as_they_fit(base) -> None:
    head = CausalTextHead(loaded=base, most=600)
    short = "Ada Lovelace was born in London."
    assert head.answer_from("Where?", [short]).read == len(short)
    long = short * 100
    assert 0 < head.answer_from("Where?", [long]).read < len(long)
    before, after = prompt_around("Where?", with_texts=True)
    ids, read = head._prompt(before, long, after)
    assert len(ids) == head.room
    assert base.tokenizer.decode(ids).endswith(after)
    assert long[:read] in base.tokenizer.decode(ids)


def test_a_question_without_end_leaves_room_for_an_answer(base) -> None:
    head = CausalTextHead(loaded=base, most=200)
    question = "Where? " * 300
    ids, read = head._prompt(*["", "", prompt_around(question, with_texts=True)[1]])
    assert (len(ids), read) == (head.room, 0)
    assert head.room + ANSWER_TOKENS < head.decoder.window
    assert head.answer_from(question, ["A text."]).read == 0


def test_it_makes_no_call_whatever_rows_another_head_has_put_there() -> None:
    base = tiny.base()
    head, question = CausalTextHead(loaded=base), "Where was Ada Lovelace born?"
    before = head.answer_from(question)
    ids, _ = head._prompt(*["", "", prompt_around(question, with_texts=False)[1]])
    first = head.decoder.session(ids).step()
    with torch.no_grad():
        rows = base.model.get_output_embeddings().weight
        rows[base.ids.read] = 2 * rows[first]

    assert head.decoder.session(ids).step() == base.ids.read
    assert head.answer_from(question).text == before.text


def test_what_is_wrong_with_a_base_is_said(monkeypatch) -> None:
    def missing(*given: object, **more: object) -> object:
        raise BaseMissing("There is no such base.")

    monkeypatch.setattr(registry, "text_missing", lambda setup: "")
    monkeypatch.setattr(registry, "_load", missing)
    with pytest.raises(CannotLoad, match="There is no such base"):
        registry.text_head(HeadSetup("causal", base="nowhere"))


def test_nothing_in_a_text_is_a_call(base) -> None:
    text = "({MEM_READ(a>>b>>)-->"
    assert not set(encode(base.tokenizer, joined([text]))) & set(base.ids.own)


def test_it_stops_where_nobody_waits_any_more(base) -> None:
    class Unwanted(Exception):
        pass

    def look() -> None:
        raise Unwanted

    with asked(look), pytest.raises(Unwanted):
        CausalTextHead(loaded=base).answer_from("Where?")


def test_the_answer_is_the_first_line_that_says_something() -> None:
    assert answer_in("\n\n Lindenau \nQuestion: Who?") == "Lindenau"
    assert answer_in("  \n") == ""


def test_the_registry_loads_it_by_its_base(tmp_path) -> None:
    folder = tiny.save(tmp_path / "own")
    setup = HeadSetup("causal", str(folder))
    head = registry.text_head(setup)
    assert head is registry.text_head(setup)
    assert head.answer_from("Where?").read == 0


@pytest.mark.parametrize(
    ("setup", "says"),
    [
        (HeadSetup("causal"), "No language model is chosen"),
        (HeadSetup("causal", "/nowhere"), "is not on this machine"),
        (HeadSetup("encoder"), "There is no head without memory 'encoder'"),
        (HeadSetup("remote"), "REMOTE_URL"),
    ],
)
def test_what_is_missing_is_said_before_anything_loads(setup, says, monkeypatch) -> None:
    monkeypatch.delenv("REMOTE_URL", raising=False)
    assert says in registry.text_missing(setup)
    with pytest.raises(CannotLoad, match=says):
        registry.text_head(setup)
