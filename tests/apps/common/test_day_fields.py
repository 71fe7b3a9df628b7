"""One way to write a day, whatever the browser speaks."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.common.day_fields import DayField
from apps.common.days import in_words

BEGINS, ENDS = DayField(), DayField(ends=True)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("1992", date(1992, 1, 1), date(1993, 1, 1)),
        ("1992-05", date(1992, 5, 1), date(1992, 6, 1)),
        ("1992-12", date(1992, 12, 1), date(1993, 1, 1)),
        ("1992-5-7", date(1992, 5, 7), date(1992, 5, 8)),
        (" 17 May  1992 ", date(1992, 5, 17), date(1992, 5, 18)),
        ("May 1992", date(1992, 5, 1), date(1992, 6, 1)),
        ("1992-12-31", date(1992, 12, 31), date(1993, 1, 1)),
    ],
)
def test_it_reads_years_months_and_days(text: str, begins: date, ends: date) -> None:
    assert BEGINS.clean(text) == begins
    assert ENDS.clean(text) == ends


@pytest.mark.parametrize(
    "text",
    ["yesterday", "5/7/1992", "92", "1992-13", "1992-00", "1992-02-30", "0000", "1992-05-00"],
)
def test_it_refuses_what_is_no_day_and_says_how_to_write_one(text: str) -> None:
    for field in (BEGINS, ENDS):
        with pytest.raises(ValidationError, match="1992, 1992-05 or 1992-05-17"):
            field.clean(text)


def test_it_refuses_an_end_after_the_last_day_there_is() -> None:
    with pytest.raises(ValidationError):
        ENDS.clean("9999")


@given(st.dates(min_value=date(1, 1, 2)))
def test_it_writes_what_it_reads_again(day: date) -> None:
    for field in (BEGINS, ENDS):
        assert field.clean(field.prepare_value(day)) == day
        assert not field.has_changed(day, field.prepare_value(day))


@pytest.mark.parametrize(
    ("begins", "after", "said"),
    [
        (date(1992, 1, 1), date(2003, 1, 1), "from 1992 until 2002"),
        (date(1999, 5, 1), date(2001, 1, 1), "from May 1999 until 2000"),
        (date(1999, 5, 3), date(2001, 1, 1), "from 3 May 1999 until 2000"),
        (date(2000, 1, 1), date(2001, 1, 1), "in 2000"),
        (date(2000, 5, 1), date(2000, 6, 1), "in May 2000"),
        (date(2000, 1, 1), date(2000, 2, 1), "in January 2000"),
        (date(2000, 1, 1), date(2000, 1, 2), "on 1 Jan 2000"),
        (date(2000, 5, 31), date(2000, 6, 1), "on 31 May 2000"),
        (date(2000, 12, 31), date(2001, 1, 1), "on 31 Dec 2000"),
        (date(2000, 1, 1), date(2000, 1, 10), "from 1 Jan 2000 until 9 Jan 2000"),
        (date(2000, 1, 1), date(2000, 6, 1), "from January 2000 until May 2000"),
        (date(2000, 5, 1), date(2001, 1, 1), "from May 2000 until December 2000"),
        (date(2000, 5, 3), date(2000, 6, 1), "from 3 May 2000 until 31 May 2000"),
        (date(2000, 1, 1), None, "from 2000"),
        (None, date(2000, 1, 2), "until 1 Jan 2000"),
        (None, date.min, "until before the year 1"),
        (None, None, ""),
    ],
)
def test_it_says_when_something_holds(begins: date | None, after: date | None, said: str) -> None:
    assert in_words(begins, after) == said


@given(st.dates(), st.dates(min_value=date(1, 1, 2)))
def test_it_says_every_period_and_ends_none_within_its_beginning(one: date, other: date) -> None:
    begins, after = min(one, other), max(one, other, date(1, 1, 2))
    if begins == after:
        return
    said = in_words(begins, after)
    if said.startswith("from "):
        first, last = said.removeprefix("from ").split(" until ")
        assert not last.endswith(f" {first}")
        assert not first.endswith(f" {last}")
    else:
        assert said.startswith(("in ", "on "))
