"""Questions that lean on earlier ones, made whole; how they were taken is said."""

from datetime import date

import pytest

from worker.heads.encoder.followups import in_full
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.types import RelationSpec, Turn

TODAY = date(2024, 6, 1)
KNOWS = RelationSpec("r", "knows")
TYPES = {"Marie Curie": "PER", "Pierre Curie": "PER", "Warsaw": "LOC", "Paris": "LOC",
         "Emma": "MISC", "Jane Austen": "PER", "Acme": "ORG", "Tom": "PER"}  # fmt: skip


@pytest.fixture
def memory():
    memory = InMemoryMemory([KNOWS])
    for name, type_ in TYPES.items():
        memory.add(Named(name, type_), "r", "Nobody at all")
    return memory


def turn(memory, question, *names):
    entities = [memory.find_entities(name)[0][2] for name in names]
    return Turn(question, "", tuple(entities))


def full(memory, question, *turns):
    return in_full(question, [turn(memory, *one) for one in turns], memory.find_entities, TODAY)


MARIE = ("Where was Marie Curie born?", "Marie Curie", "Warsaw")
SPOUSE = ("Who was the husband of Marie Curie?", "Marie Curie", "Pierre Curie")
AUTHOR = ("Who wrote Emma?", "Emma", "Jane Austen")


@pytest.mark.parametrize(
    ("turns", "question", "text", "taken"),
    [
        ([MARIE], "And her husband?", "Marie Curie's husband?", "“her” is taken for Marie Curie."),
        ([MARIE], "When did she die?", "When did Marie Curie die?", "“she” is taken for"),
        ([MARIE], "Who else was born there?", "Who else was born in Warsaw?", "“there” is taken"),
        ([MARIE], "What is its country?", "What is Warsaw's country?", "“its” is taken for Warsaw"),
        ([SPOUSE], "Where did he die?", "Where did Pierre Curie die?", "“he” is taken for Pierre"),
        ([SPOUSE], "And where did she die?", "where did Marie Curie die?", "“she” is taken for Ma"),
        ([AUTHOR], "When was it published?", "When was Emma published?", "“it” is taken for Emma"),
        ([AUTHOR], "Where was she born?", "Where was Jane Austen born?", "“she” is taken for Jane"),
        ([MARIE, AUTHOR], "When was it published?", "When was Emma published?", "“it” is taken"),
        ([MARIE], "What about Pierre Curie?", "Where was Pierre Curie born?", "Taken for the que"),
        ([MARIE], "And Pierre Curie?", "Where was Pierre Curie born?", "Taken for the question"),
        ([MARIE], "And when?", "When was Marie Curie born?", "Taken for the question"),
        ([("In which city did Pierre Curie die?", "Pierre Curie", "Paris")], "When?",
         "When did Pierre Curie die?", "Taken for the question"),
        ([("Who led Acme in 1990?", "Acme", "Tom")], "And in 1995?", "Who led Acme in 1995?",
         "Taken for the question"),
    ],
)  # fmt: skip
def test_it_makes_a_question_whole(memory, turns, question, text, taken):
    found = full(memory, question, *turns)
    assert found.text == text
    assert len(found.understood) == 1
    assert found.understood[0].startswith(taken)


@pytest.mark.parametrize(
    "question",
    [
        "Where was Jane Austen born?",
        "Is it true that Emma was written by Jane Austen?",
        "Who is Jane Austen and where was she born?",
        "Are there any books by Jane Austen?",
        "",
    ],
)
def test_it_leaves_a_whole_question_alone(memory, question):
    assert full(memory, question, MARIE).text == question
    assert full(memory, question, MARIE).understood == ()


def test_it_needs_an_earlier_turn(memory):
    assert full(memory, "And her husband?").text == "And her husband?"


def test_it_follows_a_chain_of_pronouns(memory):
    turns = [SPOUSE, ("Where did he die?", "Pierre Curie", "Paris")]
    assert full(memory, "And where was she born?", *turns).text == "where was Marie Curie born?"
    assert full(memory, "Who else died there?", *turns).text == "Who else died in Paris?"


def test_it_knows_an_entity_of_an_earlier_turn_by_its_alias():
    memory = InMemoryMemory([KNOWS])
    memory.add(Named("Marie Curie", "PER", aliases=["Madame Curie"]), "r", Named("Warsaw", "LOC"))
    asked = ("Where was Madame Curie born?", "Marie Curie", "Warsaw")
    assert full(memory, "When did she die?", asked).text == "When did Marie Curie die?"
    assert full(memory, "Which river is it on?", asked).text == "Which river is Warsaw on?"


def test_it_does_not_take_a_person_for_it(memory):
    found = full(memory, "When was it founded?", ("Who is Tom?", "Tom"))
    assert found.text == "When was it founded?"


def test_a_lone_question_word_after_yes_or_no_stays_what_it_is(memory):
    yes_or_no = ("Was Marie Curie born in Warsaw?", "Marie Curie", "Warsaw")
    assert full(memory, "When?", yes_or_no).text == "When?"
