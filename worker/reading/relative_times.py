"""Times that are said from today: "ten years ago", "next year", "in the eighties"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TypeAlias

from worker.english.numbers import DECADES, UNITS, number_of
from worker.heads.timing import AskedTime

Found: TypeAlias = tuple[int, int, AskedTime]
_DAY = timedelta(days=1)
_UNIT = r"(?P<unit>day|week|month|year|decade|century)"
_AGO = re.compile(
    r"\b(?:(?P<bound>less\s+than|fewer\s+than|under|within|more\s+than|over|at\s+least)\s+)?"
    r"(?:about\s+|around\s+|some\s+)?(?P<number>[\w-]+)\s+(?P<unit>day|week|month|year|decade|centurie|century)s?\s+(?:ago|back)\b"
    r"(?!\s*was)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\b(?:after\s+(?P<after1>[12]\d{3})(?:\s+(?:and|but)\s+|\s*,\s*)before\s+(?P<before1>[12]\d{3})"
    r"|before\s+(?P<before2>[12]\d{3})(?:\s+(?:and|but)\s+|\s*,\s*)after\s+(?P<after2>[12]\d{3}))\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    rf"\b(?:(?:in|during|within|throughout)\s+)?(?:the\s+)?(?P<which>last|past|previous|next|coming"
    rf"|this|current)\s+{_UNIT}\b(?!\s+of\b)",
    re.IGNORECASE,
)
_DECADE = re.compile(
    r"\b(?:in|during|throughout|(?:all\s+)?through|back\s+in)\s+the\s+(?:(?P<part>early|late|mid)[\s-]+)?"
    r"(?:(?P<century>(?:eigh|nine)teen|twenty)[\s-]+)?"
    rf"(?:(?P<word>{'|'.join(DECADES)})|['’]?(?P<digit>[2-9])0['’]?s)\b",
    re.IGNORECASE,
)
_CENTURIES = {"eighteen": -100, "nineteen": 0, "twenty": 100}  # from the twentieth
_LAST_FEW = re.compile(
    rf"\b(?:(?:in|during|within|over|throughout|from)\s+)?the\s+(?:last|past)\s+(?P<number>[\w-]+)"
    rf"\s+{_UNIT}s\b",
    re.IGNORECASE,
)
# How old a thing is to be: it began so long ago, or later.
_OLDER = re.compile(
    r"\b(?P<than>(?:older|younger|newer)\s+than)\s+(?P<number>[\w-]+)"
    r"(?:\s+years?(?:\s+(?:old|of\s+age))?)?(?=\s*(?:[?.,]|$))"
    r"|\b(?P<bound>over|under|above|below|more\s+than|less\s+than|at\s+least)\s+(?P<age>[\w-]+)"
    r"\s+years?\s+(?:old|of\s+age)\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:since|after|from)\s+the\s+turn\s+of\s+the\s+(?:century|millennium)\b", re.IGNORECASE
)
_OLDEST = 200  # years that a number after "older than" stands for; a higher one is a year
_FUTURE = re.compile(r"\b(?:in\s+(?:the\s+)?future|from\s+now\s+on)\b", re.IGNORECASE)
_WILL = re.compile(r"\bwill\b", re.IGNORECASE)
_LONGEST = 4_000  # years


def relative_times(question: str, today: date) -> Iterator[Found]:
    """Yield where words of the question stand for a time told from ``today``, and that time.

    >>> [found] = relative_times("Who led Acme ten years ago?", date(2026, 11, 26))
    >>> found[2].start, found[2].end
    (datetime.date(2016, 11, 26), datetime.date(2016, 11, 26))
    """
    readers: list[Callable[[str, date], Iterator[Found]]] = [
        _ago, _between, _last_few, _older, _turn, _named, _decades,
    ]  # fmt: skip
    for reader in readers:
        yield from reader(question, today)


def _ago(question: str, today: date) -> Iterator[Found]:
    for match in _AGO.finditer(question):
        number = number_of(match["number"].casefold())
        unit = match["unit"].casefold().replace("centurie", "century")
        if number is None or number * UNITS[unit] > _LONGEST:
            continue
        day = _back(today, number * UNITS[unit])
        if day is None:
            continue
        bound = (match["bound"] or "").casefold()
        first, last = (day, day) if not bound else (None, day)
        if bound.startswith(("less", "fewer", "under", "within")):
            first, last = day, today
        yield (*match.span(), AskedTime(first, last, match.group()))


def _between(question: str, today: date) -> Iterator[Found]:
    """Yield what lies after one year and before another."""
    for match in _BETWEEN.finditer(question):
        after, before = (int(match[f"{one}1"] or match[f"{one}2"]) for one in ("after", "before"))
        if after < before - 1:
            days = date(after + 1, 1, 1), date(before - 1, 12, 31)
            yield (*match.span(), AskedTime(*days, match.group()))


def _last_few(question: str, today: date) -> Iterator[Found]:
    for match in _LAST_FEW.finditer(question):
        number = number_of(match["number"].casefold())
        length = UNITS[match["unit"].casefold()]
        if number is not None and number * length <= _LONGEST:
            day = _back(today, number * length)
            if day is not None:
                yield (*match.span(), AskedTime(day, today, match.group()))


def _older(question: str, today: date) -> Iterator[Found]:
    for match in _OLDER.finditer(question):
        number = number_of((match["number"] or match["age"]).casefold())
        day = _back(today, number) if number is not None and 0 < number <= _OLDEST else None
        if day is not None:
            said = (match["than"] or match["bound"]).casefold()
            younger = said.split()[0] in ("younger", "newer", "under", "below", "less")
            time = AskedTime(day + _DAY, None, match.group())
            yield (*match.span(), time if younger else AskedTime(None, day, match.group()))


def _turn(question: str, today: date) -> Iterator[Found]:
    for match in _TURN.finditer(question):
        year = today.year // 100 * 100
        yield (*match.span(), AskedTime(date(year, 1, 1), None, match.group()))


def _back(today: date, years: float) -> date | None:
    """Return the day so many years before; None where the calendar has none."""
    if years != int(years):
        return today - timedelta(days=round(years * 365.25))
    year = today.year - int(years)
    return date(year, today.month, min(today.day, 28)) if year > 0 else None


def _named(question: str, today: date) -> Iterator[Found]:
    shifts = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1}
    for match in _NEXT.finditer(question):
        shift = shifts.get(match["which"].casefold(), 0)
        span = _span_of(match["unit"].casefold(), shift, today)
        if span is not None:
            yield (*match.span(), AskedTime(*span, match.group()))


def _span_of(unit: str, shift: int, today: date) -> tuple[date, date] | None:
    if unit in ("year", "decade", "century"):
        length = int(UNITS[unit])
        first = today.year // length * length + shift * length
        return date(first, 1, 1), date(first + length - 1, 12, 31)
    if unit == "month":
        months = today.year * 12 + today.month - 1 + shift
        first_day = date(months // 12, months % 12 + 1, 1)
        following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
        return first_day, following - _DAY
    days = 7 if unit == "week" else 1
    day = today + timedelta(days=shift * days)
    return day, day + timedelta(days=days - 1)


def _decades(question: str, today: date) -> Iterator[Found]:
    for match in _DECADE.finditer(question):
        word, digit = match["word"], match["digit"]
        first = DECADES[word.casefold()] if word else 1900 + 10 * int(digit)
        first += _CENTURIES.get((match["century"] or "").casefold(), 0)
        parts = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}
        low, high = parts.get((match["part"] or "").casefold(), (0, 9))
        days = date(first + low, 1, 1), date(first + high, 12, 31)
        yield (*match.span(), AskedTime(*days, match.group()))


def future_times(question: str, today: date) -> Iterator[Found]:
    """Yield where a question without another time asks about what is yet to come."""
    match = _FUTURE.search(question)
    if match is None and (match := _WILL.search(question)) is None:
        return
    yield (*match.span(), AskedTime(today + _DAY, None, match.group()))
