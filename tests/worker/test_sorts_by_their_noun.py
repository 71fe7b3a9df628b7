"""Nouns that stand for all sorts which they are the last word of, and the sets made of these."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.encoder.ranked import linked_of
from worker.heads.encoder.ranked_answers import Unread
from worker.heads.encoder.read_head import EncoderReadHead
from worker.heads.encoder.sorts import sorts_ending_in
from worker.reading.canonical import canonical
from worker.types import QuestionContext

PEOPLE = ["Ada Brook", "Ben Moor", "Cora Vale", "Dora Lind", "Emil Brook"]
THINGS = ["Lake Eye", "Old Turner", "River Drum", "Silver Ring", "Blue Top", "Green Top"]
SORTS = ["Ferris wheel", "water wheel", "minister of culture", "finance minister", "circus", "drum"]
TYPES = {
    **dict.fromkeys(PEOPLE, "PER"), **dict.fromkeys(THINGS, "ORG"), **dict.fromkeys(SORTS, "MISC"),
    "Hartwin": "ORG", "Lisbrook": "LOC", "Quenby": "LOC", "1974": "TIME",
}  # fmt: skip
FACTS = [
    ("Lake Eye", "P31", "Ferris wheel"), ("Old Turner", "P31", "water wheel"),
    ("River Drum", "P31", "drum"),
    ("Silver Ring", "P31", "circus"), ("Blue Top", "P31", "circus"), ("Green Top", "P31", "circus"),
    ("Blue Top", "P576", "1974"),
    ("Lake Eye", "P176", "Hartwin"), ("River Drum", "P176", "Hartwin"),
    ("Ada Brook", "P39", "minister of culture"), ("Ben Moor", "P39", "finance minister"),
    ("Cora Vale", "P39", "minister of culture"),
    ("Ada Brook", "P19", "Lisbrook"), ("Ben Moor", "P19", "Lisbrook"),
    ("Cora Vale", "P19", "Quenby"), ("Emil Brook", "P22", "Ben Moor"),
    ("Dora Lind", "P25", "Ada Brook"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    return standard_memory(typed(FACTS, TYPES))


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead(today=lambda: date(2026, 11, 28))


@pytest.mark.parametrize(
    ("question", "sorts"),
    [
        ("Which wheels did Hartwin build?", {"Ferris wheel", "water wheel"}),
        ("What did Hartwin build other than the wheel?", {"Ferris wheel", "water wheel"}),
        ("Which minister was born in Quenby?", {"minister of culture", "finance minister"}),
        ("Who is the minister of Arda?", set()),
        ("Which of her ministers are known?", set()),
        ("Which drums did Hartwin build?", set()),  # the memory knows that very name
        ("Where was Ada born?", set()),
    ],
)
def test_a_noun_stands_for_all_sorts_that_end_in_it(memory, question, sorts):
    found = sorts_ending_in(memory, question, (), frozenset())
    assert {entity.name for one in found for entity in one.entities} == sorts


def test_what_is_named_already_is_no_sort(memory):
    question = "Which wheels did Hartwin build?"
    (one,) = sorts_ending_in(memory, question, (), frozenset())
    assert sorts_ending_in(memory, question, [one], frozenset()) == []


def test_a_word_that_asks_for_a_relation_is_none_behind_the(memory):
    question = "Who made the wheel?"
    assert sorts_ending_in(memory, question, (), frozenset(["wheel"])) == []
    assert sorts_ending_in(memory, "Who made wheels?", (), frozenset(["wheel"])) != []


def test_a_sort_without_facts_is_none():
    bare = standard_memory(typed([("Ada Brook", "P19", "Lisbrook")], TYPES))
    assert sorts_ending_in(bare, "Which wheels are there?", (), frozenset()) == []


def readings_of(head, memory, question):
    made = head.ranked._made(Unread(question, memory, date(2026, 11, 28)), 60)
    return {canonical(one.candidate.question): one.candidate for one in made[3]}


@pytest.mark.parametrize(
    ("question", "reading", "ends"),
    [
        ("Which ministers were born in Lisbrook?",
         "which people whose place of birth is Lisbrook and whose position held is ministers",
         {"Ada Brook", "Ben Moor"}),
        ("Which circuses have not been dissolved?",
         "which things whose instance of is circus except those with a dissolved or abolished",
         {"Silver Ring", "Green Top"}),
        ("What did Hartwin build other than the wheel?",
         "which things whose manufacturer is Hartwin except things whose instance of is wheel",
         {"River Drum"}),
        ("Which ministers have no children?",
         "which people whose position held is ministers except those with a child",
         {"Cora Vale"}),
    ],
)  # fmt: skip
def test_sets_are_made_of_sorts(head, memory, question, reading, ends):
    found = readings_of(head, memory, question)
    assert reading in found, list(found)
    assert {one.name for one in found[reading].ends} == ends


def test_an_answer_of_a_sort_cites_what_it_rests_on(head, memory):
    answer = head.answer("Which circuses have not been dissolved?", memory, QuestionContext())
    assert {one.name for one in answer.answers} == {"Silver Ring", "Green Top"}, answer.text
    assert len(answer.cited) == len({fact.triple_id for fact in answer.cited}) >= 2


def test_a_question_too_long_has_no_readings(memory):
    assert linked_of("which wheels " * 30, (), None) is None
