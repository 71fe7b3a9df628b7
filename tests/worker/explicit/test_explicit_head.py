"""The head that attends to explicit memories: it tells what a fact of theirs states, or nothing."""

from __future__ import annotations

import time

import pytest

from tests.worker.explicit.shelves import Shelved, tiny_head
from worker import stopping
from worker.explicit.making import ReferenceMaker
from worker.explicit.store import Store
from worker.heads.causal import explicit_head
from worker.heads.causal.explicit_head import ExplicitReadHead
from worker.heads.causal.session import Session
from worker.heads.scripted.memory import InMemoryMemory
from worker.types import AnswerProgress, QuestionContext, TracedAnswer

QUESTION = "Where was Ada Lovelace born?"


@pytest.fixture(scope="module")
def head() -> ExplicitReadHead:
    return ExplicitReadHead(head=tiny_head())


@pytest.fixture
def memory(tmp_path, head) -> Shelved:
    made = Shelved(tmp_path, ReferenceMaker(head=head.head))
    made.born("Ada Lovelace", "London")
    made.born("Charles Babbage", "Paris")
    return made


@pytest.fixture
def says(monkeypatch, head):
    """Let the model, whatever it computes, write these words."""

    def say(words: str) -> None:
        tokenizer, ids = head.head.base.tokenizer, head.head.base.ids
        tokens = [*tokenizer.encode(f" {words}"), ids.stop]
        step = Session.step

        def said(self, constraint=None, **more):
            step(self, constraint, **more)
            self.ids[-1] = tokens[len(self.ids) - self.begun - 1]
            return self.ids[-1]

        begin = Session.__init__

        def begun(self, decoder, ids, adapter=None):
            begin(self, decoder, ids, adapter)
            self.begun = len(ids)

        monkeypatch.setattr(Session, "__init__", begun)
        monkeypatch.setattr(Session, "step", said)

    return say


def asked(head: ExplicitReadHead, memory, question: str = QUESTION) -> TracedAnswer:
    return head.answer(question, memory, QuestionContext())


def test_it_tells_what_a_fact_of_a_memory_states(head, memory, says) -> None:
    says("London")
    answer = asked(head, memory)
    assert answer.text == "Ada Lovelace was born in London [1]."
    assert [fact.object.name for fact in answer.cited] == ["London"]
    assert [one.name for one in answer.answers] == ["London"]
    assert answer.cited[0] in answer.reads[0].result.facts
    assert answer.questions


def test_it_tells_where_the_model_looked(head, memory, says) -> None:
    says("London")
    one, other = asked(head, memory).attended
    assert (one.id, one.version, one.left_out) == ("1", 1, "")
    assert one.facts == (memory.kept[0].facts[0].triple_id,)
    ((first, last, share),) = one.shares  # of two layers the first alone is kept
    assert (first, last) == (0, 0)
    assert 0 < share < 1
    assert 0 < share + other.shares[0][2] < 1


@pytest.mark.parametrize(
    "words",
    [
        "Paris",  # where somebody else was born
        "Rome",  # of which no memory knows
        "Charles Babbage",
        "London [1]",
    ],
)
def test_what_no_fact_of_a_memory_states_is_no_answer(head, memory, says, words) -> None:
    says(words)
    answer = asked(head, memory)
    assert answer.cited == ()
    assert [span.of(answer.text) for span in answer.unsupported] == [answer.text]
    assert "[" not in answer.text
    assert answer.reason == explicit_head.NOT_FROM_MEMORY
    assert len(answer.attended) == 2


def test_a_fact_of_no_memory_at_hand_is_not_told(head, memory, says) -> None:
    memory.kept = memory.kept[1:]  # the memory of controllers still knows the fact
    says("London")
    answer = asked(head, memory)
    assert answer.cited == ()
    assert answer.unsupported


def test_it_abstains_where_the_model_does(head, memory, says) -> None:
    says("I don't know.")
    answer = asked(head, memory)
    assert answer.abstained
    assert answer.reason == explicit_head.NOT_SAID
    assert len(answer.attended) == 2


def test_a_random_model_states_nothing(head, memory) -> None:
    answer = asked(head, memory)
    assert answer.cited == ()
    assert memory.asked == [[QUESTION]]


