"""Who was something the longest, and on how many days."""

from datetime import date

import pytest

from tests.worker.generated import TODAY, Made, memory_of
from worker.heads.answering import Reading
from worker.heads.timing import AskedTime
from worker.reading.execute import Execution, Extent, days_held, extent_of, measure_of
from worker.reading.question import Option, Picked, Reached, Thing
from worker.types import EntityRef, Fact, RelationSpec

TOMORROW = date(2026, 11, 27)
COACH = RelationSpec("coach", "head coach")


def fact(start, end):
    days = [date(one, 1, 1) if isinstance(one, int) else one for one in (start, end)]
    return Fact("t", EntityRef("s", "S"), COACH, EntityRef("o", "O"), *days)


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([(2001, 2002)], 365),
        ([(date(2026, 11, 1), None)], 25),
        ([(date(2026, 11, 1), 2031)], 25),
        ([(2001, 2002), (2005, 2006)], 730),
        ([(2001, 2003), (2002, 2004)], 1095),
        ([(2001, 2004), (2002, 2003)], 1095),
        ([(2002, 2001)], 0),
        ([(TOMORROW, None)], 0),
        ([(TODAY, None)], 0),
        ([(None, 2001)], 0),
        ([(None, None)], 0),
        ([], 0),
        ([(2001, 2002), (None, None), (2030, 2035)], 365),
    ],
)
def test_days_are_counted_once_and_up_to_today(spans, days):
    assert days_held([fact(*span) for span in spans], TODAY) == days


def picked(facts, words, place):
    """Return who is picked of the coaches of Halden FC of all times, with the facts of each."""
    memory = memory_of(*facts)
    (halden,) = [entity for _, _, entity in memory.find_entities("Halden FC")]
    relation = next(one for one in memory.relations() if one.id == "coach")
    coaches = Reached(Thing((halden,), "Halden FC"), (Option(relation, "subject"),))
    reading = Reading(memory, AskedTime(None, None, ""), today=TODAY)
    found = Execution(reading).find(Picked(coaches, place, words)).all
    return {one.entity.name: [fact.valid_from.year for fact in one.facts] for one in found}


LONG = ("Halden FC", "coach", "Ann Holt", 1980, 1990)
SHORT = ("Halden FC", "coach", "Tom Poe", 1990, 1992)
STILL = ("Halden FC", "coach", "Ben Roe", 2000)


@pytest.mark.parametrize(
    ("facts", "longest", "shortest"),
    [
        ([SHORT, LONG], {"Ann Holt": [1980]}, {"Tom Poe": [1990]}),
        ([SHORT, LONG, STILL], {"Ben Roe": [2000]}, {"Tom Poe": [1990]}),
        # who was there twice, for twelve years in all
        ([LONG, SHORT, ("Halden FC", "coach", "Tom Poe", 1995, 2005)],
         {"Tom Poe": [1990, 1995]}, {"Ann Holt": [1980]}),
        # what begins tomorrow, has no beginning, or ends before it begins has no length
        ([LONG, SHORT, ("Halden FC", "coach", "Eve Lund", TOMORROW)],
         {"Ann Holt": [1980]}, {"Tom Poe": [1990]}),
        ([LONG, SHORT, ("Halden FC", "coach", "Eve Lund", None, 2020)],
         {"Ann Holt": [1980]}, {"Tom Poe": [1990]}),
        ([LONG, SHORT, ("Halden FC", "coach", "Eve Lund", 2020, 2010)],
         {"Ann Holt": [1980]}, {"Tom Poe": [1990]}),
        ([LONG], {}, {}),
        ([LONG, ("Halden FC", "coach", "Eve Lund")], {}, {}),
        ([("Halden FC", "coach", "Eve Lund"), ("Halden FC", "coach", "Tom Poe")], {}, {}),
    ],
)  # fmt: skip
def test_the_longest_and_the_shortest(facts, longest, shortest):
    assert picked(facts, "longest", -1) == longest
    assert picked(facts, "longest-serving", -1) == longest
    assert picked(facts, "shortest", 0) == shortest


def test_two_who_were_there_as_long_are_both_picked():
    again = ("Halden FC", "coach", "Ann Holt", date(1992, 1, 1), date(1993, 12, 31))  # a leap year
    facts = [SHORT, again, STILL]
    assert set(picked(facts, "shortest", 0)) == {"Tom Poe", "Ann Holt"}
    assert picked(facts, "longest", -5) == {}


def test_a_question_for_the_longest_is_read():
    made = Made(memory_of(LONG, SHORT, STILL), "Who coached Halden FC the longest?")
    assert made.answers("what is the longest of the head coach of Halden FC (ever)") == ["Ben Roe"]
    made = Made(memory_of(LONG, SHORT, STILL), "Who coached Halden FC for long?")
    assert not [one for one in made.candidates() if isinstance(one.question.target, Picked)]


def test_what_leads_to_a_member_is_not_read_again():
    memory = memory_of(LONG, SHORT)
    reading = Reading(memory, AskedTime(None, None, ""), today=TODAY)
    (halden,) = [entity for _, _, entity in memory.find_entities("Halden FC")]
    relation = next(one for one in memory.relations() if one.id == "coach")
    execution = Execution(reading)
    for member in execution.find(
        Reached(Thing((halden,), "Halden FC"), (Option(relation, "subject"),))
    ).all:
        assert execution.times(member) == member.facts
    assert len(reading.traces) == 1
    (thing,) = execution.find(Thing((halden,), "Halden FC")).all
    assert execution.times(thing) == ()


@pytest.mark.parametrize(
    ("text", "extent", "measure"),
    [
        ("1,200", Extent("", 1200.0, 1200.0), ("", 1200.0)),
        ("over 200", Extent("", 200.0, None), ("", 200.0)),
        ("at most 12 km", Extent("km", None, 12.0), None),
        ("100 to 150", Extent("", 100.0, 150.0), ("", 100.0)),
        ("two thirds", Extent("", 2 / 3, 2 / 3), ("", 2 / 3)),
        ("Oslo", None, None),
        ("", None, None),
    ],
)
def test_quantities_as_numbers(text, extent, measure):
    entity = EntityRef("1", text, "NUM")
    assert extent_of(entity) == extent
    assert measure_of(entity) == measure
