"""Questions for all of a sort, for what began at a time, and "or not"."""

from __future__ import annotations

from datetime import date

import pytest

from worker.heads.questions import plainly
from worker.heads.timing import AskedTime, asked_times
from worker.reading.items import items_of
from worker.reading.operators import framed
from worker.types import EntityRef, Fact, RelationSpec

TODAY = date(2026, 11, 28)
HELD = RelationSpec("r:mayor", "mayor", single_valued=True)
AWARD = RelationSpec("r:award", "award received", lasts=False)


def fact(relation: RelationSpec, since: date | None, until: date | None = None) -> Fact:
    one, other = EntityRef("e:1", "Arda"), EntityRef("e:2", "Ada Brook")
    return Fact(1, one, relation, other, valid_from=since, valid_to=until)


def time_in(question: str) -> AskedTime:
    return next(iter(asked_times(question, TODAY))).time


@pytest.mark.parametrize(
    "asked", ["List the bridges", "list of bridges", "Bridges on record?", "bridges we know of?",
              "What bridges have we got on file?", "Show me all bridges"],
)  # fmt: skip
def test_it_takes_all_of_a_sort_as_one_question(asked: str) -> None:
    assert plainly(asked) == "Which bridges are there?"


@pytest.mark.parametrize(
    "asked",
    ["List her bridges", "List the bridges of Arda", "Name James", "Who built bridges?"],
)
def test_it_leaves_what_asks_for_more_than_a_sort(asked: str) -> None:
    assert plainly(asked) == asked


def test_who_took_office_after_a_year_is_not_who_was_in_it_already() -> None:
    before, after = fact(HELD, date(1990, 1, 1), date(2003, 1, 1)), fact(HELD, date(2003, 1, 1))
    took, led = time_in("Who took office after 2000?"), time_in("Who led Arda after 2000?")
    assert [took.holds(before), took.holds(after)] == [False, True]
    assert [led.holds(before), led.holds(after)] == [True, True]


def test_an_award_is_of_the_day_on_which_it_was_received() -> None:
    time = time_in("Which award did Ada Brook receive after 2015?")
    assert [time.holds(fact(AWARD, date(year, 5, 1))) for year in (2010, 2016)] == [False, True]
    on_a_day = AskedTime(TODAY, TODAY, "today")
    assert on_a_day.holds(fact(AWARD, date(2010, 5, 1)))


@pytest.mark.parametrize(
    ("asked", "negated"),
    [("Is the hall old or not?", False), ("Is the hall not old?", True)],
)
def test_or_not_denies_nothing(asked: str, negated: bool) -> None:
    assert framed(items_of(asked, [])).negated == negated
