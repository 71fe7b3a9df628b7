"""Titles before names, and names that contain one."""

import doctest

import pytest

from worker.english import titles
from worker.english.titles import is_title, titles_at_start
from worker.heads.encoder.mentions import named_entities
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.types import RelationSpec


def test_its_examples_hold():
    assert doctest.testmod(titles).failed == 0


@pytest.mark.parametrize("word", ["Prof.", "QUEEN", "Mrs", "Vice-President", "rev.", "Lt."])
def test_it_knows_a_title_however_it_is_written(word):
    assert is_title(word)


@pytest.mark.parametrize("word", ["", "The", "was", "Who", "Great", "Marie", "-", "."])
def test_it_takes_no_other_word_for_one(word):
    assert not is_title(word)


@pytest.mark.parametrize(
    ("words", "count"),
    [(["Queen"], 0), (["Prof", "Dr", "Curie"], 2), (["The", "late", "King", "Harald"], 3),
     (["King", "Records"], 1), (["Great", "King"], 0), ([], 0)],
)  # fmt: skip
def test_it_counts_the_words_of_a_title(words, count):
    assert titles_at_start(words) == count


@pytest.mark.parametrize(
    ("question", "known", "found"),
    [
        ("Where is Saint Petersburg?", [("Petersburg", "LOC")], []),
        ("Where is Bishop Auckland?", [("Auckland", "LOC")], []),
        (
            "Who founded King Records?",
            [("King Records", "ORG"), ("Records", "ORG")],
            ["King Records"],
        ),
        ("Where was Prince born?", [("Prince", "PER")], ["Prince"]),
        ("Where was Prince Philip born?", [("Prince", "PER")], []),
        (
            "Where was Prince Philip born?",
            [("Philip", "PER"), ("Prince", "PER")],
            ["Philip", "Prince"],
        ),
        ("Where was Martin Luther King born?", [("Martin Luther", "PER")], []),
        ("Was Ada Brook President in 1990?", [("Ada Brook", "PER")], ["Ada Brook"]),
        ("Where was The Reverend Ada Brook born?", [("Ada Brook", "")], ["Ada Brook"]),
        ("Where was Dean Martin born?", [("Martin", "PER")], []),
        ("Where was Dean Ada Brook born?", [("Ada Brook", "PER")], ["Ada Brook"]),
        ("Was Amartya Sen born in Dhaka?", [("Amartya", "PER")], []),
        ("Was Harald King of Norway?", [("Harald", "PER")], ["Harald"]),
        ("Did Martin Luther King visit Memphis?", [("Martin Luther", "PER")], []),
        ("Where was Her Majesty Queen Ada Brook born?", [("Ada Brook", "PER")], ["Ada Brook"]),
        ("Who is Judge Brook's mother?", [("Brook", "PER")], ["Brook"]),
        ("Who directed The Great Escape?", [("Great", "MISC")], []),
    ],
)
def test_it_leaves_names_that_contain_one_whole(question, known, found):
    memory = InMemoryMemory([RelationSpec("r", "likes")])
    for name, type_ in known:
        memory.add(Named(name, type_), "r", "something else")
    named = named_entities(memory, question)
    assert [one.entities[0].name for one in named] == found
