"""A reading asked of a person in words as good as its relations have them."""

from dataclasses import replace

import pytest

from tests.worker.test_ranked_readings import memory, signs_of  # noqa: F401
from worker.heads.timing import AskedTime
from worker.reading.asking_back import asked_back
from worker.reading.canonical import canonical
from worker.reading.question import AllOf, Option, Question, Reached, Thing, Without
from worker.types import EntityRef, RelationSpec

ACME = Thing((EntityRef("1", "Acme", "ORG"),), "acme")
FOUNDED = RelationSpec(
    "1", "founded by", aliases=("founder", "established by"), subject_types=("ORG",),
    object_types=("PER",), questions=("Who founded {subject}?",),
    inverse_questions=("What did {object} found?",),
)  # fmt: skip
EDUCATED = RelationSpec("2", "educated at", subject_types=("PER",), object_types=("ORG",))
PRIZE = RelationSpec(
    "3", "prize", subject_types=("PER",), inverse_questions=("Who received the {object}?",)
)


def reached(of, relation, known="subject"):
    return Reached(of, (Option(relation, known),))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (reached(ACME, FOUNDED), "Who founded Acme?"),
        (reached(ACME, FOUNDED, "object"), "What did Acme found?"),
        (reached(ACME, EDUCATED), "Which are what Acme is educated at?"),
        (reached(ACME, EDUCATED, "object"), "Which people are educated at Acme?"),
        (reached(reached(ACME, FOUNDED), EDUCATED, "object"),
         "Which people are educated at the founder of Acme?"),
        (reached(reached(ACME, FOUNDED), PRIZE, "object"),
         "Who received the founder of Acme?"),
        (reached(reached(ACME, EDUCATED, "object"), FOUNDED, "object"),
         "Which organisations have people who are educated at Acme as founder?"),
        (AllOf((reached(ACME, EDUCATED, "object"), reached(ACME, PRIZE, "object"))),
         "Which people are educated at Acme and have Acme as prize?"),
        (Without(reached(ACME, FOUNDED), (ACME,)), "Who founded Acme, except Acme?"),
    ],
)  # fmt: skip
def test_it_asks_in_the_words_of_the_relation(target, said):
    assert asked_back(Question("which", target)) == said


def test_it_says_the_time_and_other_forms():
    target = reached(ACME, FOUNDED)
    timed = Question("which", target, time=AskedTime(None, None, "in 1990"))
    assert asked_back(timed) == "Who founded Acme (in 1990)?"
    assert asked_back(Question("which", target, now=True)) == "Who founded Acme (today)?"
    many = Question("how many", reached(ACME, EDUCATED, "object"))
    assert asked_back(many) == "How many people are educated at Acme?"
    founders = asked_back(Question("how many", target))
    assert founders == "How many people are recorded as the founder of Acme?"
    assert asked_back(Question("about", ACME)) == "What is recorded of Acme?"
    whether = Question("whether", target, among=ACME)
    assert asked_back(whether) == "Is Acme the founder of Acme?"
    denied = replace(whether, negated=True)
    assert asked_back(denied) == f"{canonical(denied)[:1].upper()}{canonical(denied)[1:]}?"


def test_every_reading_is_a_question_with_its_names(memory):  # noqa: F811
    for text in (
        "Where was the maker of Iron Winter born?",
        "Which of Dora Lind's films is the newest?",
        "Who plays for Halden FC besides Tom Poe?",
        "Which people have more than two films?",
    ):
        for one in signs_of(memory, text)[1]:
            said = asked_back(one.candidate.question)
            assert said[0].isupper()
            assert said.endswith("?")
            assert "the the" not in said
            assert "{" not in said
            if "Iron Winter" in canonical(one.candidate.question):
                assert "Iron Winter" in said
