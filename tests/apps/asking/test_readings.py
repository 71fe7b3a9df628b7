"""How a question was read: kept with its answer, shown over its words, part by part."""

from dataclasses import replace

import pytest
from django.urls import reverse

from apps.asking.models import Answer
from apps.asking.services import question_answer_here, readings_shown
from apps.asking.services.errors import AnswerRefused
from apps.asking.services.readings import Segment, questions_of, reading_kept
from tests.apps.asking.rows import QUESTION, fill
from worker.reading.question import Question, Thing
from worker.types import Span, TracedAnswer


@pytest.fixture
def ask(space, bob, carol):
    fill(space, bob)

    def run(text=QUESTION):
        return question_answer_here(space=space, actor=carol, text=text).answer

    return run


def test_it_keeps_how_the_question_was_read(ask):
    answer = ask()
    assert answer.reading["version"] == 1
    (question,) = questions_of(answer)
    assert question.form == "which"
    assert question.target.options[0].relation.name == "place of birth"
    assert [span.of(answer.question.text) for span in question.target.spans] == ["born"]


def test_it_shows_the_reading_over_the_words(ask):
    (shown,) = readings_shown(ask())
    assert shown.segments == (
        Segment("Where", ("form",), ("asks for names",)),
        Segment("was"),
        Segment("Ada Brook", ("thing",), ("Ada Brook",)),
        Segment("born", ("step",), ("place of birth",)),
        Segment("?"),
    )


def test_the_page_shows_it(ask, sign_in, carol):
    answer = ask()
    page = sign_in(carol).get(reverse("asking:question", args=["atlas", answer.question_id]))
    text = page.content.decode()
    assert "How the question was read" in text
    assert '<span class="reading__meaning">place of birth</span>' in text
    told = sign_in(carol).get(reverse("asking:question-json", args=["atlas", answer.question_id]))
    assert told.json()["reading"][0]["target"]["set"] == "reached"


def test_what_names_are_called_is_escaped(ask, sign_in, carol, space):
    answer = ask()
    answer.reading["questions"][0]["target"]["options"][0]["name"] = "<script>alert(1)</script>"
    answer.save(update_fields=["reading"])
    page = sign_in(carol).get(reverse("asking:question", args=["atlas", answer.question_id]))
    assert "<script>alert(1)" not in page.content.decode()


def test_an_abstention_that_understood_nothing_has_no_reading(ask, sign_in, carol):
    answer = ask("What is the weather?")
    assert answer.reading == {}
    assert readings_shown(answer) == []
    page = sign_in(carol).get(reverse("asking:question", args=["atlas", answer.question_id]))
    assert "How the question was read" not in page.content.decode()


@pytest.mark.parametrize(
    "reading",
    [{}, {"version": 99, "questions": []}, {"version": 1}, {"version": 1, "questions": [{}]},
     {"version": 1, "questions": "zorb"}],
)  # fmt: skip
def test_a_reading_that_cannot_be_read_is_not_shown(ask, reading):
    answer = ask()
    Answer.objects.filter(pk=answer.pk).update(reading=reading)
    answer.refresh_from_db()
    assert readings_shown(answer) == []


def test_a_part_outside_of_the_question_is_refused():
    question = Question("about", Thing((), "Ada", (Span(0, 40),)), text="Ada?")
    traced = TracedAnswer("I don't know. So.", True, "So.", questions=(question,))
    with pytest.raises(AnswerRefused, match="words that the question has not"):
        reading_kept(traced, "Ada?")
    assert reading_kept(replace(traced, questions=()), "Ada?") == {}
