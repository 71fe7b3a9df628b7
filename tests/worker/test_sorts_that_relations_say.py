"""Sorts of things whose word also asks for a relation: "novelist", which asks for an author too."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.encoder.mentions import common_names
from worker.heads.encoder.ranked_answers import is_sort
from worker.heads.encoder.read_head import EncoderReadHead
from worker.types import QuestionContext

TYPES = {
    **dict.fromkeys(["Ada Brook", "Ben Moor", "Cora Vale"], "PER"),
    **dict.fromkeys(["Nine Tides", "Low Water", "novelist", "sculptor", "novel"], "MISC"),
    **dict.fromkeys(["Oslo", "Bristol"], "LOC"),
}  # fmt: skip
FACTS = [
    ("Ada Brook", "P39", "novelist"), ("Ben Moor", "P39", "sculptor"),
    ("Cora Vale", "P39", "novelist"),
    ("Ada Brook", "P19", "Oslo"), ("Ben Moor", "P19", "Oslo"), ("Cora Vale", "P19", "Bristol"),
    ("Nine Tides", "P50", "Ada Brook"), ("Low Water", "P50", "Ben Moor"),
    ("Nine Tides", "P31", "novel"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    return standard_memory(typed(FACTS, TYPES))


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead(today=lambda: date(2026, 11, 28))


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("Which novelist was born in Oslo?", True),
        ("List the novelists.", True),
        ("Has any novelist won a prize?", True),
        ("Who is the novelist of Nine Tides?", False),
        ("Who are the novelists of the club?", False),
        ("Who are Oslo's novelists?", False),
        ("Who are the Moors' novelists?", False),
        ("Which of her novelists are known?", False),
        ("Who is the novelist?", False),
    ],
)
def test_a_sort_is_not_what_something_has(memory, question, sort):
    (one,) = common_names(memory, question, ())
    assert is_sort(question, one) is sort


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("List the novelists.", {"Ada Brook", "Cora Vale"}),
        ("Who are the novelists?", {"Ada Brook", "Cora Vale"}),
        ("Which novelist was born in Oslo?", {"Ada Brook"}),
        ("Which sculptor was born in Oslo?", {"Ben Moor"}),
        ("Who is the author of Nine Tides?", {"Ada Brook"}),
    ],
)
def test_a_sort_is_looked_up(head, memory, question, given):
    answer = head.answer(question, memory, QuestionContext())
    assert {one.name for one in answer.answers} == given, answer.text


def test_a_sort_that_nothing_is_of_is_not_passed_over(head, memory):
    answer = head.answer("Which sculptor was born in Bristol?", memory, QuestionContext())
    assert answer.abstained, answer.text
    assert "sculptor" in answer.text
