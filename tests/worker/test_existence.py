"""Whether a thing is still there or gone, by its own dates."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.answering import Reading
from worker.heads.encoder.read_head import EncoderReadHead
from worker.reading.existence import LONGEST_LIFE, existence
from worker.reading.items import Named, items_of
from worker.reading.question import Thing
from worker.types import QuestionContext

TODAY = date(2026, 11, 28)
TYPES = {
    **dict.fromkeys(["Ada Brook", "Ben Moor", "Cora Vale", "Old Tom"], "PER"),
    **dict.fromkeys(["Kestrel Bank", "Halden Works", "Late Mill"], "ORG"),
    **dict.fromkeys(["1943-11-20", "1890", "1961-07-15", "1700", "1968", "2011", "1889", "2030"],
                    "TIME"),
    "Oslo": "LOC",
}  # fmt: skip
FACTS = [
    ("Ada Brook", "P569", "1890"), ("Ada Brook", "P570", "1943-11-20"),
    ("Ben Moor", "P569", "1961-07-15"), ("Old Tom", "P569", "1700"),
    ("Kestrel Bank", "P571", "1968"), ("Kestrel Bank", "P576", "2011"),
    ("Halden Works", "P571", "1889"), ("Late Mill", "P571", "2030"),
    ("Cora Vale", "P19", "Oslo"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    return standard_memory(typed(FACTS, TYPES))


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead(today=lambda: TODAY)


@pytest.mark.parametrize(
    ("question", "opening", "cited"),
    [
        ("Is Ada Brook still alive?", "No.", "1943-11-20"),
        ("Is Ada Brook dead?", "Yes.", "1943-11-20"),
        ("Is Ada Brook no longer alive?", "Yes.", "1943-11-20"),
        ("Is Ben Moor dead?", "No.", "1961-07-15"),
        ("Is Ben Moor still living?", "Yes.", "1961-07-15"),
        ("Was Ben Moor alive in 1950?", "No.", "1961-07-15"),
        ("Has Kestrel Bank been dissolved?", "Yes.", "2011"),
        ("Does Kestrel Bank still exist?", "No.", "2011"),
        ("Was Kestrel Bank still there in 2000?", "Yes.", "2011"),
        ("Had Kestrel Bank already closed by 1980?", "No.", "2011"),
        ("Is Halden Works still in business?", "Yes.", "1889"),
        ("Has Halden Works closed?", "No.", "1889"),
        ("Does Late Mill exist?", "No.", "2030"),
    ],
)
def test_its_own_dates_tell(head, memory, question, opening, cited):
    answer = head.answer(question, memory, QuestionContext())
    assert answer.text.startswith(opening), answer.text
    assert [fact.object.name for fact in answer.cited] == [cited]


def test_an_end_that_is_not_recorded_is_said(head, memory):
    answer = head.answer("Does Halden Works still exist?", memory, QuestionContext())
    assert any("No end of it is recorded" in note for note in answer.understood)
    answer = head.answer("Does Kestrel Bank still exist?", memory, QuestionContext())
    assert not any("No end" in note for note in answer.understood)


@pytest.mark.parametrize(
    "question",
    [
        "Is Old Tom still alive?",  # nobody gets so old
        "Is Cora Vale still alive?",  # nothing tells
        "Is Ada Brook still in Oslo?",
        "Is Ada Brook still?",
        "Isn't Ada Brook dead?",
        "Is Ada Brook's bank still alive?",
        "Is Ada Brook alive and dead?",
        "Who is still alive?",
        "Which banks still exist?",
        "Is Kestrel Bank still run by Ben Moor?",
        "Is Ben Moor alive or is Ada Brook?",
        "Is Kestrel Bank open?",
    ],
)
def test_what_is_not_asked_so_or_cannot_be_told_is_left(head, memory, question):
    from worker.heads.encoder.mentions import named_entities

    named = [
        Named(one.start, one.end, Thing(one.entities, ""), one.entities[0].type)
        for one in named_entities(memory, question)
    ]
    assert existence(items_of(question, named), None, Reading(memory, today=TODAY)) is None


def test_it_says_until_when_somebody_may_be_alive():
    facts = [("Ada Brook", "P569", str(TODAY.year - LONGEST_LIFE))]
    memory = standard_memory(typed(facts, {"Ada Brook": "PER", facts[0][2]: "TIME"}))
    head = EncoderReadHead(today=lambda: TODAY)
    assert head.answer("Is Ada Brook alive?", memory, QuestionContext()).text.startswith("Yes.")


@pytest.mark.parametrize(
    "question",
    [
        "I'd like to hear something about Halden Works.",
        "I want to know more about Halden Works",
        "Can you tell me more about Halden Works?",
        "Could you give me a short introduction to Halden Works?",
        "I'm interested in Halden Works.",
    ],
)
def test_people_ask_for_all_that_is_known_in_many_ways(head, memory, question):
    answer = head.answer(question, memory, QuestionContext())
    assert [one.form for one in answer.questions] == ["about"], answer.text
    assert [fact.object.name for fact in answer.cited] == ["1889"]


@pytest.mark.parametrize(
    "question",
    ["What did people like about Halden Works?", "Who would like to learn from Ben Moor?",
     "What does Ben Moor read?"],
)  # fmt: skip
def test_and_do_not_in_others(head, memory, question):
    answer = head.answer(question, memory, QuestionContext())
    assert all(one.form != "about" for one in answer.questions), answer.text
