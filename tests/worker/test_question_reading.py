"""Names and nested phrases in questions, and who is the subject: no model needed."""

from datetime import date

import pytest

pytest.importorskip("torch")

from worker.english.asked_types import asked_types
from worker.heads.encoder.asked_time import time_of
from worker.heads.encoder.coordination import one_by_one
from worker.heads.encoder.direction import is_stated
from worker.heads.encoder.hops import all_nested
from worker.heads.encoder.mentions import NamedEntity, named_entities
from worker.heads.encoder.relation_matching import mask, plain_question, relation_text
from worker.heads.scripted.memory import InMemoryMemory
from worker.types import EntityRef, RelationSpec

LIKES = RelationSpec("r", "likes", template="{subject} likes {object}.")


def named(question: str, name: str, type_: str = "") -> NamedEntity:
    start = question.index(name)
    return NamedEntity(start, start + len(name), (EntityRef(name, name, type_),))


def found(question: str, *names: str) -> list[str]:
    memory = InMemoryMemory([LIKES])
    for name in names:
        memory.add(name, "r", "something else")
    return [question[n.start : n.end] for n in named_entities(memory, question)]


def test_it_prefers_the_longest_name():
    assert found("Who likes New York City?", "York", "New York", "New York City") == [
        "New York City"
    ]


def test_it_leaves_out_a_piece_of_a_longer_unknown_name():
    assert found("Who directed The Great Escape?", "Great") == []
    assert found("Where was Niels Bohr born?", "Bohr") == []
    assert found("Where was King Bohr born?", "Bohr") == ["Bohr"]
    assert found("Is Bohr Danish?", "Bohr", "Danish") == ["Danish", "Bohr"]


def test_it_takes_no_opening_of_a_question_for_a_name():
    assert found("Is it true that Bohr likes it?", "Is It True", "Bohr") == ["Bohr"]
    assert found("Who sang Is It True?", "Is It True", "Bohr") == ["Is It True"]


def test_it_ranks_names_by_how_they_are_named():
    refs = [
        EntityRef("1", "Curry", "PER", how="spelling", edits=2),
        EntityRef("2", "Marie Curie", how="partial"),
        EntityRef("3", "Madame", how="alias"),
        EntityRef("4", "U.S.", how="exact"),
        EntityRef("5", "Curi", how="spelling", edits=1),
    ]
    mention = NamedEntity(0, 3, tuple(refs))
    assert [[ref.id for ref in tier] for tier in mention.ranked("U.S?")] == [
        ["4"], ["3"], ["2"], ["5"], ["1"],
    ]  # fmt: skip


def test_it_leaves_out_common_words():
    assert found("What film is it?", "What", "film", "It") == []


@pytest.mark.parametrize(
    ("question", "inner"),
    [
        ("Who is the spouse of the director of X?", "the director of X"),
        ("In which country is the town where X was born?", "the town where X was born"),
        ("Who is the mother of X's wife?", "X's wife"),
        ("Where was the man who founded X born?", "the man who founded X"),
        ("What is X's wife called?", "X's wife"),
        ("Where was X's father born?", "X's father"),
    ],
)
def test_it_splits_a_question_in_two(question, inner):
    step = next(all_nested(question, named(question, "X")), None)
    assert step is not None
    assert step.inner == question[step.start : step.end] == inner
    assert step.inner[step.name_at] == "X"


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of X?",
        "Which city is the capital of X?",
        "Who is X's father?",
        "Where was X born?",
        "Tell me the name of X",
        "What lies within the administrative area of X?",
        "How many things are the basin countries of X?",
        "Where does the river X end?",
        "Who was born in the city of X?",
        "Give me the title of a recording performed by X.",
        "I'm looking for the name of the mother of X.",
        "What is X's mother tongue?",
        "What's X's place of residence?",
        "Who was X's male parent?",
    ],
)
def test_it_leaves_a_question_of_one_step_whole(question):
    assert not list(all_nested(question, named(question, "X")))


