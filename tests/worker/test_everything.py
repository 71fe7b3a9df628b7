"""Sets for which a question names nothing: all that have a child, by how many they have."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.english.asked_types import kind_asked_for, types_never_asked_for
from worker.heads.answering import MOST_OF_ALL, Reading
from worker.heads.timing import AskedTime
from worker.reading.canonical import canonical
from worker.reading.counts import numbers_asked
from worker.reading.execute import MOST_APART, MOST_THINGS, Execution
from worker.reading.items import items_of
from worker.reading.look_up import looked_up
from worker.reading.parts import parts_of
from worker.reading.question import (
    AllOf,
    Anything,
    Counted,
    Option,
    Picked,
    Question,
    Reached,
    Without,
    options_in,
    steps_in,
)
from worker.reading.relative_times import relative_times
from worker.reading.say import described
from worker.reading.stored import MalformedQuestion, as_json, from_json
from worker.types import QuestionContext

TODAY = date(2026, 11, 26)
NAMES = ["Ada Brook", "Ben Cole", "Cy Dent", "Eve Fox", "Gus Hale", "Ida Jost"]
TYPES = {**dict.fromkeys(NAMES, "PER"), "Oslo": "LOC", "1950": "TIME", "1980-02-01": "TIME"}
FACTS = [
    ("Ada Brook", "P40", "Cy Dent"), ("Ada Brook", "P40", "Eve Fox"),
    ("Ada Brook", "P40", "Gus Hale"), ("Ben Cole", "P40", "Ida Jost"),
    ("Ada Brook", "P569", "1950"), ("Ben Cole", "P569", "1980-02-01"),
    ("Cy Dent", "P19", "Oslo"), ("Ben Cole", "P19", "Oslo"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    return standard_memory(typed(FACTS, TYPES))


def step(memory, property_, known):
    relation = next(one for one in memory.relations() if one.wikidata_property == property_)
    return Option(relation, known)


def all_with(memory, property_, known="object"):
    return Reached(Anything(), (step(memory, property_, known),))


def names(memory, node, time=None):
    reading = Reading(memory, time, today=TODAY)
    found = Execution(reading).find(node)
    return [one.entity.name for one in found.all], reading, found


def test_one_read_leads_to_all_on_a_side_of_a_relation(memory):
    found, reading, _ = names(memory, all_with(memory, "P40"))
    assert found == ["Ada Brook", "Ben Cole"]
    assert [trace.call for trace in reading.traces] == [
        "({MEM_READ(>>child>>)--> Ada Brook; Ben Cole})"
    ]
    assert names(memory, all_with(memory, "P40", "subject"))[0] == NAMES[2:]


def test_what_is_not_recorded_leads_nowhere(memory):
    found, _, whole = names(memory, all_with(memory, "P26"))
    assert not found
    assert not whole.cut


def test_nobody_looks_through_all_that_there_is(memory):
    assert names(memory, Anything())[2].cut


@pytest.mark.parametrize(
    ("sign", "number", "who"),
    [
        (">", 1, ["Ada Brook"]), (">=", 3, ["Ada Brook"]), ("=", 1, ["Ben Cole"]), (">", 3, []),
        ("<", 3, ["Ben Cole"]), ("<=", 3, ["Ada Brook", "Ben Cole"]), ("=", 0, []),
    ],
)  # fmt: skip
def test_things_are_told_by_how_many_they_have(memory, sign, number, who):
    children = step(memory, "P40", "subject")
    node = Counted(all_with(memory, "P40"), children, sign, number, f"{sign} {number}")
    assert names(memory, node)[0] == who


def test_more_things_than_are_looked_at_are_not_told_of_as_all():
    facts = [(f"P{n}", "P40", f"C{n}") for n in range(MOST_THINGS + 1)]
    many = standard_memory(
        typed(facts, dict.fromkeys([e for s, _, o in facts for e in (s, o)], ""))
    )
    children = step(many, "P40", "subject")
    counted = Counted(all_with(many, "P40"), children, ">", 0, "more than zero")
    assert names(many, counted)[2].cut


def test_what_is_counted_is_cited(memory):
    children = step(memory, "P40", "subject")
    node = Counted(all_with(memory, "P40"), children, ">", 2, "more than two")
    answer = looked_up(Question("which", node), lambda time: Reading(memory, time, today=TODAY))
    assert [fact.object.name for fact in answer.cited] == ["Cy Dent", "Eve Fox", "Gus Hale"]


@pytest.mark.parametrize(("place", "who"), [(-1, ["Ada Brook"]), (0, ["Ben Cole"]), (5, [])])
def test_a_set_is_ordered_by_number(memory, place, who):
    children = step(memory, "P40", "subject")
    node = Picked(all_with(memory, "P40"), place, "most", by=children, counted=True)
    assert names(memory, node)[0] == who


def test_a_set_without_all_that_have_something(memory):
    node = Without(all_with(memory, "P569"), (all_with(memory, "P19"),))
    assert names(memory, node)[0] == ["Ada Brook"]


def test_all_that_have_two_things(memory):
    node = AllOf((all_with(memory, "P40"), all_with(memory, "P19")))
    assert names(memory, node)[0] == ["Ben Cole"]


def test_a_relation_with_more_facts_than_a_read_returns_is_looked_through_by_nobody():
    people = [f"Person {number:04}" for number in range(MOST_OF_ALL + 1)]
    large = standard_memory(
        typed([(name, "P19", "Oslo") for name in people], dict.fromkeys([*people, "Oslo"], ""))
    )
    found, reading, whole = names(large, all_with(large, "P19"))
    assert not found
    assert whole.cut
    (trace,) = reading.traces
    assert trace.result.truncated
    assert names(large, Without(all_with(large, "P19"), (all_with(large, "P19"),)))[2].cut
    relation = step(large, "P19", "subject").relation
    assert large.whole([relation.id], MOST_OF_ALL) == []
    assert len(large.whole([relation.id], MOST_OF_ALL + 1)) == MOST_OF_ALL + 1


def test_many_things_are_read_at_once():
    born = {f"P{n}": str(1950 + n) for n in range(MOST_APART + 1)}
    types = {**dict.fromkeys(born, "PER"), **dict.fromkeys(born.values(), "TIME")}
    many = standard_memory(typed([(name, "P569", day) for name, day in born.items()], types))
    by = step(many, "P569", "subject")
    found, reading, _ = names(many, Picked(all_with(many, "P569"), 0, "oldest", by=by))
    assert found == ["P0"]
    assert len(reading.traces) == 1


def test_facts_of_a_time_alone_count():
    memory = standard_memory(typed([], {}))
    employer = next(one for one in memory.relations() if one.wikidata_property == "P108")
    memory.add("Ada Brook", employer.id, "Acme", valid_to=date(1990, 1, 1), superseded=True)
    memory.add("Ben Cole", employer.id, "Acme", valid_from=date(2000, 1, 1))
    node = Reached(Anything(), (Option(employer, "object"),))
    before = AskedTime(None, date(1985, 1, 1), "before 1985")
    assert names(memory, node, before)[0] == ["Ada Brook"]
    assert names(memory, node)[0] == ["Ben Cole"]


def questions(memory):
    children = step(memory, "P40", "subject")
    parents = all_with(memory, "P40")
    return {
        "which people with a child": Question("which", parents),
        "which people that are the child of something": Question(
            "which", all_with(memory, "P40", "subject")
        ),
        "which people with more than one child": Question(
            "which", Counted(parents, children, ">", 1, "more than one")
        ),
        "what is the most of people with a child by number of child": Question(
            "which", Picked(parents, -1, "most", by=children, counted=True)
        ),
        "are there any people with a child and with a place of birth": Question(
            "whether", AllOf((parents, all_with(memory, "P19")))
        ),
    }


def test_they_are_said_kept_and_read_back(memory):
    relations = {one.id: one for one in memory.relations()}
    for said, question in questions(memory).items():
        assert canonical(question) == said
        assert from_json(as_json(question), relations) == question
        assert described(question.target)
        assert parts_of(question)
        assert steps_in(question.target) == 1
        assert [*options_in(question.target)]


@pytest.mark.parametrize("values", [{"sign": "~"}, {"number": "x"}, {"by": None}])
def test_a_malformed_count_is_refused(memory, values):
    kept = as_json([*questions(memory).values()][2])
    kept["target"].update(values)
    with pytest.raises(MalformedQuestion):
        from_json(kept)


def test_whether_there_is_any_is_yes_or_nothing(memory):
    def asked(node):
        question = Question("whether", node)
        return looked_up(question, lambda time: Reading(memory, time, today=TODAY))

    assert asked(all_with(memory, "P40")).text.startswith("Yes.")
    assert asked(all_with(memory, "P26")) is None  # that none is recorded is no "no"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Who has more than three children?", [(">", 3)]),
        ("Who was married at least twice?", [(">=", 2)]),
        ("Who was married twice?", [("=", 2)]),
        ("Who has two or more employers?", [(">=", 2)]),
        ("Who has had several employers?", [(">", 1)]),
        ("Who has three employers?", [("=", 3)]),
        ("Who has no more than two children?", [("<=", 2)]),
        ("Who has a child?", []),
        ("Which one has children?", []),
        ("Who earned 2,500,000 euros?", []),
        ("Which firms have more than half a share?", []),
    ],
)
def test_numbers_of_things(text, asked):
    assert [(one.sign, one.value) for one in numbers_asked(items_of(text, []))] == asked


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Which bridges are older than fifty years?", None, date(1976, 11, 26)),
        ("Who is older than 60?", None, date(1966, 11, 26)),
        ("Who is younger than 30 years?", date(1996, 11, 27), None),
        ("Which towers are less than 50 years old?", date(1976, 11, 27), None),
        ("Which books came out within the last ten years?", date(2016, 11, 26), TODAY),
        ("Which shops opened since the turn of the century?", date(2000, 1, 1), None),
    ],
)
def test_times_by_an_age(text, start, end):
    (found,) = relative_times(text, TODAY)
    assert (found[2].start, found[2].end) == (start, end)


@pytest.mark.parametrize("text", ["older than 1950?", "older than Ada?", "older than 0 years?"])
def test_what_is_no_age(text):
    assert not [*relative_times(text, TODAY)]


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("Which professional football team do they play for?", ["ORG"]),
        ("Which film company made it?", ["ORG"]),
        ("How many Lysk-born people make films?", ["ORG", "PER"]),
        ("People from Lysk who write novels", ["ORG", "PER"]),
        ("In which small old town was Ada born?", ["LOC"]),
        ("Which of these is a town?", []),
        ("Who founded the company?", []),
        ("How many of the people in Oslo are actors?", ["ORG", "PER"]),
        ("How many of them are in films?", []),
        ("In how many places has Ada worked?", ["LOC", "ORG"]),
        ("", []),
    ],
)
def test_the_kind_that_is_asked_for(text, types):
    assert sorted(kind_asked_for(text)) == types


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Where did the founder of Acme go to school?", ["NUM", "PER", "TIME"]),
        ("The film has a sequel. Who plays in it?", ["MISC", "NUM", "TIME"]),
        ("Who's the film by?", []),
        ("Which film has a sequel?", []),
        ("The one who wrote it, where", []),
    ],
)
def test_types_that_no_answer_has(text, never):
    assert sorted(types_never_asked_for(text)) == never


QUESTIONS = {
    "Who was born before 1970?": ["Ada Brook"],
    "Who is the oldest of all?": ["Ada Brook"],
    "Which person is the youngest?": ["Ben Cole"],
    "How do I bake bread?": [],
    "who is who?": [],
    "What colour is it?": [],
    "Who has an umbrella?": [],
}


@pytest.mark.parametrize(("question", "who"), QUESTIONS.items())
def test_a_question_that_names_nothing_is_answered(head, memory, question, who):
    answer = head.answer(question, memory, QuestionContext())
    assert [one.name for one in answer.answers] == who
    assert answer.abstained == (not who)
    assert all(fact.triple_id for fact in answer.cited)


def test_players_are_no_team(head):
    """Where what is found is of another kind than what is asked for, nothing is answered."""
    types = {"Ada Brook": "PER", "Oslo": "LOC"}
    memory = standard_memory(typed([("Ada Brook", "P19", "Oslo")], types))
    answer = head.answer("Which team was born in Oslo?", memory, QuestionContext())
    assert answer.abstained
    assert not answer.cited
