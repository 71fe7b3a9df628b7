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
    return in_full(question, [turn(memory, *one) for one in turns], memory, TODAY)


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
        ([("Who came from Warsaw?", "Warsaw", "Marie Curie")], "And from Paris?",
         "Who came from Paris?", "Taken for the question"),
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


FILM = ("Who directed Emma?", "Emma", "Jane Austen")
LEAD = ("Who leads Acme?", "Acme", "Tom")


@pytest.mark.parametrize(
    ("turns", "question", "text", "words"),
    [
        ([FILM], "Who was the director?", "Who was the director of Emma?", ""),
        ([FILM], "And the director?", "the director of Emma?", ""),
        ([FILM], "Date of publication?", "Date of publication of Emma?", ""),
        ([FILM], "Published when?", "Emma was published when?", ""),
        ([FILM], "Who made the film?", "Who made Emma?", "the film"),
        ([FILM], "What is the name of the film's author?", "What is the name of Emma's author?",
         "the film"),
        ([FILM], "When did that come out?", "When did Emma come out?", "that"),
        ([FILM], "Who wrote that one?", "Who wrote Emma?", "that one"),
        ([FILM], "which country is the author a citizen of?",
         "which country is Jane Austen a citizen of?", "the author"),
        ([LEAD, FILM], "Where is the company?", "Where is Acme?", "the company"),
        ([LEAD, ("And since when?", "Acme", "Tom")], "Headquarters?", "Headquarters of Acme?", ""),
        ([("Who leads Acme?",)], "Headquarters?", "Headquarters of Acme?", ""),
    ],
)  # fmt: skip
def test_a_question_that_names_nothing_takes_the_topic(memory, turns, question, text, words):
    found = full(memory, question, *turns)
    assert (found.text, found.words) == (text, words)
    chosen = found.choices[0]
    assert chosen.text[chosen.start : chosen.end] == chosen.entity.name


@pytest.mark.parametrize(
    "question",
    [
        "Who leads Globex?",  # a name that nobody knows
        "Where was Tom born?",
        "Was that right?",
        "Thanks!",
        "Which city is Paris the capital of?",
        "Who wrote the book about Paris?",
    ],
)
def test_a_question_with_a_name_takes_no_topic(memory, question):
    assert full(memory, question, FILM).choices == ()
    assert full(memory, question, FILM).text == question


def test_what_else_a_topic_may_be_stands_beside_it(memory):
    found = full(memory, "Where was she born?", SPOUSE, AUTHOR)
    assert [one.entity.name for one in found.choices] == ["Jane Austen", "Marie Curie"]
    pierre = memory.find_entities("Pierre Curie")[0][2]
    turns = [turn(memory, *SPOUSE), turn(memory, *AUTHOR)]
    meant = in_full("Where was she born?", turns, memory, TODAY, topic=pierre)
    assert meant.text == "Where was Pierre Curie born?"
    assert [one.entity.name for one in meant.choices][:2] == ["Pierre Curie", "Jane Austen"]
    alone = in_full("Birth date?", (), memory, TODAY, topic=pierre)
    assert alone.text == "Birth date of Pierre Curie?"


def test_a_first_name_tells_whom_she_is_not(memory):
    found = full(memory, "Where was she born?", ("Who wrote Emma?", "Emma", "Tom"), MARIE)
    assert [one.entity.name for one in found.choices] == ["Marie Curie"]