FOUNDED = RelationSpec("f", "founded by", template="{subject} was founded by {object}.")
FATHER = RelationSpec("p", "father", template="The father of {subject} is {object}.")


@pytest.mark.parametrize(
    ("question", "relation", "subject"),
    [
        ("Did A found B?", FOUNDED, "B"),
        ("Was A founded by B?", FOUNDED, "A"),
        ("Is A the father of B?", FATHER, "B"),
        ("Is the father of A B?", FATHER, "A"),
        ("Does A like B?", LIKES, "A"),
    ],
)
def test_it_knows_who_is_the_subject(question, relation, subject):
    a, b = named(question, "A", "PER"), named(question, "B", "PER")
    assert is_stated(question, relation, a, b, first=a) == (subject == "A")
    assert is_stated(question, relation, b, a, first=a) == (subject == "B")


def test_it_describes_both_sides_of_a_relation():
    relation = RelationSpec("r", "father", aliases=("dad",), inverse_name="child",
                            template="The father of {subject} is {object}.")  # fmt: skip
    assert relation_text(relation, "subject") == "father; The father of this is what; dad"
    assert relation_text(relation, "object") == "child; The father of what is this; dad"
    bare = RelationSpec("r", "likes", description="what a person is fond of")
    assert relation_text(bare, "object") == (
        "likes of; what has likes this; what a person is fond of"
    )


def test_it_masks_the_name_by_its_type():
    assert mask("Where was Ada born?", 10, 13, "PER") == "Where was this person born?"
    assert mask("Where was Ada born?", 10, 13, "") == "Where was this born?"
    assert plain_question(" Please,  where\nis it ?") == "where is it"


@pytest.mark.parametrize(
    ("text", "names", "texts"),
    [
        ("Where were A and B born?", ["A", "B"], ["Where were A born?", "Where were B born?"]),
        ("Who wrote both A and B, and are they good?", ["A", "B"],
         ["Who wrote A, and are they good?", "Who wrote B, and are they good?"]),
        ("Were A and B born in C?", ["A", "B", "C"], ["Were A born in C?", "Were B born in C?"]),
        ("Were A and B married?", ["A", "B"], ["Were A and B married?"]),
        ("Who directed A and B?", ["A", "B"], ["Who directed A?", "Who directed B?"]),
        ("Who leads A, B?", ["A", "B"], ["Who leads A, B?"]),
        ("Who founded A and B's club?", ["A", "B"], ["Who founded A and B's club?"]),
        ("How many films did A and B make?", ["A", "B"], ["How many films did A and B make?"]),
        ("Where were A by B made?", ["A", "B"], ["Where were A by B made?"]),
        ("Where was A born?", ["A"], ["Where was A born?"]),
    ],
)  # fmt: skip
def test_it_asks_for_each_name_of_a_list(text, names, texts):
    assert one_by_one(text, [named(text, name) for name in names]) == texts


@pytest.mark.parametrize(
    ("question", "types"),
    [
        ("Who wrote it?", {"PER", "ORG"}),
        ("In which city was X born?", {"LOC"}),
        ("When was X born?", {"TIME"}),
        ("Which small town is it in?", {"LOC"}),
        ("Name a film by X", {"MISC"}),
        ("What is X?", set()),
        ("", set()),
    ],
)
def test_it_knows_what_kind_of_thing_is_asked_for(question, types):
    assert asked_types(question) == types


@pytest.mark.parametrize(
    ("question", "names", "words", "rest"),
    [
        ("Who led X in 1998?", ["X", "1998"], "in 1998", ["X"]),
        ("Who was born in 1998?", ["1998"], None, ["1998"]),
        ("Who won the 1998 Cup in X?", ["1998 Cup", "X"], None, ["1998 Cup", "X"]),
    ],
)
def test_it_tells_when_from_what(question, names, words, rest):
    timed, others = time_of(question, [named(question, n) for n in names], date(2024, 6, 1))
    assert (timed.time.words if timed else None) == words
    assert [question[n.start : n.end] for n in others] == rest
