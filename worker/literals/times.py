"""Reading English time expressions.

A time is read only when the whole text is one: what is left over, ambiguous (11/7/1867) or
impossible (31 February) is no time. The result is written in EDTF, ISO 8601-2:2019 level 2.
"""

from __future__ import annotations

import re
from dataclasses import replace

from worker.literals.periods import MONTH, MONTHS, Period, following, number, point
from worker.literals.spelling import plain
from worker.types import TimeValue

LONGEST = 100  # code points; no time is longer
_CLOCK = re.compile(
    r"(?<=[0-9]{4}-[0-9]{2}-[0-9]{2})(?:t[0-9:.]+| [0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:z|[+-][0-9:]+)?$"
)
_ABOUT = re.compile(
    r"(?:(?:circa|about|around|approximately|roughly) |ca?\.? ?)(?=[0-9]|the |(?:early|mid|late)\b)"
)
_OPEN = re.compile(
    r"(?P<cue>since|from|until|till|up to|before|prior to|after|by) "
    r"(?P<time>.+?)(?P<on> ?onwards?)?"
)
_TO_NOW = re.compile(r"(?:the )?(?:present|now|today)(?: day)?")
_SPLITS = (
    re.compile(r"between (?P<left>.+) and (?P<right>.+)"),
    re.compile(r"(?:from )?(?P<left>.+?) (?:to|until|till|through) (?P<right>.+)"),
    re.compile(r"(?:the )?(?P<left>.+?) ?– ?(?P<right>.+)"),
    re.compile(r"(?:the )?(?P<left>.+?)(?: - |-)(?P<right>.+)"),
    re.compile(r"(?:the )?(?P<left>[0-9]{4}) ?/ ?(?P<right>[0-9]{2,4})"),
)
_SPORTING = re.compile(r"(?:the )?[0-9]{4} ?[–/-] ?[0-9]{2,4} season")
# "2010-11" may be two years or a month.
_YEAR_OR_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_MOST_WRAPPED = 10  # years: "1998–02" ends in 2002, "1998–13" is no range


def parse_time(text: str) -> TimeValue | None:
    """Return what an English or ISO time expression means, or None. Never raises.

    >>> parse_time("November 7th, 1867").edtf
    '1867-11-07'
    >>> parse_time("the early 1990s").edtf
    '1990~/1993~'
    """
    if len(text) > LONGEST:
        return None
    words = plain(text)
    found = _period(_CLOCK.sub("", words)) if any(c.isalnum() for c in words) else None
    if found is None:
        return None
    start, end = (str(day) if day else "" for day in (found.start, found.end))
    return TimeValue(found.edtf, start, end, found.precision)


def _period(text: str) -> Period | None:
    return point(text) or _about(text) or _range(text) or _open(text)


def _about(text: str) -> Period | None:
    match = _ABOUT.match(text)
    found = (point(text[match.end() :]) or _range(text[match.end() :])) if match else None
    if found is None or "~" in found.edtf:
        return found
    return replace(found, edtf="/".join(f"{one}~" for one in found.edtf.split("/")))


def _range(text: str) -> Period | None:
    if _YEAR_OR_MONTH.fullmatch(text):
        return None
    if _SPORTING.match(text):
        text = text.removesuffix(" season")
    for split in _SPLITS:
        match = split.fullmatch(text)
        if match and (found := _between(match["left"].strip(), match["right"].strip())):
            return found
    return None


def _between(left: str, right: str) -> Period | None:
    """Return the period between two times; each may lack what only the other says."""
    if _TO_NOW.fullmatch(right):
        since = _bound(left)
        if since is None:
            return None
        return Period(f"{_ends(since)[0]}/..", since.start, None, "interval")
    end = _bound(_completed_end(left, right))
    starts = map(_bound, _completed_starts(left, right))
    start = next((period for period in starts if period), None)
    if start is None or end is None or not (start.start and start.end and end.start and end.end):
        return None
    if start.end.order >= end.end.order or start.start.order >= end.start.order:
        return None
    return Period(f"{_ends(start)[0]}/{_ends(end)[1]}", start.start, end.end, "interval")


def _completed_end(left: str, right: str) -> str:
    """Return the second time with the century ("1992-95") or the month ("May 4-6, 1940") of the
    first."""
    if re.fullmatch(r"[0-9]{4}", left) and re.fullmatch(r"[0-9]{2}", right):
        century, year = int(left[:2]), int(right)
        if year > int(left[2:]):
            return f"{century}{right}"
        wrapped = 100 * (century + 1) + year
        return str(wrapped) if wrapped - int(left) <= _MOST_WRAPPED else right
    month = re.match(rf"{MONTH} ", left)
    return (
        f"{month['month']} {right}"
        if month and re.fullmatch(r"[0-9]{1,2},? [0-9]{3,4}(?: (?:ad|bc))?", right)
        else right
    )


def _bound(text: str) -> Period | None:
    return point(text) or _about(text)


def _completed_starts(left: str, right: str) -> list[str]:
    """Return the readings of the first time, with the era, century, year or month of the second."""
    era = re.search(r" ?(?:ad|bc)$", right)
    if era and left.isdigit():
        return [left + era.group()]
    readings = [left]
    if year := re.search(r"(?:ad ?)?[0-9]{3,4}(?: (?:ad|bc))?$", right):
        readings.append(f"{left} {year.group()}")
        months = [name for name in re.findall("[a-z]{3,9}", right) if name in MONTHS]
        readings += [f"{left} {name} {year.group()}" for name in months]
    if century := re.search(r"(?:century|millennium)(?: (?:ad|bc))?$", right):
        readings.append(f"{left} {century.group()}")
    return readings


def _ends(period: Period) -> tuple[str, str]:
    """Return how a period is written as the beginning and as the end of an interval."""
    if period.precision in ("decade", "century", "millennium") or "/" in period.edtf:
        assert period.start is not None
        assert period.end is not None
        mark = "~" if "~" in period.edtf else ""
        return number(period.start.year) + mark, number(period.end.year) + mark
    return period.edtf, period.edtf


def _open(text: str) -> Period | None:
    """Read what is open at one end; "before" and "after" exclude the time, the others do not."""
    match = _OPEN.fullmatch(text)
    found = _bound(match["time"]) if match else None
    if match is None or found is None or found.start is None or found.end is None:
        return None
    cue, (first, last) = match["cue"], _ends(found)
    if cue in ("since", "from"):
        return Period(f"{first}/..", found.start, None, "interval")
    if match["on"]:
        return None
    if cue == "after":
        beyond = following(found)
        return Period(f"{beyond.edtf}/..", beyond.start, None, "interval")
    if cue in ("before", "prior to"):
        before = following(found, -1)
        return Period(f"../{before.edtf}", None, before.end, "interval")
    return Period(f"../{last}", None, found.end, "interval")
