"""Times that people say from the day on which they speak: "yesterday", "last month"."""

# ruff: noqa: E501 -- a pattern is read more easily in few long lines
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from worker.english.numbers import number_of
from worker.english.patterns import one_of, pattern
from worker.english.times import MONTHS

_MONTHS: Final = tuple(name.casefold() for name in MONTHS)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FEASTS: Final = {"christmas": 12, "new year": 1, "new year's": 1, "easter": 4}
_YEAR_BEHIND = r"(?!,? ?(?:of )?(?:1[0-9]|20)[0-9]{2})(?![\w’'-])"
_LEAD = r"(?P<lead>(?:since|until|till|from|by|before|after|in|on|at|during|as of)\s+(?:the\s+)?)?"
_PART = r"(?:(?:the end of|the beginning of|the start of|early|late|mid)[ -])?"
NEAR_DAY = pattern(
    rf"\b{_LEAD}(?P<word>yesterday|today|tonight|this morning|last night|the day before yesterday"
    r"|tomorrow)\b",
    yes="since yesterday", no="by day",
)  # fmt: skip
AGO = pattern(
    r"\b(?P<number>an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]{1,2}"
    r"|a couple of)\s+(?P<unit>day|week|month|year)s?\s+(?:ago|back)\b",
    yes="two years ago", no="long ago",
)  # fmt: skip
LAST = pattern(
    rf"\b{_LEAD}(?P<which>last|this|earlier this|next)\s+(?P<unit>week|weekend|month|year|spring|summer|autumn|fall"
    rf"|winter|{one_of(_MONTHS)}|{one_of(_DAYS)})\b",
    yes="since last autumn", no="at last",
)  # fmt: skip
WEEKDAY = pattern(
    rf"\b(?P<lead>(?:since|on|until|till|from|by)\s+)(?P<day>{one_of(_DAYS)})\b",
    yes="on Friday", no="Fridays",
)  # fmt: skip
MONTH_DAY = pattern(
    rf"\b{_LEAD}(?:(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{one_of(MONTHS)})"
    rf"|(?P<month2>{one_of(MONTHS)})\s+(?P<day2>[0-9]{{1,2}})(?:st|nd|rd|th)?){_YEAR_BEHIND}",
    yes="on 15 April.", no="on 15 April 2020.",
)  # fmt: skip
MONTH = pattern(
    rf"\b(?P<lead>(?:since|until|till|from|by|in|at|before|after)\s+){_PART}(?P<month>{one_of(MONTHS)})"
    rf"{_YEAR_BEHIND}(?! [0-9])",
    yes="at the end of March.", no="in March 2020", flags=0,
)  # fmt: skip
DAY_ONLY = pattern(
    r"\b(?P<lead>(?:since|on|from|until)\s+)the\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)\b(?! (?:of|[A-Z]))",
    yes="since the 1st", no="the 1st",
)  # fmt: skip
YET_TO_COME = pattern(
    r"\b(?:starting|starts?|start|begins?|will be|from)\s+(?:on\s+)?(?:the\s+)?$",
    yes="She starts on ", no="She started on ",
)  # fmt: skip
FEAST = pattern(
    rf"\b(?P<lead>(?:since|until|till|at|before|after|by)\s+)(?P<feast>{one_of(_FEASTS)})(?![\w’'])"
    r"(?! (?:1[0-9]|20)[0-9]{2})",
    yes="until Christmas", no="Christmas",
)  # fmt: skip
_LASTING: Final = ("since", "until", "till", "from", "by", "before", "after")


class SaidTime(NamedTuple):
    """A stretch of a text, and the time that it names, written out."""

    start: int
    end: int
    written: str


def said_times(text: str, spoken: date) -> Iterator[SaidTime]:
    """Yield where words stand for a time that is told from the day on which they are ``spoken``.

    >>> [one.written for one in said_times("I moved last month.", date(2026, 5, 4))]
    ['in April 2026']
    >>> [one.written for one in said_times("CEO since yesterday.", date(2026, 2, 2))]
    ['since 1 February 2026']
    """
    taken: list[tuple[int, int]] = []
    for find, write in _READERS:
        for match in find.finditer(text):
            start, end = match.span()
            written = write(match, spoken)
            if written and not any(a < end and start < b for a, b in taken):
                taken.append((start, end))
                yield SaidTime(start, end, written)


def _lead(match: re.Match[str], otherwise: str) -> str:
    """Return the preposition before a time: "since" and its like stay."""
    said = (match.groupdict().get("lead") or "").split()
    return said[0] if said and said[0].casefold() in _LASTING else otherwise


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _month(year: int, month: int) -> str:
    return f"{MONTHS[month - 1]} {year}"


