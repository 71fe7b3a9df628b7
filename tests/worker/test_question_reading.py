"""Names and nested phrases in questions, and who is the subject: no model needed."""

import pytest

pytest.importorskip("torch")

from worker.heads.encoder.direction import is_stated
from worker.heads.encoder.hops import nested
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


def test_it_leaves_out_common_words():
    assert found("What film is it?", "What", "film", "It") == []


@pytest.mark.parametrize(
    ("question", "inner"),
    [
        ("Who is the spouse of the director of X?", "the director of X"),
        ("In which country is the town where X was born?", "the town where X was born"),
        ("Who is the mother of X's wife?", "X's wife"),
        ("Where was the man who founded X born?", "the man who founded X"),
    ],
)
def test_it_splits_a_question_in_two(question, inner):
    step = nested(question, named(question, "X"))
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
    ],
)
def test_it_leaves_a_question_of_one_step_whole(question):
    assert nested(question, named(question, "X")) is None


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
