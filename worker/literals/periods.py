"""Single times: a day, a month, a season, a year, a decade, a century, and parts of these.

EDTF means ISO 8601-2:2019; years are astronomical (0 is 1 BC).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from worker.literals.spelling import ORDINALS

_MONTH_NAMES = [name.lower() for name in calendar.month_name[1:]]
MONTHS = {name[:length]: i + 1 for i, name in enumerate(_MONTH_NAMES) for length in (3, 99)}
MONTHS["sept"] = 9
_NONE = 99  # no day and no month: 0 is none either, and is kept for "not said"
_SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_D = r"(?:the )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_Y = r"(?P<year>(?:ad ?)?[0-9]{1,4}(?: ?(?:ad|bc))?)"
_NTH = rf"(?:[0-9]{{1,2}} ?(?:st|nd|rd|th)|{'|'.join(ORDINALS)})"
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day,? (?:the )?(?=\S)")


def _forms(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


_DATED = _forms(
    rf"{_D} (?:day )?(?:of )?{MONTH},? (?:of )?{_Y}",
    rf"{MONTH},? {_D},? (?:of )?{_Y}",
    rf"{_Y},? {MONTH} {_D}",
    rf"(?P<day>[0-9]{{1,2}})-{MONTH}-(?P<year>[0-9]{{4}})",
    rf"(?:the month of )?{MONTH},? (?:of )?(?:the year )?{_Y}",
    rf"{_Y},? {MONTH}",
)
_ISO = re.compile(r"([0-9]{4})([-/.])(1[0-2]|0?[1-9])(?:\2([0-9]{1,2}))?")
_DOTTED = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})")
_SLASHED = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})")
_SEASON = re.compile(rf"(?:the )?(?P<season>{'|'.join(_SEASONS)}),? (?:of |in )?{_Y}")
_QUARTER = re.compile(
    rf"(?:q(?P<number>[1-4])|(?:the )?(?P<nth>{_NTH}) quarter),? (?:of )?(?P<year>[0-9]{{4}})"
)
_DECADE = re.compile(r"(?:the )?(?P<year>[0-9]{2,3}0) ?['’]?s(?: (?P<era>ad|bc))?")
_CENTURY = re.compile(
    rf"(?:the )?(?P<nth>{_NTH})(?: ?- ?| )(?P<unit>century|millennium)(?: (?P<era>ad|bc))?"
)
_YEAR = re.compile(rf"(?:the )?(?:year )?{_Y}")
_PART = re.compile(
    r"(?:the )?(?:(?P<early>early|(?:beginning|start) of(?: the)?)"
    r"|(?P<mid>mid|middle of(?: the)?)|(?P<late>late|end of(?: the)?)"
    r"|(?P<first>first half of(?: the)?)|(?P<second>(?:second|latter) half of(?: the)?))"
    r"(?: ?- ?| )(?P<whole>.+)"
)


@dataclass(frozen=True)
class Day:
    """A day of the proleptic Gregorian calendar with its astronomical year."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{number(self.year)}-{self.month:02}-{self.day:02}"

    @property
    def order(self) -> tuple[int, int, int]:
        return self.year, self.month, self.day


@dataclass(frozen=True)
class Period:
    """A stated period; ``start`` and ``end`` are included, None is open."""

    edtf: str
    start: Day | None
    end: Day | None
    precision: str


def point(text: str) -> Period | None:
    """Return a single day, month, season, year, decade or century, or a named part of one."""
    text = _WEEKDAY.sub("", text, count=1) if text[:1] in "mtwfs" else text
    return _date(text) or _numeric(text) or _long(text) or _part(text)


def _date(text: str) -> Period | None:
    for form in _DATED:
        if match := form.fullmatch(text):
            parts = match.groupdict()
            day = int(parts["day"]) or _NONE if parts.get("day") else 0
            return _made(_year(parts["year"]), MONTHS[parts["month"]], day)
    if match := _SEASON.fullmatch(text):
        return _season(_year(match["year"]), match["season"])
    if match := _QUARTER.fullmatch(text):
        quarter = int(match["number"] or _nth(match["nth"]))
        return _quarter(int(match["year"]), quarter) if 1 <= quarter <= 4 else None
    if match := _YEAR.fullmatch(text):
        return _made(_year(match["year"]))
    return None


def _made(year: int | None, month: int = 0, day: int = 0) -> Period | None:
    """Return the period of a year, a month or a day, None when there is no such one."""
    if year is None or not 0 <= month <= 12:
        return None
    if not month:
        return Period(number(year), Day(year, 1, 1), Day(year, 12, 31), "year")
    last = _month_length(year, month)
    if not 0 <= day <= last:
        return None
    edtf = f"{number(year)}-{month:02}"
    if not day:
        return Period(edtf, Day(year, month, 1), Day(year, month, last), "month")
    return Period(f"{edtf}-{day:02}", Day(year, month, day), Day(year, month, day), "day")


