"""Heads that are made of two."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from worker.heads.combined.read_head import OneThenOther
from worker.heads.combined.write_head import CheckedWriteHead
from worker.reading.question import Question, Reached, Thing
from worker.types import (
    Argument,
    PassageExtraction,
    PassageText,
    Proposal,
    QuestionContext,
    Span,
    TracedAnswer,
)

TEXT = "Ada Brook was born in Lindenau and did not die in Halden."
PASSAGE = PassageText("1", TEXT, (Span(0, len(TEXT)),))


def argument(text: str) -> Argument:
    start = TEXT.index(text)
    return Argument(text, Span(start, start + len(text)), "MISC")


def proposal(relation: str, object_: str, score: float, **more: object) -> Proposal:
    ada = argument("Ada Brook")
    made = Proposal(ada, relation, argument(object_), Span(0, len(TEXT)), score)
    return replace(made, **more)  # type: ignore[arg-type]


@dataclass
class Writes:
    name: str
    proposals: tuple[Proposal, ...]
    unstated: tuple[Proposal, ...] = ()
    version: str = "1"

    def extract(self, passages, relations):
        return [PassageExtraction("1", self.proposals, "call", (), self.unstated)]


def test_what_both_find_is_as_the_second_says_it():
    born = proposal("born", "Lindenau", 0.9)
    writer = Writes("causal", (born, proposal("lives", "Lindenau", 0.8)))
    checker = Writes(
        "encoder", (replace(born, score=0.4, mood="ended"), proposal("x", "Halden", 1))
    )
    (found,) = CheckedWriteHead("causal-encoder", writer, checker).extract([PASSAGE], [])
    assert [(one.relation_id, one.score, one.mood) for one in found.proposals] == [
        ("born", 0.4, "ended"),
        ("lives", 0.4, "stated"),
    ]
    assert found.call == "call"


def test_what_the_second_reads_as_denied_is_no_proposal():
    died = proposal("died", "Halden", 0.9)
    denied = replace(died, mood="denied", score=0.7)
    head = CheckedWriteHead("both", Writes("a", (died,)), Writes("b", (), (denied,)))
    (found,) = head.extract([PASSAGE], [])
    assert found.proposals == ()
    assert found.unstated == (denied,)


def test_it_is_told_what_both_are_made_of():
    first, second = Writes("a", (), version="1"), Writes("b", (), version="2")
    first.hashes = {"base": "f0"}  # type: ignore[attr-defined]
    head = CheckedWriteHead("both", first, second)
    assert (head.version, head.hashes) == ("1+2", {"a base": "f0"})


UNREAD = TracedAnswer("I don't know.", True, "No relation matches.", calls="read 1")
UNDERSTOOD = replace(UNREAD, questions=(Question("which", Reached(Thing((), "Ada"), ())),))
ANSWERED = TracedAnswer("Lindenau [1].", False, calls="read 2", understood=("said",))


@dataclass
class Answers:
    name: str
    given: TracedAnswer
    version: str = "1"
    asked: int = 0

    def answer(self, question, memory, context):
        self.asked += 1
        return self.given


def ask(first: TracedAnswer, second: TracedAnswer) -> tuple[TracedAnswer, Answers]:
    other = Answers("causal", second)
    head = OneThenOther("encoder-causal", Answers("encoder", first), other)
    return head.answer("?", None, QuestionContext()), other


@pytest.mark.parametrize("first", [ANSWERED, UNDERSTOOD])
def test_what_the_first_understands_is_never_asked_of_the_second(first):
    found, other = ask(first, ANSWERED)
    assert found is first
    assert not other.asked


def test_what_the_first_does_not_understand_the_second_answers_and_it_says_so():
    found, _ = ask(UNREAD, ANSWERED)
    assert found.text == ANSWERED.text
    assert found.calls == "read 1\nread 2"
    assert found.understood == (
        "The head “encoder” did not understand the question; “causal” answered it.",
        "said",
    )


def test_where_neither_answers_the_first_says_why():
    found, _ = ask(UNREAD, replace(UNREAD, reason="Nothing.", calls="read 2"))
    assert found.reason == UNREAD.reason
    assert found.calls == "read 1\nread 2"
