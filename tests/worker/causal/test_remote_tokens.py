"""Prompts for our adapters on a server, as the tokens that they were trained on."""

from __future__ import annotations

import pytest

from tests.worker.causal import tiny
from tests.worker.model_server import says, serving
from worker.heads.causal.tokens import add_tokens
from worker.heads.quiet import quiet
from worker.heads.remote.config import RemoteMissing
from worker.heads.remote.read_head import RemoteReadHead
from worker.heads.remote.write_head import RemoteWriteHead
from worker.heads.scripted.memory import InMemoryMemory
from worker.training.causal.sequences import CALL, RESULT, Composer
from worker.types import MemoryQuery, PassageText, QuestionContext, RelationSpec, Span

BORN = RelationSpec("r1", "place of birth", template="{subject} was born in {object}.")
TEXT = "Ada Lovelace was born in London. She wrote >> ({MEM_WRITE--> text."


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder of a base with the protocol's tokens, as it is exported, and its composer."""
    folder = tmp_path_factory.mktemp("exported")
    words = tiny.tokenizer()
    add_tokens(words, tiny.model())
    with quiet(Warning):
        words.save_pretrained(folder)
    return folder, Composer(words)


def test_a_passage_is_sent_as_the_tokens_of_the_training(exported):
    folder, composer = exported
    ends = (TEXT.index(" She"), len(TEXT))
    passage = PassageText("p1", TEXT, (Span(0, ends[0]), Span(ends[0] + 1, ends[1])))
    with serving(says(" Ada Lovelace>> place of birth>> London})", model="write")) as server:
        config = server.config(mode="adapters", tokenizer=str(folder), at_once=1)
        (found,) = RemoteWriteHead(config).extract([passage], [BORN])
        prompts = [request["prompt"] for request in server.requests]
    assert len(found.proposals) == 1
    trained = composer.write(TEXT, [(end, []) for end in ends])
    for branch, prompt in enumerate(prompts, 1):
        begin = trained.branches.index(branch)
        trunk = trained.ids[: trained.positions[begin]]
        assert prompt == [*trunk, trained.ids[begin]]
    assert prompts[1].count(composer.ids.write) == 1
    assert composer.ids.separator not in prompts[1]


def test_a_question_goes_on_with_the_tokens_of_the_training(exported):
    folder, composer = exported
    memory = InMemoryMemory([BORN])
    memory.add("Ada Lovelace", "r1", "London; West")
    said = (" Ada Lovelace>> place of birth>>)-->", " London; West")
    question = "Where was Ada Lovelace born?"
    with serving(*[says(text, model="read") for text in said]) as server:
        config = server.config(mode="adapters", tokenizer=str(folder))
        RemoteReadHead(config).answer(question, memory, QuestionContext())
        first, second = (request["prompt"] for request in server.requests)
    query = MemoryQuery("place of birth", subject="Ada Lovelace")
    trained = composer.answer(question, [([query], ["London; West"])], "London; West")
    calls = sum(kind in (CALL, RESULT) for kind in trained.kinds)
    begin = trained.kinds.index(CALL)
    assert first == trained.ids[: begin + 1]
    assert second == trained.ids[: begin + calls]


def test_it_says_that_a_folder_has_no_fitting_tokenizer(exported, tmp_path):
    with quiet(Warning):
        tiny.tokenizer().save_pretrained(tmp_path / "plain")
    passage = PassageText("p1", TEXT, ())
    for folder, why in ((tmp_path, "no folder"), (tmp_path / "plain", "lacks")):
        with serving(says("})", model="write")) as server:
            config = server.config(mode="adapters", tokenizer=str(folder))
            with pytest.raises(RemoteMissing, match=why):
                RemoteWriteHead(config).extract([passage], [BORN])
            assert not server.requests
