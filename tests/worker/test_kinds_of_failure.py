"""What was read wrongly or not at all, kind by kind: denials, numbers on record, kin, times."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from tests.worker.rankers import BY_WORDS, Counting, shipped_matcher
from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import time_of
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.ranked import linked_of, readings
from worker.heads.encoder.ranked_answers import is_all_left
from worker.heads.encoder.read_head import EncoderReadHead
from worker.heads.scripted.memory import InMemoryMemory
from worker.heads.scripted.memory import Named as Entity
from worker.reading.alignment import most_said
from worker.reading.amounts import recorded_number
from worker.reading.canonical import canonical
from worker.reading.compare import comparison
from worker.reading.execute import Execution
from worker.reading.items import Named, items_of
from worker.reading.kinship import kin_of
from worker.reading.look_up import looked_up
from worker.reading.moments import is_of_their_own, tells_when
from worker.reading.paired import of_the_same
from worker.reading.question import Option, Question, Reached, Thing, Without
from worker.types import EntityRef, QuestionContext, RelationSpec

TODAY = date(2026, 11, 26)
PEOPLE = ["Dora Lind", "Nils Berg", "Tom Poe", "Sam Ott", "Ann Holt", "Old Poe", "Gran Poe"]
TYPES = {
    **dict.fromkeys(PEOPLE, "PER"),
    **dict.fromkeys(["Norway", "Oslo", "Moss"], "LOC"),
    **dict.fromkeys(["Halden FC", "Kestrel Bank", "Moss School"], "ORG"),
    **dict.fromkeys(["Iron Winter", "Grey Prize"], "MISC"),
    **dict.fromkeys(["1950-05-01", "1990-05-01", "2001-03-02"], "TIME"),
}  # fmt: skip
FACTS = [
    ("Iron Winter", "P57", "Dora Lind"), ("Iron Winter", "P577", "1990-05-01"),
    ("Dora Lind", "P569", "1950-05-01"), ("Tom Poe", "P54", "Halden FC"),
    ("Sam Ott", "P54", "Halden FC"), ("Tom Poe", "P166", "Grey Prize"),
    ("Dora Lind", "P166", "Grey Prize"), ("Tom Poe", "P22", "Old Poe"),
    ("Old Poe", "P22", "Gran Poe"), ("Old Poe", "P570", "2001-03-02"),
    ("Sam Ott", "P25", "Ann Holt"), ("Nils Berg", "P25", "Ann Holt"),
    ("Tom Poe", "P25", "Dora Lind"), ("Ann Holt", "P19", "Oslo"),
    ("Nils Berg", "P108", "Kestrel Bank"),
]  # fmt: skip
STAFF = RelationSpec(
    "X9", "number of employees", aliases=("staff", "headcount"), subject_types=("ORG",),
    object_types=("NUM",), template="{subject} has {object} employees.",
)  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    plain = standard_memory()
    memory = InMemoryMemory([*plain.relations(), STAFF])
    for subject, subject_type, relation, object_, object_type in typed(FACTS, TYPES):
        memory.add(Entity(subject, subject_type), relation, Entity(object_, object_type))
    for who, start, end in (
        ("Ann Holt", date(1980, 1, 1), date(1996, 1, 1)),
        ("Sam Ott", date(1996, 1, 1), date(2005, 1, 1)),
        ("Nils Berg", date(2005, 1, 1), None),
    ):
        memory.add(Entity("Halden FC", "ORG"), "P488", Entity(who, "PER"),
                   valid_from=start, valid_to=end)  # fmt: skip
    memory.add(Entity("Dora Lind", "PER"), "P69", Entity("Moss School", "ORG"),
               valid_from=date(1968, 1, 1), valid_to=date(1972, 1, 1))  # fmt: skip
    memory.add(Entity("Kestrel Bank", "ORG"), "X9", Entity("420", "NUM"))
    return memory


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead(today=lambda: TODAY)


def said(memory, text):
    timed, others = time_of(text, named_entities(memory, text), TODAY)
    linked = linked_of(text, others, timed)
    found = readings(shipped_matcher(), Counting(), memory, linked, TODAY, BY_WORDS.first, 300)
    return {canonical(one.candidate.question) for one in found}


def relation(memory, id_):
    return next(one for one in memory.relations() if one.id == id_)


def thing(name, type_):
    return Thing((EntityRef(f"{name}", name, type_),), name)


def of(memory, name):
    return Thing((named_entities(memory, name)[0].entities[0],), name)


# What is denied.


def test_a_not_denies_what_is_named_after_it(memory):
    found = said(memory, "Who plays for Halden FC without the Grey Prize?")
    team, prize = "whose member of sports team is Halden FC", "whose award received is Grey Prize"
    kept = [one for one in found if one.startswith("which") and (" except " in one)]
    assert any(team in one.split(" except ")[0] for one in kept)
    assert not any(prize in one.split(" except ")[0] and team in one.split(" except ")[1]
                   for one in kept if team in one)  # fmt: skip


def test_a_not_behind_all_names_may_deny_either(memory):
    found = said(memory, "Grey Prize winners at Halden FC: who is not?")
    assert any(" except " in one for one in found)


def test_a_name_that_is_not_meant_is_left_out(memory):
    found = said(memory, "Of the people at Halden FC, which isn't Tom Poe?")
    assert "which people whose member of sports team is Halden FC except Tom Poe" in found
    found = said(memory, "Which people at Halden FC did not win the Grey Prize?")
    assert "which people whose member of sports team is Halden FC except Grey Prize" not in found


def test_what_was_so_once_is_no_other_value(memory):
    """Who went to a school until 1972 is none of "those who did not"."""
    school = Reached(of(memory, "Moss School"), (Option(relation(memory, "P69"), "object"),))
    prize = Reached(of(memory, "Grey Prize"), (Option(relation(memory, "P166"), "object"),))
    execution = Execution(Reading(memory, today=TODAY))
    left = execution.find(Without(prize, (school,), stated=True))
    assert "Dora Lind" not in {one.entity.name for one in left.all}


# Numbers that are recorded.


@pytest.mark.parametrize(
    ("start", "id_", "known", "number"),
    [
        ("Kestrel Bank", "P108", "object", "420"),
        ("Halden FC", "P54", "object", None),
        ("Grey Prize", "P166", "object", None),
        ("Halden FC", "P108", "object", None),
    ],
)
def test_it_takes_the_number_that_is_recorded(memory, start, id_, known, number):
    counted = Reached(of(memory, start), (Option(relation(memory, id_), known),))
    found = recorded_number(Execution(Reading(memory, today=TODAY)), counted)
    assert (found.all[0].entity.name if found else None) == number


def test_who_is_named_is_not_counted_where_a_number_is_recorded(memory):
    counted = Reached(of(memory, "Kestrel Bank"), (Option(relation(memory, "P108"), "object"),))
    begin = lambda time: Reading(memory, time, today=TODAY)  # noqa: E731
    answer = looked_up(Question("how many", counted), begin)
    assert [one.name for one in answer.answers] == ["420"]
    names = looked_up(Question("which", counted), begin)
    assert [one.name for one in names.answers] == ["Nils Berg"]


# Steps that no word asks for.


def test_no_step_is_put_between_two_names_unasked(head, memory):
    answer = head.answer("Was Nils Berg born in Oslo?", memory, QuestionContext())
    assert answer.abstained


@pytest.mark.parametrize(
    ("text", "names", "most"),
    [
        ("Was Nils born in Oslo?", ("Nils", "Oslo"), 1),
        ("Was the mother of Nils born in Oslo?", ("Nils", "Oslo"), 2),
        ("Does the director of Nils come from Oslo?", ("Nils", "Oslo"), 3),
        ("Is Nils in Oslo?", ("Nils", "Oslo"), 1),
        ("Is it so?", (), 1),
    ],
)
def test_as_many_steps_are_asked_for_as_words_say(text, names, most):
    named = [Named(text.index(n), text.index(n) + len(n), thing(n, "PER"), "PER") for n in names]
    assert most_said(items_of(text, named)) == most


def test_no_chain_leads_back_to_what_is_named(memory):
    found = said(memory, "Which film by Dora Lind is that?")
    assert "what is the director of things whose director is Dora Lind" not in found
    assert "which things whose director is Dora Lind" in found


def test_a_reading_that_uses_no_word_is_none(memory):
    text = "Tell me a joke."
    linked = linked_of(text, [], None)
    found = readings(shipped_matcher(), Counting(), memory, linked, TODAY, BY_WORDS.first)
    assert found
    assert all(is_all_left(one, linked, ("joke",)) for one in found)
    assert not any(is_all_left(one, linked, ()) for one in found)
    named = linked_of("Dora Lind?", named_entities(memory, "Dora Lind?"), None)
    found = readings(shipped_matcher(), Counting(), memory, named, TODAY, BY_WORDS.first)
    assert not any(is_all_left(one, named, ()) for one in found if one.candidate.things)


# Kin.


@pytest.mark.parametrize(
    ("word", "steps"),
    [
        ("paternal-grandfather", ("father", "father")),
        ("maternal-aunts", ("mother", "sibling")),
        ("paternal-cousin", ("father", "sibling", "child")),
        ("grandfather", ("parent", "father")),
    ],
)
def test_kin_of_one_side(word, steps):
    assert kin_of(word).steps == steps


def test_no_other_kin_has_a_side():
    assert kin_of("maternal-leave") is None
    assert kin_of("paternal-mother-in-law") is None
    assert [i.text for i in items_of("Her maternal grandmother?", [])][1] == "maternal-grandmother"
    assert "maternal" in [i.text for i in items_of("Her maternal leave?", [])]


def test_a_grandfather_of_the_fathers_side(head, memory):
    text = "Who is the paternal grandfather of Tom Poe?"
    answer = head.answer(text, memory, QuestionContext())
    assert [one.name for one in answer.answers] == ["Gran Poe"]


# Places in an order.


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("the last but one chair", "last-but-one"),
        ("the next to last chair", "last-but-one"),
        ("the last but Ada", "last"),
        ("the last chair", "last"),
    ],
)
def test_last_but_one_is_one_word(text, word):
    assert items_of(text, [])[1].text == word


def test_the_last_but_one_is_among_the_readings(memory):
    found = said(memory, "Who was the last but one chairperson of Halden FC?")
    assert any("the last-but-one of the chairperson of Halden FC" in one for one in found)


# Times that something else says.


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("On the release of Emma, who led Arda?", True),
        ("When Emma came out, who led Arda?", True),
        ("Who led Arda when Emma came out?", True),
        ("When did Emma leave?", False),
        ("Who led Arda?", False),
        ("", False),
    ],
)
def test_a_first_word_may_say_when(text, says):
    assert tells_when([one.text for one in items_of(text, [])]) == says


def test_whose_moment_it_is():
    assert is_of_their_own(["when", "her", "father", "died"])
    assert not is_of_their_own(["when", "she", "died"])
    assert not is_of_their_own(["who", "is", "her", "father"])


def test_the_time_of_kin_is_among_the_readings(memory):
    found = said(memory, "Who was the chairperson of Halden FC when Tom Poe's father died?")
    assert any("when the date of death of Old Poe was" in one for one in found)


def test_how_old_somebody_was_when_their_work_came_out(memory):
    found = said(memory, "How old was the director of Iron Winter on its release?")
    assert any(
        one.startswith("how old is the director of Iron Winter (when the publication date")
        for one in found
    )


def test_up_to_now_is_not_today(head, memory):
    text = "Who have been the chairpersons of Halden FC up to now?"
    answer = head.answer(text, memory, QuestionContext())
    assert {one.name for one in answer.answers} == {"Ann Holt", "Sam Ott", "Nils Berg"}


def test_whether_somebody_was_it_of_anything_then(memory):
    found = said(memory, "Was Sam Ott chairperson in 1998?")
    assert any(one.startswith("is Sam Ott the chairperson of") for one in found)


# Two that have the same.


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Do Sam Ott and Nils Berg have the same mother?", "Yes."),
        ("Do Tom Poe and Nils Berg have the same mother?", "No."),
    ],
)
def test_whether_two_have_the_same(head, memory, text, verdict):
    answer = head.answer(text, memory, QuestionContext())
    assert answer.text.startswith(verdict)


def test_two_of_whom_nothing_is_known_have_nothing_the_same(head, memory):
    text = "Do Sam Ott and Tom Poe have the same employer?"
    assert head.answer(text, memory, QuestionContext()).abstained


def test_other_questions_ask_for_nothing_the_same():
    for text in ("Do Ada and Ben have the same number of children?", "Who has the same mother?",
                 "Do Ada and Ben have a mother?", "the same", ""):  # fmt: skip
        named = [Named(text.index(n), text.index(n) + 3, thing(n, "PER"), "PER")
                 for n in ("Ada", "Ben") if n in text]  # fmt: skip
        assert of_the_same(items_of(text, named)) is None


def test_the_other_of_two_is_no_third():
    text = "Who was born before the other, Ada or Ben?"
    named = [Named(text.index(n), text.index(n) + 3, thing(n, "PER"), "PER")
             for n in ("Ada", "Ben")]  # fmt: skip
    assert comparison(items_of(text, named)) is not None
    other = text.replace("before the other", "before another")
    shift = len(other) - len(text)
    named = [Named(n.start + shift, n.end + shift, n.node, n.type) for n in named]
    assert comparison(items_of(other, named)) is None


# All that is known.


@pytest.mark.parametrize(
    "text",
    ["What can be said of Dora Lind?", "Please introduce Dora Lind.",
     "I'd like some background on Dora Lind."],
)  # fmt: skip
def test_more_ways_to_ask_for_all(head, memory, text):
    answer = head.answer(text, memory, QuestionContext())
    assert "Dora Lind" in answer.text
    assert len(answer.cited) > 1


def test_what_somebody_said_is_not_all_that_is_known(head, memory):
    text = "What has Dora Lind said of Iron Winter?"
    assert head.answer(text, memory, QuestionContext()).abstained
