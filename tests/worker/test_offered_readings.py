"""What the head offers where it abstains: readings that the memory answers, and no answer."""

from dataclasses import replace

import pytest

from tests.worker.rankers import BY_WORDS, Counting, shipped_matcher
from tests.worker.test_ranked_answers import UNREAD, abstained
from tests.worker.test_ranked_readings import TODAY, memory  # noqa: F401
from worker.heads.encoder import ranked_answers
from worker.heads.encoder.ranked_answers import MOST_OFFERED, RankedAnswers, Unread
from worker.heads.encoder.ranking import key_of
from worker.reading.as_read import answer_as_read
from worker.types import QuestionContext

TEXT = "Where was the maker of Iron Winter born?"
SEVERAL = "What about Dora Lind?"  # what a question may mean that says little
SURE = {"bias": 0.0, "margin": 1.0}


@pytest.fixture
def wary():
    """What is never sure enough to answer, and takes how far a reading stands above the others for
    its certainty."""
    return RankedAnswers(shipped_matcher(), Counting(), replace(BY_WORDS, least=100.0, sure=SURE))


def offered(ranked, memory, text=TEXT, reason=UNREAD):  # noqa: F811
    answer = ranked.answer(Unread(text, memory, TODAY), abstained(reason))
    return () if answer is None else answer.perhaps


def test_it_offers_different_answers_the_likeliest_first(wary, memory, monkeypatch):  # noqa: F811
    monkeypatch.setattr(ranked_answers, "OFFERED_FROM", -100.0)
    found = offered(wary, memory, SEVERAL)
    assert 1 < len(found) <= MOST_OFFERED
    sureness = [one.certainty for one in found]
    assert sureness == sorted(sureness, reverse=True)
    answers = [answer_as_read(SEVERAL, [one.question], memory, today=TODAY) for one in found]
    assert not any(one.abstained for one in answers)
    assert len({key_of(one) for one in answers}) == len(found)
    assert all(one.said.endswith("?") for one in found)


def test_none_is_offered_below_the_floor(wary, memory, monkeypatch):  # noqa: F811
    monkeypatch.setattr(ranked_answers, "OFFERED_FROM", -100.0)
    every = offered(wary, memory, SEVERAL)
    monkeypatch.setattr(ranked_answers, "OFFERED_FROM", every[-1].certainty + 0.001)
    assert offered(wary, memory, SEVERAL) == every[:-1]
    monkeypatch.setattr(ranked_answers, "OFFERED_FROM", 100.0)
    assert offered(wary, memory, SEVERAL) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TEXT, "Several entities have this name, please say which one is meant: X; X."),
        (TEXT, "The memory does not know when X began or was born."),
        ("Who will direct Iron Winter?", UNREAD),
        ("Who is not with Halden FC?", UNREAD),
        ("Who plays for Halden FC and Zorb United?", UNREAD),
        ("Tell me a joke.", UNREAD),
    ],
)
def test_nothing_is_offered_of_what_asks_back_or_passes_over(
    wary,
    memory,  # noqa: F811
    monkeypatch,
    text,
    reason,
):
    monkeypatch.setattr(ranked_answers, "OFFERED_FROM", -100.0)
    found = offered(wary, memory, text, reason)
    assert all("not" in one.said or "except" in one.said for one in found), found


def test_an_abstention_with_an_offer_cites_nothing(head, memory, monkeypatch):  # noqa: F811
    ranking = replace(BY_WORDS, least=100.0, least_read=100.0, sure=SURE, trusted=0.0)
    ranked = RankedAnswers(head.matcher, Counting(), ranking)
    monkeypatch.setattr(head, "ranked", ranked)
    monkeypatch.setattr(ranked_answers, "OFFERED_FROM", -100.0)
    text = "In which place did the maker of  Iron Winter come into the world?"
    answer = head.answer(text, memory, QuestionContext())
    assert answer.abstained
    assert (answer.cited, answer.answers) == ((), ())
    for one in answer.perhaps:
        assert one.question.text == text
    several = head.answer(f"{text} Who is the zorb of Tom Poe?", memory, QuestionContext())
    assert several.perhaps == ()
