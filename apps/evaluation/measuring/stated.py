"""What an answer states in its first sentence that is the name of nothing: a yes or a no, a number,
a length of time, or since or until when. It is compared with the right names by value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, TypeAlias

from apps.common.names import normalise_name
from apps.evaluation.measuring.scratch_memory import Names
from worker.literals import parse_quantity, parse_time

Unit: TypeAlias = Literal["year", "month", "day"]

_VERDICTS = frozenset({"yes", "no"})
# The first sentence, where it cites nothing: "Yes." or "The memory knows 3."
_OPENING = re.compile(r"[^\[\]]*?[.!](?=\s|$)")
_NUMBER = re.compile(r"(?P<least>at least )?(?<![\w.,])(?P<number>\d{1,9})(?![\w,]|\.\d)")
_LENGTH = re.compile(r"(?<!\d)(?P<number>\d{1,9}) (?P<unit>year|month|day)s?\b")
_LENGTHS = re.compile(rf"(?:about )?{_LENGTH.pattern}")
_EDGE = re.compile(r"(?P<word>since|from|until) (?P<time>.+)")
_PLAIN = re.compile(r"\d{4}(?:-\d\d){0,2}")  # a year, a month or a day in EDTF


@dataclass(frozen=True)
class Verdict:
    """A yes or a no."""

    text: str

    def among(self, names: Names) -> Names | None:
        """Return the names that say the same; None where none of them is a yes or a no."""
        return names & {self.text} if names & _VERDICTS else None


@dataclass(frozen=True)
class Count:
    """How many there are."""

    number: int

    @property
    def text(self) -> str:
        return str(self.number)

    def among(self, names: Names) -> Names | None:
        """Return the names that are the same number; None where none is a number, or where they
        are lengths of time, beside which a number counts years or the like."""
        numbers, lengths = _quantities(names)
        if lengths or not numbers:
            return None
        return frozenset(name for name, number in numbers.items() if number == self.number)


@dataclass(frozen=True)
class Length:
    """How long something was, or how old."""

    number: int
    unit: Unit

    @property
    def text(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    def among(self, names: Names) -> Names | None:
        """Return the names that are as long; None where none is a length or a number.

        A number alone is of the unit that it has in another name, else of years.
        """
        numbers, lengths = _quantities(names)
        if not numbers and not lengths:
            return None
        own = _measured(Fraction(self.number), self.unit)
        same = {name for name, (number, unit) in lengths.items() if _measured(number, unit) == own}
        for name, number in numbers.items():
            units = {unit for other, unit in lengths.values() if other == number} or {"year"}
            if number == self.number and self.unit in units:
                same.add(name)
        return frozenset(same)


@dataclass(frozen=True)
class Days:
    """A day, a month or a year from its first to its last day; of two, the one with the greater
    ``exactness`` is the more exact."""

    first: date
    last: date
    exactness: int

    def lies_in(self, other: Days) -> bool:
        return other.first <= self.first and self.last <= other.last


@dataclass(frozen=True)
class Edge:
    """Since or until when something holds."""

    text: str  # "since 1 february 2016"
    days: Days
    until: bool

    def among(self, names: Names) -> Names | None:
        """Return the names that are the same time; None where none is a day, a month or a year.

        A month or a year counts where the edge lies in it and none of the names is more exact
        and yet no more so than the edge. A day counts too with which the edge begins or, of
        "until", ends, and so does the day after that, the first on which it no longer holds.
        """
        times = {name: days for name in names if (days := _days(name))}
        if not times:
            return None
        exactness = [days.exactness for days in times.values()]
        finest = max((one for one in exactness if one <= self.days.exactness), default=0)
        same = {
            name
            for name, days in times.items()
            if self._is_day(days) or (days.exactness == finest and self.days.lies_in(days))
        }
        return frozenset(same)

    def _is_day(self, days: Days) -> bool:
        if days.first != days.last:
            return False
        if not self.until:
            return days.first == self.days.first
        return days.first - self.days.last in (timedelta(), timedelta(days=1))


Value: TypeAlias = Verdict | Count | Length | Edge


def stated(text: str) -> Sequence[Value]:
    """Return what an answer's text opens with; nothing where that is a sentence with a citation,
    or no value.

    "At least 30" is no number: there may be more.

    >>> [one.text for one in stated("No, not any more. A was mayor of B (until 2001) [1].")]
    ['no']
    >>> [one.text for one in stated("About 3 years, then 2 years so far. A led B [1].")]
    ['3 years', '2 years']
    """
    opening = _OPENING.match(text)
    if opening is None:
        return ()
    words = normalise_name(opening.group())
    if (verdict := words.partition(",")[0]) in _VERDICTS:
        return (Verdict(verdict),)
    if edge := _EDGE.fullmatch(words):
        days = _days(edge["time"])
        return (Edge(words, days, until=edge["word"] == "until"),) if days else ()
    if _LENGTHS.match(words):
        return [Length(int(one["number"]), _unit(one["unit"])) for one in _LENGTH.finditer(words)]
    number = _NUMBER.search(words)
    return (Count(int(number["number"])),) if number and not number["least"] else ()


def _quantities(names: Names) -> tuple[dict[str, Fraction], dict[str, tuple[Fraction, Unit]]]:
    """Return which names are numbers and which are lengths of time, with what they mean."""
    numbers: dict[str, Fraction] = {}
    lengths: dict[str, tuple[Fraction, Unit]] = {}
    for name in names:
        value = parse_quantity(name)
        if value is None or not value.low or value.low != value.high:
            continue
        if not value.unit:
            numbers[name] = Fraction(value.low)
        elif value.unit in ("year", "month", "day"):
            lengths[name] = Fraction(value.low), _unit(value.unit)
    return numbers, lengths


def _unit(word: str) -> Unit:
    return "year" if word == "year" else "month" if word == "month" else "day"


def _measured(number: Fraction, unit: Unit) -> tuple[str, Fraction]:
    """Return a length in months, or in days where it is counted in these."""
    return ("day", number) if unit == "day" else ("month", number * (12 if unit == "year" else 1))


def _days(text: str) -> Days | None:
    """Return the days of a day, a month or a year after Christ; None for all else."""
    value = parse_time(text)
    if value is None or not _PLAIN.fullmatch(value.edtf) or value.edtf < "0001":
        return None
    first, last = date.fromisoformat(value.start), date.fromisoformat(value.end)
    return Days(first, last, len(value.edtf))