def _month_length(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (
        29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    )


def number(year: int) -> str:
    return f"-{-year:04}" if year < 0 else f"{year:04}"


def _year(text: str) -> int | None:
    """Return the astronomical year; one of less than three digits needs its era."""
    digits = "".join(c for c in text if c.isdigit())
    year = int(digits)
    if "bc" in text:
        return 1 - year if year and not text.startswith("ad") else None
    if "ad" in text:
        return year or None
    return year if len(digits) >= 3 and digits[0] != "0" and year < 3000 else None


def _season(year: int | None, name: str) -> Period | None:
    """Its months differ by hemisphere: its days are those of the year, a winter's of both."""
    if year is None:
        return None
    end = Day(year + 1, 2, _month_length(year + 1, 2)) if name == "winter" else Day(year, 12, 31)
    return Period(f"{number(year)}-{_SEASONS[name]}", Day(year, 1, 1), end, "season")


def _quarter(year: int, quarter: int) -> Period:
    last = 3 * quarter
    end = Day(year, last, _month_length(year, last))
    return Period(f"{year:04}-{32 + quarter}", Day(year, last - 2, 1), end, "quarter")


def _numeric(text: str) -> Period | None:
    """Read ISO dates, dotted ones (day first), and slashed ones that have one reading only."""
    if match := _ISO.fullmatch(text):
        return _iso(match)
    if match := _DOTTED.fullmatch(text):
        return _made(_year(match[3]), int(match[2]) or _NONE, int(match[1]) or _NONE)
    if match := _SLASHED.fullmatch(text):
        one, other = int(match[1]), int(match[3])
        if one > 12 or one == other:
            one, other = other, one
        elif other <= 12:
            return None
        return _made(_year(match[4]), one or _NONE, other or _NONE)
    return None


def _iso(match: re.Match[str]) -> Period | None:
    year, month = int(match[1]), int(match[3])
    if match[4]:
        return _made(_year(match[1]), month, int(match[4]) or _NONE)
    # "2010-11" and "1905-07" may be two years; "1998-02" and "1867-11" are months.
    plausible = match[2] == "-" and len(match[3]) == 2 and month <= year % 100
    return _made(_year(match[1]), month) if plausible else None


def _long(text: str) -> Period | None:
    if match := _DECADE.fullmatch(text):
        return _decade(int(match["year"]), match["era"])
    if match := _CENTURY.fullmatch(text):
        nth = _nth(match["nth"])
        years, marks = (100, "XX") if match["unit"] == "century" else (1000, "XXX")
        if not 1 <= nth <= 9999 // years:
            return None
        return _block(nth - 1, years, marks, match["unit"], bc=match["era"] == "bc")
    return None


def _decade(year: int, era: str | None) -> Period | None:
    if era == "bc":  # the 340s BC are 349 to 340 BC, which no EDTF mask covers
        return _years(-(year + 8), 1 - year, "decade")
    if year < 100 and not era:
        return None
    if (
        year % 100 == 0 and year < 2000 and year
    ):  # "the 1800s": mostly the century, at times the decade
        return _block(year // 100, 100, "XX", "century")
    return _block(year // 10, 10, "X", "decade")


def _block(number: int, years: int, marks: str, precision: str, bc: bool = False) -> Period:
    """Return a decade, century or millennium by its leading digits, as EDTF masks it."""
    width = 4 - len(marks)
    if bc:
        first, last = -(number * years + years - 1), -number * years
    else:
        first, last = number * years, number * years + years - 1
    edtf = f"{'-' if bc else ''}{number:0{width}}{marks}"
    return Period(edtf, Day(first, 1, 1), Day(last, 12, 31), precision)


def _years(first: int, last: int, precision: str, mark: str = "") -> Period:
    edtf = f"{number(first)}{mark}/{number(last)}{mark}"
    return Period(edtf, Day(first, 1, 1), Day(last, 12, 31), precision)


def _nth(text: str) -> int:
    digits = re.match(r"[0-9]+", text)
    return int(digits.group()) if digits else ORDINALS[text]


def _part(text: str) -> Period | None:
    """Return the early, middle or late third of a period (approximate), or one of its halves."""
    match = _PART.fullmatch(text)
    whole = point(match["whole"]) if match else None
    if match is None or whole is None or whole.precision not in ("year", "decade", "century"):
        return None
    assert whole.start is not None
    assert whole.end is not None
    exact = bool(match["first"] or match["second"])
    if whole.precision == "year":
        cuts = (1, 7, 13) if exact else (1, 5, 9, 13)
    else:
        size = whole.end.year - whole.start.year + 1
        cuts = (0, size // 2, size) if exact else (0, -(-size // 3), -(-2 * size // 3), size)
    place = _place(match)
    low, high, mark = cuts[place], cuts[place + 1] - 1, "" if exact else "~"
    first = whole.start.year
    if whole.precision != "year":
        return _years(first + low, first + high, whole.precision, mark)
    edtf = f"{number(first)}-{low:02}{mark}/{number(first)}-{high:02}{mark}"
    end = Day(first, high, _month_length(first, high))
    return Period(edtf, Day(first, low, 1), end, "year")


def _place(match: re.Match[str]) -> int:
    """Return which part is meant, counted from 0: "mid" is the second of three thirds."""
    if match["early"] or match["first"]:
        return 0
    return 1 if match["mid"] or match["second"] else 2


def following(period: Period, step: int = 1) -> Period:
    """Return the day, month or year after (before) a period."""
    assert period.start is not None
    assert period.end is not None
    edge = period.end if step > 0 else period.start
    year, month, day = edge.order
    if period.precision not in ("day", "month"):
        made = _made(year + step)
    elif period.precision == "month" or not 1 <= day + step <= _month_length(year, month):
        months = year * 12 + month - 1 + step
        year, month = months // 12, months % 12 + 1
        day = 1 if step > 0 else _month_length(year, month)
        made = _made(year, month, day if period.precision == "day" else 0)
    else:
        made = _made(year, month, day + step)
    assert made is not None
    return made
