"""One way to write a day, whatever the browser speaks."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.common.day_fields import DayField

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
