"""Readings made from what a memory knows: which there are, how they are said, which is taken."""

import json
from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from tests.worker.rankers import BY_WORDS, Counting, shipped_matcher
from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import time_of
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.ranked import linked_of, readings
from worker.heads.encoder.ranking import MalformedRanking, Ranking, best_reading, passes_over
from worker.heads.scripted.memory import InMemoryMemory
from worker.reading.around import Around
from worker.reading.canonical import canonical
from worker.reading.execute import Execution, measure_of
from worker.reading.question import AllOf, Option, Picked, Question, Reached, Thing, Without
from worker.reading.stored import as_json, from_json
from worker.types import EntityRef, QuestionContext, RelationSpec

TODAY = date(2026, 11, 26)
TYPES = {
    **dict.fromkeys(["Dora Lind", "Nils Berg", "Tom Poe", "Sam Ott", "Ann Holt"], "PER"),
    **dict.fromkeys(["Norway", "Spain", "Oslo"], "LOC"),
    "Halden FC": "ORG",
    **dict.fromkeys(["Iron Winter", "Salt Road"], "MISC"),
    **dict.fromkeys(["1990-05-01", "2001-03-02"], "TIME"),
}
FACTS = [
    ("Iron Winter", "P57", "Dora Lind"), ("Salt Road", "P57", "Dora Lind"),
    ("Iron Winter", "P577", "1990-05-01"), ("Salt Road", "P577", "2001-03-02"),
    ("Tom Poe", "P54", "Halden FC"), ("Sam Ott", "P54", "Halden FC"),
    ("Ann Holt", "P54", "Halden FC"), ("Ann Holt", "P27", "Norway"),
    ("Tom Poe", "P27", "Norway"), ("Sam Ott", "P27", "Spain"),
    ("Dora Lind", "P19", "Oslo"), ("Dora Lind", "P26", "Nils Berg"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    return standard_memory(typed(FACTS, TYPES))


def signs_of(memory, text):
    timed, others = time_of(text, named_entities(memory, text), TODAY)
    linked = linked_of(text, others, timed)
    if linked is None:
        return None, []
    return linked, readings(shipped_matcher(), Counting(), memory, linked, TODAY, BY_WORDS.first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Where was the maker of Iron Winter born?",
         "what is the place of birth of the director of Iron Winter"),
        ("Who at Halden FC holds a passport of Norway?",
         "which people whose country of citizenship is Norway and whose member of sports team is "
             "Halden FC"),
        ("How many turn out for Halden FC?",
         "how many people whose member of sports team is Halden FC"),
        ("Who plays for Halden FC besides Tom Poe?",
         "which people whose member of sports team is Halden FC except Tom Poe"),
        ("Which of Dora Lind's films is the newest?",
         "what is the newest of things whose director is Dora Lind by publication date"),
        ("Which films did Dora Lind make before 1995?",
         "which things whose director is Dora Lind and whose publication date is before 1995"),
    ],
)  # fmt: skip
def test_what_is_meant_is_among_the_readings(memory, text, said):
    _, signs = signs_of(memory, text)
    assert said in {canonical(one.candidate.question) for one in signs}


def test_only_what_the_memory_can_answer_is_a_reading(memory):
    _, signs = signs_of(memory, "Who is the spouse of Nils Berg's doctor?")
    reached = [one for one in signs if one.candidate.question.form == "which"]
    execution = Execution(Reading(memory, today=TODAY))
    assert reached
    assert all(execution.find(one.candidate.question.target).members for one in reached)


def test_a_name_a_not_and_an_except_are_never_passed_over(memory):
    for text in ("Who is not with Halden FC?", "Who plays for Halden FC except Tom Poe?"):
        _, signs = signs_of(memory, text)
        plain = "which people whose member of sports team is Halden FC"
        found = [one for one in signs if canonical(one.candidate.question) == plain]
        assert found
        assert all(passes_over(one.figures) for one in found)


def test_an_answer_says_how_it_was_understood(memory):
    text = "Where was the director of Iron Winter born?"
    linked, signs = signs_of(memory, text)
    meant = [one for one in signs if len(one.candidate.steps) == 2 and one.figures["typed"] > 0]
    ranked = best_reading(
        BY_WORDS, meant, text, linked.items, lambda time: Reading(memory, time, today=TODAY)
    )
    assert ranked is not None
    assert [one.name for one in ranked.answer.answers] == ["Oslo"]
    assert ranked.answer.understood[0] == f"Understood as: {ranked.said}."
    assert [trace.result.facts for trace in ranked.answer.reads]