@pytest.mark.parametrize("harm", ["gone", "cut", "altered", "of another model"])
def test_a_memory_that_cannot_be_read_is_left_out_and_named(head, memory, says, harm) -> None:
    path = memory.blobs.path(memory.kept[0].name)
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(data[:-20])
    elif harm == "altered":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    else:
        stranger = tiny_head()
        strange = ReferenceMaker(head=type(stranger)(
            stranger.base, stranger.model, stranger.manifest, "v2"
        ))  # fmt: skip
        (made,) = strange.put(
            memory.blobs, strange.references([("Ada Lovelace was born in London.", ())]), [()]
        )
        one = memory.kept[0]
        memory.kept[0] = type(one)(
            one.id, 1, made.name, made.sha256, made.bytes, made.tokens, one.facts
        )
    says("London")
    answer = ExplicitReadHead(head=head.head).answer(QUESTION, memory, QuestionContext())
    looked, left = sorted(answer.attended, key=lambda one: bool(one.left_out))
    assert left.id == "1"
    assert left.left_out
    assert left.shares == ()
    assert looked.shares
    assert answer.cited == ()


def test_a_store_that_does_not_answer_holds_nobody_up(head, memory, says, monkeypatch) -> None:
    slow = ExplicitReadHead(head=head.head)
    slow.reader.seconds = 0.1
    monkeypatch.setattr(Store, "get", lambda self, stored, maker: time.sleep(1))
    says("London")
    started = time.monotonic()
    answer = slow.answer(QUESTION, memory, QuestionContext())
    assert time.monotonic() - started < 0.9
    assert answer.cited == ()
    assert all("did not answer within 0.1 seconds" in one.left_out for one in answer.attended)
    assert answer.reason == explicit_head.NONE_READ


def test_what_was_read_is_held(head, memory, says, monkeypatch) -> None:
    says("London")
    asked(head, memory)
    monkeypatch.setattr(Store, "get", lambda self, stored, maker: 1 / 0)
    assert asked(head, memory).cited


def test_it_says_why_there_are_none(head, memory, says) -> None:
    says("London")
    memory.kept, memory.trouble = [], "Explicit memory is off in this space."
    answer = asked(head, memory)
    assert answer.reason == "Explicit memory is off in this space."
    memory.trouble = ""
    assert asked(head, memory).reason == explicit_head.NONE_NEAR
    assert asked(head, InMemoryMemory([])).reason == explicit_head.NO_SHELF


def test_no_more_than_fit_beside_the_question(head, memory, says) -> None:
    says("London")
    one = memory.kept[0]
    memory.kept = [
        type(one)(str(n), 1, one.name, one.sha256, one.bytes, one.tokens, one.facts)
        for n in range(400)
    ]
    attended = asked(head, memory).attended
    out = [one for one in attended if one.left_out]
    assert out
    assert {one.left_out for one in out} == {explicit_head.NO_ROOM}
    assert len(attended) == 400


def test_a_long_question_is_looked_up_in_stretches(head, memory) -> None:
    question = "Where was Ada Lovelace born, " + "who wrote the first programme, " * 20 + "when?"
    head.answer(question, memory, QuestionContext())
    (stretches,) = memory.asked
    assert len(stretches) > 1
    assert "".join(stretches).replace(" ", "") == question.replace(" ", "")


def test_it_tells_its_words_as_they_come(head, memory, says) -> None:
    says("London")
    told: list[AnswerProgress] = []
    head.answer_streaming(QUESTION, memory, QuestionContext(), told.append)
    assert told[-1].text == "London"


def test_it_stops_where_nobody_wants_the_answer_any_more(head, memory) -> None:
    class Gone(Exception):
        pass

    def gone() -> None:
        raise Gone

    with pytest.raises(Gone), stopping.asked(gone):
        asked(head, memory)


def test_a_maker_keeps_what_its_adapter_was_trained_to(head) -> None:
    assert head.maker.scheme.kept == 4
    assert head.maker.adapter == "v1"
    maker = ReferenceMaker(head=head.head)
    long = maker.references([("word " * 200, ("f1",)), ("Ada was born.", ("f2", "e3"))])
    assert [bool(one.ids) for one in long] == [True, False]
    assert long[0].marks == ("f2", "e3")
