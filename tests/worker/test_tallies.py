"""Two that are compared by number, or stand side by side in a question."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.answering import Reading
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.read_head import EncoderReadHead
from worker.heads.scripted.memory import InMemoryMemory
from worker.heads.scripted.memory import Named as Entity
from worker.reading.items import Named, items_of
from worker.reading.paired import of_each_other, one_of_two
from worker.reading.question import AnyOf, Option, Question, Reached, Thing
from worker.reading.tallies import rivals, say_numbers
from worker.types import QuestionContext, RelationSpec

TYPES = {
    **dict.fromkeys(["Ada Brook", "Ben Moor", "Cora Vale", "Dan Vale", "Eve Moor", "Finn Moor",
                     "Gil Moor", "Hal Moor", "Tom Poe"], "PER"),
    **dict.fromkeys(["Iron Winter", "Salt Road", "Grey Prize", "Red Prize"], "MISC"),
    **dict.fromkeys(["Oslo", "Bristol"], "LOC"),
}  # fmt: skip
FACTS = [
    ("Ada Brook", "P40", "Eve Moor"), ("Ada Brook", "P40", "Finn Moor"),
    ("Ada Brook", "P40", "Gil Moor"), ("Eve Moor", "P22", "Ben Moor"),
    ("Cora Vale", "P40", "Dan Vale"), ("Hal Moor", "P22", "Tom Poe"),
    ("Iron Winter", "P161", "Ada Brook"), ("Iron Winter", "P161", "Ben Moor"),
    ("Salt Road", "P161", "Ada Brook"), ("Salt Road", "P57", "Tom Poe"),
    ("Salt Road", "P50", "Eve Moor"),
    ("Ada Brook", "P166", "Grey Prize"), ("Cora Vale", "P166", "Grey Prize"),
    ("Cora Vale", "P166", "Red Prize"), ("Ada Brook", "P19", "Oslo"), ("Ben Moor", "P19", "Oslo"),
    ("Cora Vale", "P19", "Bristol"), ("Ada Brook", "P3373", "Tom Poe"),
]  # fmt: skip
CHAIRS = [
    ("Cora Vale", date(1990, 1, 1), date(2001, 1, 1)), ("Ada Brook", date(2001, 1, 1), None),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    memory = standard_memory(typed(FACTS, TYPES))
    for who, start, end in CHAIRS:
        memory.add(Entity("Kestrel Bank", "ORG"), "P488", Entity(who, "PER"),
                   valid_from=start, valid_to=end)  # fmt: skip
    return memory


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead(today=lambda: date(2026, 11, 26))


def items(memory, question):
    named = [
        Named(one.start, one.end, Thing(one.entities, ""), one.entities[0].type)
        for one in named_entities(memory, question)
    ]
    return items_of(question, named)


def said(row):
    return " ".join(one.node.entities[0].name if one.node else one.text for one in row)


@pytest.mark.parametrize(
    ("question", "rows", "sign"),
    [
        ("Does Ada Brook have more children than Cora Vale?",
         ("which children does Ada Brook have", "which children does Cora Vale have"), ">"),
        ("Did Ada Brook win fewer prizes than Cora Vale did?",
         ("which prizes did Ada Brook win", "which prizes did Cora Vale win"), "<"),
        ("Has Ada Brook as many children as Cora Vale?",
         ("which children has Ada Brook", "which children has Cora Vale"), ">="),
        ("Do Ada Brook and Cora Vale have the same number of children?",
         ("which children do Ada Brook have", "which children do Cora Vale have"), "="),
        ("Are there more actors in Iron Winter than in Salt Road?",
         ("which actors are in Iron Winter", "which actors are in Salt Road"), ">"),
        ("Who has more children, Ada Brook or Cora Vale?",
         ("which children has Ada Brook", "which children has Cora Vale"), ">"),
        ("Which of Iron Winter and Salt Road has the most actors?",
         ("which actors has Iron Winter", "which actors has Salt Road"), ">"),
        ("Who acted in fewer films, Ada Brook or Ben Moor?",
         ("which films did Ada Brook act in", "which films did Ben Moor act in"), "<"),
        ("How many more children does Ada Brook have than Cora Vale?",
         ("which children does Ada Brook have", "which children does Cora Vale have"), ">"),
        ("Does Ada Brook's sister have more children than the mother of Cora Vale?",
         ("which children does Ada Brook 's sister have",
          "which children does the mother of Cora Vale have"), ">"),
    ],
)  # fmt: skip
def test_it_asks_the_same_of_both(memory, question, rows, sign):
    found = rivals(items(memory, question))
    assert found is not None
    assert (tuple(map(said, found.rows)), found.sign) == (rows, sign)


@pytest.mark.parametrize(
    "question",
    [
        "Who has more than three children?",
        "Does Ada Brook have more children?",
        "Does Ada Brook have more children than average?",
        "Who has the most children?",
        "Do Ada Brook and Cora Vale have more children?",
        "Is Ada Brook older than Cora Vale?",
        "Who has children, Ada Brook or Cora Vale?",
        "More than?",
        "as many as",
        "",
    ],
)
def test_it_compares_no_numbers_where_no_two_are_named(memory, question):
    assert rivals(items(memory, question)) is None


@pytest.mark.parametrize(
    ("question", "opening", "answers", "cited"),
    [
        ("Does Ada Brook have more children than Cora Vale?", "Yes, 3 against 1 ", set(), 4),
        ("Does Cora Vale have more children than Ada Brook?", "No, 1 against 3 ", set(), 4),
        ("Has Cora Vale won more prizes than Ada Brook?", "Yes, 2 against 1 ", set(), 3),
        ("Who has more children, Ada Brook or Cora Vale?", "It is Ada Brook: ", {"Ada Brook"}, 4),
        ("Who has fewer children, Cora Vale or Ben Moor?", "Neither: 1 against 1 ", set(), 2),
        ("How many more children does Ada Brook have than Cora Vale?",
         "The memory knows 2 more: 3 against 1 ", set(), 4),
        ("Which of Iron Winter and Salt Road has more actors?", "It is Iron Winter: ",
         {"Iron Winter"}, 3),
    ],
)  # fmt: skip
def test_it_says_who_has_more(head, memory, question, opening, answers, cited):
    answer = head.answer(question, memory, QuestionContext())
    assert answer.text.startswith(opening)
    assert {one.name for one in answer.answers} == answers
    assert len(answer.cited) == cited


def test_it_compares_nothing_with_what_is_not_recorded(head, memory):
    """That no prize of somebody is recorded does not say that there is none."""
    answer = head.answer("Has Ada Brook won more prizes than Tom Poe?", memory, QuestionContext())
    assert answer.abstained
    assert "nothing can be compared: the award received of Tom Poe" in answer.reason


def test_two_are_something_of_each_other(head, memory):
    row = of_each_other(items(memory, "Are Ada Brook and Tom Poe siblings?"), memory.relations())
    assert said(row) == "are Ada Brook the siblings of Tom Poe"
    row = of_each_other(
        items(memory, "Were Ada Brook and Tom Poe married to each other?"), memory.relations()
    )
    assert said(row) == "were Ada Brook married to Tom Poe"
    for question in (
        "Are Ada Brook and Ben Moor actors?",
        "Are Ada Brook and Ben Moor?",
        "Are Ada Brook and Ben Moor from Oslo?",
        "Is Ada Brook a sibling?",
    ):
        assert of_each_other(items(memory, question), memory.relations()) is None, question
    for question, opening in (
        ("Are Ada Brook and Tom Poe siblings?", "Yes."),
        ("Are Eve Moor and Finn Moor siblings?", "Yes."),
    ):
        assert head.answer(question, memory, QuestionContext()).text.startswith(opening), question


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Which of Ada Brook and Cora Vale was born in Oslo?", {"Ada Brook"}),
        ("Who was born in Bristol, Ada Brook or Cora Vale?", {"Cora Vale"}),
        ("Which of Iron Winter and Salt Road was directed by Tom Poe?", {"Salt Road"}),
    ],
)
def test_one_of_two_is_chosen_by_what_is_so(head, memory, question, given):
    answer = head.answer(question, memory, QuestionContext())
    assert {one.name for one in answer.answers} == given
    assert len(answer.cited) == 1


@pytest.mark.parametrize(
    "question",
    ["Which of Ada Brook and Cora Vale?", "Was Ada Brook or Cora Vale born in Oslo?", ""],
)
def test_it_chooses_only_where_a_question_names_two_and_more(memory, question):
    assert one_of_two(items(memory, question)) is None


def test_who_has_been_something_is_everybody_so_far(head, memory):
    for question, given in (
        ("Who has chaired Kestrel Bank?", {"Ada Brook", "Cora Vale"}),
        ("List everyone who has chaired Kestrel Bank.", {"Ada Brook", "Cora Vale"}),
        ("Who is the chairperson of Kestrel Bank?", {"Ada Brook"}),
        ("Who chairs Kestrel Bank?", {"Ada Brook"}),
    ):
        answer = head.answer(question, memory, QuestionContext())
        assert {one.name for one in answer.answers} == given, question


def test_the_other_parent_is_told_by_the_children(head, memory):
    """Ada Brook is recorded as a parent of Eve Moor, whose father is another."""
    answer = head.answer("Who is the mother of the author of Salt Road?", memory, QuestionContext())
    assert {one.name for one in answer.answers} == {"Ada Brook"}
    assert any("taken for the mother" in note for note in answer.understood)
    assert head.answer("Who is Hal Moor's mother?", memory, QuestionContext()).abstained


def test_it_drops_no_step_that_a_question_names_twice(head, memory):
    question = "Who is the father of Hal Moor's father?"
    assert head.answer(question, memory, QuestionContext()).abstained


def test_it_lists_nobody_where_what_they_are_to_be_is_not_recorded(head, memory):
    question = "Which of Ada Brook's children is a footballer?"
    answer = head.answer(question, memory, QuestionContext())
    assert answer.abstained
    assert "Whether it is a footballer was not looked up." in answer.reason


STAFF = RelationSpec("s", "number of employees", aliases=("staff",), object_types=("NUM",))


@pytest.mark.parametrize(
    ("staff", "form", "sign", "opening"),
    [
        (("9", "31"), "compare numbers", "<", "Yes, 9 against 31 are recorded."),
        (("9", "31"), "compare numbers", ">", "No, 9 against 31 are recorded."),
        (("1,250,000", "31"), "how many more", ">", "The memory knows 1,249,969 more: "),
        (("9 km", "31"), "compare numbers", "<", ""),
    ],
)
def test_quantities_are_compared_and_not_counted(staff, form, sign, opening):
    memory = InMemoryMemory([STAFF])
    firms = [memory.add(Entity(f"Firm {n}", "ORG"), "s", Entity(number, "NUM"))
             for n, number in enumerate(staff)]  # fmt: skip
    parts = [Reached(Thing((one.subject,), ""), (Option(STAFF, "subject"),)) for one in firms]
    said = say_numbers(Question(form, AnyOf(tuple(parts)), sign=sign), Reading(memory))
    assert said.text.startswith(opening) if opening else said is None


def test_a_time_of_their_own_is_not_that_of_undated_facts(head, memory):
    """No date of birth is known of Ada Brook's children."""
    question = "Which of Ada Brook's children was born before 1962?"
    answer = head.answer(question, memory, QuestionContext())
    assert answer.abstained
    assert "when each was “born” was not looked up" in answer.reason


def test_a_kind_of_thing_is_no_word_for_what_a_question_names(head, memory):
    """Kestrel Bank is an organisation, and no school of its chairperson's."""
    question = "Where did the chairperson of Kestrel Bank go to school?"
    assert head.answer(question, memory, QuestionContext()).abstained
    question = "Who is the chairperson of the company Kestrel Bank?"
    answer = head.answer(question, memory, QuestionContext())
    assert [one.name for one in answer.answers] == ["Ada Brook"]