@pytest.mark.parametrize(
    "text", ["", "Who " + "really " * 1_400 + "knows Tom Poe?", "x" * 10_000, "who is who?", "?!"]
)
def test_texts_that_ask_nothing_are_not_read(head, memory, text):
    assert head.answer(text, memory, QuestionContext()).abstained


def test_fifty_names_are_too_many(head):
    names = [f"Zed Quorn{n}" for n in range(50)]
    crowd = standard_memory([(name, "PER", "P19", "Oslo", "LOC") for name in names])
    text = f"Who of {', '.join(names)} is the eldest?"
    linked, _ = signs_of(crowd, text)
    assert linked is None
    assert head.answer(text, crowd, QuestionContext()).abstained


def test_an_empty_memory_has_no_readings(head):
    answer = head.answer("Where was Ada Brook born?", InMemoryMemory([]), QuestionContext())
    assert answer.abstained


def test_what_stands_around_things_is_looked_up_at_once(memory):
    relations = {relation.id: relation for relation in memory.relations()}
    director = (relations["P57"], "object")
    around = Around(memory, [director, (relations["P19"], "subject")])
    (dora,) = [entity for _, _, entity in memory.find_entities("Dora Lind")]
    around.look([dora, EntityRef("", "nobody")])
    assert [one.name for one in around.reached([dora], director)] == ["Iron Winter", "Salt Road"]
    assert len(around.steps_from([dora])) == 2
    assert around.facts(EntityRef("e:x", "X"), director) == ()


def test_sets_are_picked_by_a_measure():
    employees = RelationSpec("X1", "number of employees", object_types=("NUM",))
    owner = RelationSpec("P1", "owned by")
    memory = InMemoryMemory([employees, owner])
    for name, number in (("Lab", "900"), ("Mill", "28"), ("Yard", "1,200")):
        memory.add(name, "P1", "Holt Group")
        memory.add(name, "X1", number)
    owned = Reached(Thing((EntityRef("e:holt group", "Holt Group"),), "Holt Group"),
                    (Option(owner, "object"),))  # fmt: skip
    by = Option(employees, "subject")
    for place, name in ((-1, "Yard"), (0, "Mill"), (1, "Lab")):
        target = Picked(owned, place, "largest", by=by)
        found = Execution(Reading(memory, today=TODAY)).find(target).all
        assert [one.entity.name for one in found] == [name]
    question = Question("which", Picked(owned, -1, "largest", by=by))
    assert from_json(json.loads(json.dumps(as_json(question))), {"X1": employees, "P1": owner}) == (
        question
    )


def test_what_is_no_number_measures_nothing():
    assert measure_of(EntityRef("1", "Oslo")) is None
    assert measure_of(EntityRef("1", "28 people")) == ("people", 28.0)
    assert measure_of(EntityRef("1", "1990-05-01"))[0] == "day"


def test_values_are_said_in_canonical_words():
    ada = Thing((EntityRef("1", "Ada Brook", "PER"),), "Ada")
    oslo = Thing((EntityRef("2", "Oslo", "LOC"),), "Oslo")
    spouse = RelationSpec("P26", "spouse", subject_types=("PER",), object_types=("PER",))
    born = RelationSpec("P19", "place of birth", subject_types=("PER",), object_types=("LOC",))
    wed = Reached(ada, (Option(spouse, "subject"),))
    natives = Reached(oslo, (Option(born, "object"),))
    said = {
        Question("which", wed): "what is the spouse of Ada Brook",
        Question("which", natives): "which people whose place of birth is Oslo",
        Question("whether", natives, among=ada): (
            "is Ada Brook one of the people whose place of birth is Oslo"
        ),
        Question("how many", AllOf((wed, natives))): (
            "how many the spouse of Ada Brook and whose place of birth is Oslo"
        ),
        Question("which", Without(natives, (ada,))): (
            "which people whose place of birth is Oslo except Ada Brook"
        ),
        Question("how old", wed): "how old is the spouse of Ada Brook",
        Question("about", ada): "everything about Ada Brook",
    }
    assert {canonical(question) for question in said} == set(said.values())


@pytest.mark.parametrize(
    "manifest",
    [{}, {"order": {}, "sure": {}}, {"order": [], "sure": {}, "least": 1},
     {"order": {"sum": "much"}, "sure": {}, "least": 1},
     {"order": {"sum": float("nan")}, "sure": {}, "least": 1}],
)  # fmt: skip
def test_malformed_weights_are_refused(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MalformedRanking):
        Ranking.of(tmp_path)
