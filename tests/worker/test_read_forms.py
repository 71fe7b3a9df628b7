"""Forms of questions that no single read answers: several things, times with a name, lists."""

import json
import re
from datetime import date

import pytest

from worker.heads.answering import Reading, of_each
from worker.heads.encoder.mentions import NamedEntity, named_entities
from worker.heads.encoder.parts import parts_of, with_name
from worker.heads.encoder.time_anchors import time_anchor, unknown_name
from worker.heads.questions import several_questions
from worker.heads.scripted.memory import Named
from worker.training import read_forms
from worker.training.read_forms import TODAY, FormCase, ask, build_memory, is_right, read_cases
from worker.types import EntityRef


def _development():
    return [pytest.param(case, id=case.question) for case in read_cases("development")]


@pytest.fixture(scope="module")
def memory():
    return build_memory()


def asked(head, memory, question, *turns):
    answer = ask(head, memory, FormCase("", question, frozenset(), turns))
    assert answer.text
    returned = {fact for trace in answer.reads for fact in trace.result.facts}
    assert returned.issuperset(answer.cited)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)} == set(
        range(1, len(answer.cited) + 1)
    )
    return answer


def names(answer):
    return [entity.name for entity in answer.answers]


def named(text, *names):
    """Return mentions of the names in a text, in the given order."""
    return [
        NamedEntity(text.index(name), text.index(name) + len(name), (EntityRef(name, name, "PER"),))
        for name in names
    ]


@pytest.mark.parametrize("case", list(_development()))
def test_it_answers_the_form(head, memory, case):
    answer = asked(head, memory, case.question, *case.turns)
    assert is_right(case, answer), answer.text


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("When and where was X born?", ["When was X born?", "Where was X born?"]),
        ("Where and in which year was X founded?",
         ["Where was X founded?", "In which year was X founded?"]),
        ("Where was X born and educated?", ["Where was X born?", "Where was X educated?"]),
        ("Who are X's father and mother?",
         ["Who is the father of X?", "Who is the mother of X?"]),
        ("What are the capital and the official language of X?",
         ["What is the capital of X?", "What is the official language of X?"]),
        ("Where were the father and the mother of X born?",
         ["Where was the father of X born?", "Where was the mother of X born?"]),
        ("Which film was directed and produced by X?", None),
        ("Which film did X direct and produce?", None),
        ("Who was born in X and Y?", None),
        ("Who wrote the book of love and war of X?", None),
        ("Who is X?", None),
        ("What is the town that the father and X left?", None),
    ],
)  # fmt: skip
def test_it_takes_a_question_about_one_name_apart(text, texts):
    assert list(parts_of(text, named(text, "X")).texts) == (texts or [text])


def test_it_leaves_and_in_a_name_whole():
    text = "Who wrote Where and when was it made?"
    title = named(text, "Where and when")
    assert parts_of("When and where was X born?", named("When and where was X", "and where was X")
                    ).texts == ("When and where was X born?",)  # fmt: skip
    spans = [(mention.start, mention.end) for mention in title]
    assert several_questions(text, spans) == [text]
    assert len(several_questions("Who wrote Emma and where and when was it made?")) == 2


@pytest.mark.parametrize(
    ("parts", "names", "whole"),
    [
        (["Who owns X", "who is the founder?"], ["X"],
         ["Who owns X", "who is the founder of X?"]),
        (["Who directed", "who wrote X?"], ["X"], ["Who directed X?", "who wrote X?"]),
        (["Who owns X", "when?"], ["X"], None),
        (["Who owns X", "where is its seat?"], ["X"], None),
        (["Who owns X", "who wrote the Book?"], ["X"], None),
        (["Who owns X", "who owns Y and who is the chair?"], ["X", "Y"], None),
    ],
)  # fmt: skip
def test_it_puts_the_one_name_where_it_is_left_out(parts, names, whole):
    text = " and ".join(parts)
    assert with_name(parts, text, named(text, *names)) == (whole or parts)


def test_it_says_how_a_question_was_taken_apart(head, memory):
    answer = asked(head, memory, "When and where was Ada Novak born?")
    assert answer.understood == (
        "Taken for the question “When was Ada Novak born?”",
        "Taken for the question “Where was Ada Novak born?”",
    )
    answer = asked(head, memory, "Who owns Kordel Works and who is the founder?")
    assert "Taken for the question “who is the founder of Kordel Works?”" in answer.understood


def test_it_says_for_one_half_only_that_it_is_unknown(head, memory):
    answer = asked(head, memory, "Where was Jon Bell born and where did he die?")
    assert answer.text.startswith("Jon Bell was born in Vasholm [1]. I don't know. ")
    assert not answer.abstained


