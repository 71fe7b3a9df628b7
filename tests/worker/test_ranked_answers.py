"""What the likeliest reading may answer where the rules abstain, and what it may never."""

from dataclasses import replace
from datetime import date

import pytest

from tests.worker.rankers import BY_WORDS, Counting, shipped_matcher
from tests.worker.test_ranked_readings import TODAY, memory  # noqa: F401
from worker.heads.answering import turn_of
from worker.heads.encoder import ranked_answers
from worker.heads.encoder.ranked import SHORTLIST
from worker.heads.encoder.ranked_answers import RECORDED, RankedAnswers, Unread, may_be_ranked
from worker.heads.encoder.ranking import Ranking, passes_over
from worker.types import EntityRef, QuestionContext, TracedAnswer

UNREAD = "The question asks for none of the relations of the memory; it was taken to be about X."


@pytest.fixture
def bold(head, monkeypatch):
    """The head, which takes any best reading for sure enough."""
    ranking = replace(Ranking.of(), least=-100.0, least_read=-100.0, least_instead=100.0)
    scorer = head.ranked._scorer
    monkeypatch.setattr(head, "ranked", RankedAnswers(head.matcher, scorer, ranking))
    return head


def abstained(reason):
    return TracedAnswer(f"I don't know. {reason}", True, reason=reason)


@pytest.mark.parametrize(
    "question",
    [
        "Who is not with Halden FC?",
        "Who plays for Halden FC except Zed Quorn?",
        "Who is the ex-husband of Dora Lind?",
        "Who plays for Halden FC and Zorb United?",
        "How many of Dora Lind's films won 7 awards?",
    ],
)
def test_however_sure_it_is_it_passes_over_no_name_or_denial(bold, memory, question):  # noqa: F811
    answer = bold.answer(question, memory, QuestionContext())
    assert answer.abstained or answer.text.startswith("No."), answer.text


@pytest.mark.parametrize(
    "question",
    [
        "Where was Dora Lind's father born?",
        "Where was the father of Dora Lind born?",
        "Was Iron Winter produced by Dora Lind?",
        "Was Dora Lind born in Spain?",
        "Where was Nils Berg born?",
        "Who blorveted Iron Winter?",
        "What is the frumble of Halden FC?",
        "Who wrote a book about Dora Lind?",
        "Which of Dora Lind's films came out before 1850?",
    ],
)
def test_it_is_not_sure_of_what_is_not_asked(head, memory, question):  # noqa: F811
    answer = head.answer(question, memory, QuestionContext())
    assert answer.abstained or answer.text.startswith("No."), answer.text


def test_the_likeliest_reading_answers_and_says_how_it_was_understood(bold, memory):  # noqa: F811
    asked = Unread("Which film of Dora Lind's is the newest?", memory, TODAY)
    answer = bold.ranked.answer(asked, abstained(UNREAD))
    assert [one.name for one in answer.answers] == ["Salt Road"]
    assert answer.understood[0].startswith("Understood as: what is the newest of things whose ")
    assert {fact.subject.name for fact in answer.cited} >= {"Salt Road"}


def test_who_is_not_sure_does_not_answer(memory):  # noqa: F811
    wary = RankedAnswers(shipped_matcher(), Counting(), replace(BY_WORDS, least=100.0))
    asked = Unread("Which film of Dora Lind's is the newest?", memory, TODAY)
    answer = wary.answer(asked, abstained(UNREAD))
    assert (answer.abstained, answer.cited) == (True, ())


@pytest.mark.parametrize(
    "reason",
    [
        "The memory does not know “Zorb”, nor when it was.",
        "Several entities have this name, please say which one is meant: X; X.",
        "The memory does not know when X began or was born.",
        "The memory knows when X began, but not when it ended.",
        "“which of them” picks from a list; that is not read, please ask about each of them.",
        "",
    ],
)
def test_what_is_asked_back_stands(reason):
    assert not may_be_ranked("Who directed Iron Winter?", abstained(reason))


def test_what_was_not_understood_or_not_found_may_be_read_again():
    assert may_be_ranked("Who directed Iron Winter?", abstained(UNREAD))
    assert may_be_ranked("Who hasn’t directed Iron Winter?", abstained(UNREAD))
    nothing = "The memory has no such fact; looked up: “X …”; closest to it, it knows Y."
    assert may_be_ranked("Who directed Iron Winter?", abstained(nothing))
    assert not may_be_ranked("Who will direct Iron Winter?", abstained(UNREAD))


def test_it_has_to_be_surer_where_nothing_was_found_or_words_are_left():
    ranking = replace(
        BY_WORDS, least=1.0, least_read=2.0, least_near=4.0, least_instead=3.0, left=0.5
    )
    assert ranking.needed(left=False) == 1.0
    assert ranking.needed(left=True) == 1.5
    assert ranking.needed(read=True, left=True) == 2.5
    assert ranking.needed(read=True, near=True, left=True) == 4.5
    assert ranking.needed(instead=True, left=True) == 3.5


