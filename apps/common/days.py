"""Days as people write and read them, in forms, in imported files and on pages: one rule.

What begins is written by its first day, what ends by the last day, month or year in which it holds.
Kept is the first day after that (docs/glossary.md, "Validity").
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import IntEnum

HELP = "A year, a month or a day: 1992, 1992-05 or 1992-05-17."
HELP_ENDS = "The last year, month or day in which it holds, written the same way."
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII)
_WORDS = (("%d %B %Y", 3), ("%d %b %Y", 3), ("%B %Y", 2), ("%b %Y", 2))


class NotWritten(ValueError):
    """The text is not written as a day, a month or a year is."""


class NoSuchDay(ValueError):
    """It is written as a day, but there is none of that name, or none after it."""


def read_day(text: str, *, ends: bool = False) -> date:
    """Return the first day of what is written, or with ``ends`` the first one after it.

    >>> read_day("1992-05"), read_day("1992-05", ends=True)
    (datetime.date(1992, 5, 1), datetime.date(1992, 6, 1))

    Raises NotWritten and NoSuchDay.
    """
    year, month, day = _parts(" ".join(text.split()))
    try:
        first = date(year, 1 if month is None else month, 1 if day is None else day)
        if not ends:
            return first
        if day is not None:
            return first + timedelta(days=1)
        if month is None or month == 12:
            return date(year + 1, 1, 1)
        return date(year, month + 1, 1)
    except (ValueError, OverflowError):
        raise NoSuchDay(text) from None


def _parts(text: str) -> tuple[int, int | None, int | None]:
    """Return year, month and day as far as they are written. Raises NotWritten."""
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) if part else None for part in found.groups())
        return year or 0, month, day
    for form, precision in _WORDS:
        try:
            read = datetime.strptime(text, form)
        except ValueError:
            continue
        return read.year, read.month, read.day if precision == 3 else None
    raise NotWritten(text)


class Unit(IntEnum):
    """How exactly a day is written: as its year, its month or itself."""

    YEAR = 1
    MONTH = 2
    DAY = 3


def unit_of(first: date) -> Unit:
    """Return how exactly a day has to be written that begins something, or is the first after it:
    the first of January as its year, the first of May as its month."""
    if first.day > 1:
        return Unit.DAY
    return Unit.YEAR if first.month == 1 else Unit.MONTH


def written(day: date, *, ends: bool = False) -> str:
    """Return the shortest text that ``read_day`` reads as this day; empty for an end before the
    first day that there is."""
    if ends and day == date.min:
        return ""
    unit = unit_of(day)
    named = day - timedelta(days=1) if ends else day
    return named.isoformat()[: {Unit.YEAR: 4, Unit.MONTH: 7, Unit.DAY: 10}[unit]]


def in_words(begins: date | None, after: date | None) -> str:
    """Return when something holds whose last day is the one before ``after``: "from 1992 until
    2002", "in May 2000", "on 1 Jan 2000"; each end as shortly as what is said allows."""
    if after == date.min:
        return "until before the year 1"
    last = after - timedelta(days=1) if after else None
    begin_unit = unit_of(begins) if begins else Unit.YEAR
    end_unit = unit_of(after) if after else Unit.YEAR
    if begins and last and _same(begins, last, min(begin_unit, end_unit)):
        # "From 2000 until 9 Jan 2000" would end within what it begins with.
        begin_unit = end_unit = max(begin_unit, end_unit)
        if _same(begins, last, end_unit):
            return f"{'on' if end_unit == Unit.DAY else 'in'} {_shown(begins, end_unit)}"
    parts = [f"from {_shown(begins, begin_unit)}"] if begins else []
    if last:
        parts.append(f"until {_shown(last, end_unit)}")
    return " ".join(parts)


def _same(one: date, other: date, unit: Unit) -> bool:
    return one.timetuple()[:unit] == other.timetuple()[:unit]


def _shown(day: date, unit: Unit) -> str:
    if unit == Unit.DAY:
        return f"{day.day} {day:%b} {day.year}"
    return str(day.year) if unit == Unit.YEAR else f"{day:%B} {day.year}"