@pytest.mark.parametrize("question", [
    "Who are the sons and daughters of Hugo Lenz?",
    "Who composed Tristan and Isolde?",
    "Which film did Ada Novak direct?",
])  # fmt: skip
def test_it_reads_once_what_asks_once(head, memory, question):
    answer = asked(head, memory, question)
    assert len(answer.reads) == 1
    assert not answer.understood


@pytest.mark.parametrize(
    ("text", "names", "rest", "order", "nearest"),
    [
        ("Who led Y before X?", "YX", "Who led Y?", "before", True),
        ("Before the X, who led Y?", "YX", "who led Y?", "before", True),
        ("Who led Y right after X took office?", "YX", "Who led Y?", "after", True),
        ("Who were the chairs of Y before X?", "YX", "Who were the chairs of Y?", "before", False),
        ("Who has led Y since X?", "YX", "Who has led Y?", "after", False),
        ("Who led Y during X's reign?", "YX", "Who led Y?", "during", False),
        ("Who led Y until the end of the X?", "YX", "Who led Y?", "before", False),
        ("Who succeeded X as mayor of Y?", "YX", "Who was the mayor of Y?", "after", True),
        ("By whom was X succeeded as mayor of Y?", "YX", "Who was the mayor of Y?", "after", True),
        ("Whom did X replace as chair of Y?", "YX", "Who was the chair of Y?", "before", True),
        ("Who was X's predecessor as chair of Y?", "YX", "Who was the chair of Y?", "before", True),
    ],
)
def test_it_finds_the_time_that_a_name_gives(text, names, rest, order, nearest):
    found = time_anchor(text, named(text, *names))
    assert (found.text, found.order, found.nearest) == (rest, order, nearest)
    assert found.other.entities[0].name == "X"
    (left,) = found.named
    assert found.text[left.start : left.end] == "Y"


@pytest.mark.parametrize(
    "text",
    ["What came before X?", "What came after X in Y?", "Which town is named after X in Y?",
     "Who succeeded X?", "Who led Y with X?", "Who did Y name X as a friend?"],
)  # fmt: skip
def test_it_finds_no_time_where_a_name_gives_none(text):
    assert time_anchor(text, named(text, *[name for name in "XY" if name in text])) is None


def test_it_knows_that_a_name_for_a_time_is_unknown(head, memory):
    text = "Who was mayor of Vasholm before the Great Fire of Rome?"
    assert unknown_name(text, named_entities(memory, text)) == "Great Fire of Rome"
    assert unknown_name("Who was named after Paul in Rome?", []) == ""
    answer = asked(head, memory, text)
    assert answer.abstained
    assert "does not know “Great Fire of Rome”" in answer.reason


def test_it_says_what_a_time_with_a_name_was_taken_for(head, memory):
    answer = asked(head, memory, "Who was mayor of Vasholm before Greta Lund?")
    assert answer.text == (
        "The head of government of Vasholm was Greta Lund (from 1988 to 1995) [1]. "
        "The head of government of Vasholm was Erik Dahl (from 1980 to 1987) [2]."
    )
    assert "(1988-01-01)" in answer.understood[0]
    answer = asked(head, memory, "Who chaired the Dornwell Group before the Iron War?")
    assert answer.text.startswith("The start date of Iron War is 1 September 1936 [1].")
    assert answer.understood == ("“before the Iron War” is taken for the beginning to 1936-08-31.",)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Who chaired the Millers Guild before Tom Reck?", "of Tom Reck are not recorded"),
        ("Who was mayor of Vasholm before Erik Dahl?", "none before Erik Dahl (1980-01-01)"),
        ("Who was mayor of Vasholm after Hanna Moe?", "does not know that Hanna Moe was followed"),
        ("Who chaired the Dornwell Group during the Battle of Elm Hill?",
         "does not know when Battle of Elm Hill was"),
        ("Who was head of state of Norland during the Long Strike?",
         "knows when Long Strike began, but not when it ended"),
    ],
)  # fmt: skip
def test_it_says_which_dates_it_lacks(head, memory, question, why):
    answer = asked(head, memory, question)
    assert answer.abstained
    assert why in answer.reason