def _near_day(match: re.Match[str], spoken: date) -> str:
    word = " ".join(match["word"].casefold().split())
    away = {"yesterday": -1, "last night": -1, "the day before yesterday": -2, "tomorrow": 1}
    return f"{_lead(match, 'on')} {_day(spoken + timedelta(days=away.get(word, 0)))}"


def _ago(match: re.Match[str], spoken: date) -> str:
    said = match["number"].casefold()
    number = 2 if "couple" in said else 1 if said in ("a", "an") else number_of(said)
    if number is None:
        return ""
    unit = match["unit"].casefold()
    if unit == "year":
        return f"in {spoken.year - int(number)}"
    if unit == "month":
        months = spoken.year * 12 + spoken.month - 1 - int(number)
        return f"in {_month(months // 12, months % 12 + 1)}"
    day = spoken - timedelta(days=int(number) * (7 if unit == "week" else 1))
    return f"in {_month(day.year, day.month)}" if unit == "week" else f"on {_day(day)}"


def _last(match: re.Match[str], spoken: date) -> str:
    which, unit = match["which"].casefold().split()[-1], match["unit"].casefold()
    away = {"last": -1, "next": 1}.get(which, 0)
    lead = _lead(match, "in")
    if unit == "year":
        return f"{lead} {spoken.year + away}"
    if unit == "month":
        months = spoken.year * 12 + spoken.month - 1 + away
        return f"{lead} {_month(months // 12, months % 12 + 1)}"
    if unit in ("week", "weekend"):
        monday = spoken - timedelta(days=spoken.weekday()) + timedelta(weeks=away)
        sunday = monday + timedelta(days=6)
        same = monday.month == sunday.month
        return f"{lead} {_month(monday.year, monday.month)}" if same else ""
    if unit in _MONTHS:
        return "" if away > 0 else f"{lead} {_month(*_past_month(unit, spoken))}"
    if unit in _DAYS:
        return "" if away >= 0 else f"{_lead(match, 'on')} {_day(_past_day(unit, spoken))}"
    return f"{lead} {_past_season(unit, spoken)}" if away < 0 else f"{lead} {spoken.year + away}"


def _past_season(season: str, spoken: date) -> int:
    """Return the year of the last such season that is over."""
    over = {"spring": 6, "summer": 9, "autumn": 12, "fall": 12, "winter": 3}[season]
    return spoken.year if over < 12 and spoken.month >= over else spoken.year - 1


def _past_month(month: str, spoken: date) -> tuple[int, int]:
    number = _MONTHS.index(month) + 1
    return (spoken.year if number <= spoken.month else spoken.year - 1), number


def _past_day(name: str, spoken: date) -> date:
    back = (spoken.weekday() - _DAYS.index(name)) % 7 or 7
    return spoken - timedelta(days=back)


def _weekday(match: re.Match[str], spoken: date) -> str:
    return f"{_lead(match, 'on')} {_day(_past_day(match['day'].casefold(), spoken))}"


def _month_day(match: re.Match[str], spoken: date) -> str:
    day = int(match["day"] or match["day2"])
    month = _MONTHS.index((match["month"] or match["month2"]).casefold()) + 1
    ahead = YET_TO_COME.search(
        match.string, 0, match.end("lead") if match["lead"] else match.start()
    )
    for year in (spoken.year, spoken.year + 1 if ahead else spoken.year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= spoken if ahead else found <= spoken:
            lead = _lead(match, "on" if match["lead"] else "")
            return f"{lead} {_day(found)}".strip()
    return ""


def _named_month(match: re.Match[str], spoken: date) -> str:
    return f"{_lead(match, 'in')} {_month(*_past_month(match['month'].casefold(), spoken))}"


def _day_only(match: re.Match[str], spoken: date) -> str:
    day = int(match["day"])
    for back in (0, 1):
        months = spoken.year * 12 + spoken.month - 1 - back
        try:
            found = date(months // 12, months % 12 + 1, day)
        except ValueError:
            continue
        if found <= spoken:
            return f"{_lead(match, 'on')} {_day(found)}"
    return ""


def _feast(match: re.Match[str], spoken: date) -> str:
    month = _FEASTS[" ".join(match["feast"].casefold().split())]
    year = spoken.year if month < spoken.month else spoken.year - 1
    return f"{_lead(match, 'in')} {_month(year, month)}"


_READERS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], str]], ...]] = (
    (NEAR_DAY, _near_day), (AGO, _ago), (LAST, _last), (WEEKDAY, _weekday),
    (MONTH_DAY, _month_day), (MONTH, _named_month), (DAY_ONLY, _day_only), (FEAST, _feast),
)  # fmt: skip
