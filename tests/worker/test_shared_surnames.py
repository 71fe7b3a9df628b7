"""First names before a full name of the same family: "Ada and Ben Holt"."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.encoder.mentions import with_surnames
from worker.heads.encoder.read_head import EncoderReadHead
from worker.types import QuestionContext

PEOPLE = ["Ada Holt", "Ben Holt", "Cora Lind", "Eva Holt"]
FACTS = [
    ("Ada Holt", "P19", "Oslo"), ("Ben Holt", "P19", "Bristol"), ("Cora Lind", "P19", "Oslo"),
    ("Eva Holt", "P22", "Ben Holt"), ("Eva Holt", "P25", "Ada Holt"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    places = dict.fromkeys(["Oslo", "Bristol"], "LOC")
    return standard_memory(typed(FACTS, {**dict.fromkeys(PEOPLE, "PER"), **places}))


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("Were Ada and Ben Holt born in Oslo?", "Were Ada Holt and Ben Holt born in Oslo?"),
        ("Who is older, Ada or Ben Holt?", "Who is older, Ada Holt or Ben Holt?"),
        ("Who is Ada and Ben Holt's child?", "Who is Ada Holt and Ben Holt's child?"),
        ("Are Eva & Ben Holt related?", "Are Eva Holt & Ben Holt related?"),
        ("Were Zed and Ben Holt born in Oslo?", None),  # nobody is called so
        ("Were Cora and Ben Holt born in Oslo?", None),  # her name is another
        ("Were Ada Holt and Ben Holt born in Oslo?", None),
        ("Were Ada and Zed Holt born in Oslo?", None),
        ("Were ada and ben holt born in Oslo?", None),
        ("Is Ada in Oslo and Bristol City?", None),
        ("", None),
    ],
)
def test_a_surname_is_shared_where_the_memory_knows_both(memory, question, read):
    assert with_surnames(question, memory) == (read or question)


def test_it_answers_for_both_and_tells_the_words_as_they_were_put(memory):
    head = EncoderReadHead(today=lambda: date(2026, 11, 28))
    question = "Where were Ada and Ben Holt born?"
    answer = head.answer(question, memory, QuestionContext())
    assert {one.name for one in answer.answers} == {"Oslo", "Bristol"}, answer.text
    for one in answer.questions:
        for span in one.form_spans:
            assert span.end <= len(question)
    answer = head.answer("Are Ada and Ben Holt the parents of Eva Holt?", memory, QuestionContext())
    assert answer.abstained or answer.text.startswith("Yes."), answer.text