@pytest.mark.parametrize(
    ("question", "opening", "cited"),
    [
        ("Was Erik Dahl mayor of Vasholm before Greta Lund?", "Yes.", 2),
        ("Did Otto Brandt chair the Dornwell Group during the Iron War?", "Yes.", 3),
        ("How many people chaired the Dornwell Group during the Iron War?",
         "The memory knows 2.", 4),
    ],
)  # fmt: skip
def test_it_counts_and_confirms_for_a_time_with_a_name(head, memory, question, opening, cited):
    answer = asked(head, memory, question)
    assert answer.text.startswith(opening)
    assert len(answer.cited) == cited


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Who were the mayors of Harbour before Cy?", ["Ann", "Ben"]),
        ("Who was mayor of Harbour before Ben?", ["Ann"]),
        ("Who was mayor of Harbour after Ann?", ["Ben"]),
        ("Who was mayor of Harbour before Cy?", ["Ben"]),
        ("Who was mayor of Harbour after Cy?", []),
    ],
)
def test_the_last_year_of_one_may_be_the_first_of_the_next(head, question, answers):
    memory = build_memory()
    for name, start, end in (("Ann", 1990, 1995), ("Ben", 1994, 2000), ("Cy", 1999, 2004)):
        memory.add(
            Named("Harbour", "LOC"),
            "P6",
            Named(name, "PER"),
            superseded=True,
            valid_from=date(start, 1, 1),
            valid_to=date(end, 1, 1),
        )
    answer = asked(head, memory, question)
    assert names(answer) == answers


def test_it_asks_which_of_two_events_is_meant(head):
    memory = build_memory()
    for key, year in (("one", "1914"), ("two", "1939")):
        memory.add(Named("Great War", "MISC", key=key), "P580", Named(year, "TIME"))
    answer = asked(head, memory, "Who chaired the Dornwell Group before the Great War?")
    assert answer.abstained
    assert "which one is meant" in answer.reason


def test_it_looks_at_the_first_of_a_long_list_and_says_so(head, memory):
    answer = asked(head, memory, "Where were they born?", "Who are the members of the Grey Larks?")
    assert len(answer.cited) == 5
    assert any("Left out: Sven Oder, Eva Tolk." in note for note in answer.understood)


def test_it_names_those_of_a_list_that_it_knows_nothing_of(head, memory):
    answer = asked(head, memory, "Where were they born?", "Who are the members of Quiet Harbour?")
    assert answer.text.endswith("I don't know it of Bram Keller.")
    assert "“they” is taken for Tessa Brill, Ilka Hoss and Bram Keller." in answer.understood
    assert any(note.startswith("Not known of Bram Keller: ") for note in answer.understood)
    answer = asked(head, memory, "And their spouses?", "Who are the members of the Grey Larks?")
    assert answer.abstained
    assert "none of these: Nora Vey, " in answer.reason


@pytest.mark.parametrize("words", ["How many of them", "Which of them"])
def test_it_does_not_pick_from_a_list(head, memory, words):
    listed = "Who are the members of Quiet Harbour?"
    answer = asked(head, memory, f"{words} were born in Vasholm?", listed)
    assert answer.abstained
    assert f"“{words}” picks from a list" in answer.reason


def test_an_answer_for_each_counts_citations_on(memory):
    reading = Reading(memory, today=TODAY)
    silent = reading.abstain("Nothing is known.")
    both = of_each([EntityRef("a", "Ada"), EntityRef("b", "Bo")], [silent, silent])
    assert both.text == "I don't know. The memory knows it of none of these: Ada, Bo."
    assert both.understood == (
        "Not known of Ada: Nothing is known.",
        "Not known of Bo: Nothing is known.",
    )


def test_both_parts_are_large_and_apart():
    parts = [read_cases(part) for part in ("development", "reported")]
    assert all(len(part) >= 40 for part in parts)
    first, second = ({(case.turns, case.question) for case in part} for part in parts)
    assert not first & second


def test_it_prints_what_is_right_and_what_is_wrong(monkeypatch, capsys, head, memory):
    cases = [
        FormCase("two", "When and where was Ada Novak born?", frozenset({"Lindenau"})),
        FormCase("list", "Who directed Silver Thorn?", frozenset({"Ada Novak"})),
    ]
    monkeypatch.setattr(read_forms, "read_cases", lambda part: cases)
    assert read_forms.main(["--failures"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kinds"] == {
        "two": {"n": 1, "right": 0, "abstained": 0},
        "list": {"n": 1, "right": 1, "abstained": 0},
    }
    assert found["wrong"][0].startswith("When and where was Ada Novak born? -> ")


def test_it_asks_both_sides_of_the_middle_of_a_chain(head):
    turned = read_forms.read_turned()
    memory, cases = turned[0]
    assert [fact.object.name for fact in memory.facts()] == ["Krastek", "Ulmani"]
    assert {case.kind: case.answers for case in cases} == {
        "object": {"Ulmani"},
        "subject": {"Dornwell"},
    }
    figures, wrong = read_forms.measure(head, [(memory, cases[:1])])
    assert figures["object"]["n"] == 1
    assert figures["object"]["right"] == 1 - len(wrong)