@pytest.mark.parametrize(
    ("reason", "offers"),
    [(UNREAD, True), ("The memory neither states this nor rules it out; looked up: “X …”.", False)],
)
def test_what_is_near_to_it_gives_way_to_what_is_surer(memory, reason, offers):  # noqa: F811
    asked = Unread("Which film of Dora Lind's is the newest?", memory, TODAY)
    near = abstained(reason)
    if offers:
        near = replace(near, cited=tuple(memory.facts()[:1]))
    for least_near, answered in ((-100.0, True), (100.0, False)):
        ranking = replace(BY_WORDS, least=-100.0, least_read=-100.0, least_near=least_near)
        ranked = RankedAnswers(shipped_matcher(), Counting(), ranking)
        given = ranked.answer(asked, near)
        assert (given is None or given.abstained) != answered


def test_only_a_question_that_stands_alone_is_ranked(head, memory, monkeypatch):  # noqa: F811
    asked = []
    monkeypatch.setattr(head.ranked, "answer", lambda unread, _: asked.append(unread.text))
    first = head.answer("Who directed Iron Winter?", memory, QuestionContext())
    context = QuestionContext(turns=(turn_of("Who directed Iron Winter?", first),))
    head.answer("And what is her zorb?", memory, context)
    head.answer("What is the zorb of Tom Poe? What is the zorb of Sam Ott?", memory, context)
    assert asked == []
    head.answer("What is the zorb of Tom Poe?", memory, QuestionContext())
    assert asked == ["What is the zorb of Tom Poe?"]


def test_more_readings_are_recorded_than_ranked(memory, monkeypatch):  # noqa: F811
    scorer = Counting()
    ranked = RankedAnswers(shipped_matcher(), scorer, BY_WORDS)
    monkeypatch.setattr(ranked_answers, "RECORDED", 3)
    text = "Where was the director of Iron Winter born?"
    asked, given = Unread(text, memory, TODAY), abstained(UNREAD)
    assert len(ranked.readings(asked, given)) == scorer.most == 3
    monkeypatch.undo()
    assert RECORDED > SHORTLIST
    assert len(ranked.readings(asked, given)) == scorer.most > 3


def test_readings_come_with_their_signs_and_their_answers(memory):  # noqa: F811
    ranked = RankedAnswers(shipped_matcher(), Counting(), BY_WORDS)
    text = "Where was the director of Iron Winter born?"
    found = ranked.readings(Unread(text, memory, TODAY), abstained(UNREAD))
    meant = "what is the place of birth of the director of thing A : one place"
    (one,) = [one for one in found if one.reading == meant]
    assert one.question == "where was the director of thing A born ?"
    assert one.relations == ("director", "place of birth")
    assert [entity.name for entity in one.answer.answers] == ["Oslo"]
    firsts = [one.figures["first"] for one in found]
    assert firsts == sorted(firsts, reverse=True)
    assert [one.figures["read"] for one in found] == sorted(
        (one.figures["read"] for one in found), reverse=True
    )
    assert not any(one.answer.abstained for one in found)
    assert not any(one.figures["answered"] for one in found)
    nobody = Unread("Who?", memory, TODAY, date(1990, 1, 1))
    assert ranked.readings(nobody, abstained(UNREAD)) == []


def test_a_reading_that_leads_to_what_the_rules_answer_says_so(head, memory):  # noqa: F811
    text = "Where was the director of Iron Winter born?"
    found = head.readings(text, memory, QuestionContext())
    agreeing = {one.answer.text for one in found if one.figures["agrees"]}
    assert all(one.figures["answered"] for one in found)
    assert agreeing == {one.answer.text for one in found if "Oslo" in one.answer.text}
    assert agreeing


@pytest.mark.parametrize(
    ("text", "left", "of_office"),
    [
        ("Who was Halden's finance minister in 2016?", ["finance"], True),
        ("Which two transport ministers led Halden?", ["transport"], True),
        ("Which film directors won a prize?", ["film"], False),
        ("Who is the regional governor of Halden?", ["regional"], False),
        ("Who was the minister with huts?", ["huts"], False),
        ("", [], False),
    ],
)
def test_a_word_may_say_which_office_is_meant(text, left, of_office):
    assert ranked_answers._is_of_office(text, left) == of_office


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Did Dora Lind direct Iron Winter?", True),
        ("Is there a film by Dora Lind?", False),
        ("Did Dora Lind direct a film? Which?", False),
        ("Did Dora Lind direct Iron Winter or Salt Road?", False),
        ("Do you know who directed Iron Winter?", False),
        ("What did Dora Lind direct?", False),
    ],
)
def test_yes_or_no_is_not_answered_with_a_name(question, wanted):
    named = TracedAnswer("Iron Winter.", False, answers=(EntityRef("e", "Iron Winter", "MISC"),))
    assert ranked_answers._is_of_other_type(question, named) is wanted
    said = replace(named, text="Yes. Dora Lind directed Iron Winter [1].")
    assert not ranked_answers._is_of_other_type(question, said)


def test_of_what_is_counted_the_sort_is_never_left_out():
    assert passes_over({"count": 1.0, "sorts": 1.0})
    assert not passes_over({"count": 1.0, "sorts": 0.0})
    assert not passes_over({"count": 0.0, "sorts": 1.0})
