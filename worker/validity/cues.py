"""Words of a sentence that say from when or until when something holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from worker.literals import parse_time

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})(?![0-9]|['’]?s\b|[.,][0-9]|%)"
_DATE = (
    rf"(?:{_DAY} (?:of )?{_MONTH},? {_YEAR}|{_MONTH} {_DAY} ?,? {_YEAR}|{_MONTH},? (?:of )?{_YEAR}"
    rf"|{_YEAR})"
)
# What a range may begin with when its end says the rest: "from 4 May to June 1940".
_PARTIAL = rf"(?:{_DATE}|{_DAY}(?: {_MONTH})?|{_MONTH}(?: {_DAY})?)"
_ROUGH = r"(?:(?:about|around|approximately|circa|ca?\.|the|early|late|mid)[ -])+(?:[0-9]{4}s?)"
_NOW = r"(?:the )?(?:present(?: day)?|today|now)\b"
_EVENT = r"(?:(?:his|her|its|their|the)?\s?[a-z]+(?: [a-z]+)? (?:in|on) )"
_DASH = r"\s?[–—‒-]\s?"
_RANGE = re.compile(
    rf"\b(?P<cue>[Ff]rom|[Bb]etween) (?:the years? )?(?P<left>{_ROUGH}|{_PARTIAL})"
    rf"(?: ?,? ?(?P<to>to|until|till|through|and)(?: about| around)? |{_DASH})"
    rf"{_EVENT}?(?P<right>{_NOW}|{_ROUGH}|{_DATE})"
)
_DASHED = re.compile(rf"(?P<left>{_DATE}){_DASH}(?P<right>{_DATE}|{_NOW}|[0-9]{{2}}\b)")
_SINCE = re.compile(rf"\b(?:[Ss]ince|[Ff]rom) (?P<left>{_DATE})(?: onwards?)?")
_UNTIL = re.compile(rf"\b(?:[Uu]ntil|[Tt]ill|[Uu]p to) {_EVENT}?(?P<right>{_DATE})")
_POINT = re.compile(rf"\b(?:[Ii]n|[Oo]n) (?P<point>{_DATE})")
_NUMERAL = re.compile("[0-9]{4}")
# A second time for the same words ("from 1980 to 1983 and again from 1990") leaves both unclear.
_AGAIN = re.compile(
    rf"\s?,?\s?(?:and|then|or|;|,)\s(?:again |then |later )?(?:(?:from|between|since|in|until) )?"
    rf"{_PARTIAL}(?![0-9])"
)


@dataclass(frozen=True)
class Cue:
    """A stretch of text with the days that it names. ``until`` is the first day after the end.

    ``point`` is a time at which something happened: what began or ended then is for the verb to
    say. ``bare`` is a range without a word that makes it one ("1992–2002").
    """

    start: int
    end: int
    since: date | None
    until: date | None
    point: bool = False
    bare: bool = False


def find_cues(text: str, start: int, end: int) -> list[Cue]:
    """Return the cues of a sentence ``text[start:end]``, in order, none inside another."""
    if not _NUMERAL.search(text, start, end):
        return []
    taken: list[tuple[int, int]] = []
    found: list[Cue] = []
    for place, cue in _matches(text, start, end):
        if all(place[1] <= a or b <= place[0] for a, b in taken):
            taken.append(place)
            if cue is not None and not _again(text, cue, end):
                found.append(cue)
    return sorted(found, key=lambda cue: cue.start)


def _matches(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], Cue | None]]:
    """Yield every match with its cue, None for a time that cannot be; the surest forms first."""
    for match in _RANGE.finditer(text, start, end):
        yield match.span(), _range_cue(match)
    for match in _DASHED.finditer(text, start, end):
        yield match.span(), _dashed_cue(match)
    for pattern in (_SINCE, _UNTIL, _POINT):
        for match in pattern.finditer(text, start, end):
            yield match.span(), _single_cue(match)


def _range_cue(match: re.Match[str]) -> Cue | None:
    left, right, between = match["left"], match["right"], match["cue"].lower() == "between"
    if between != (match["to"] == "and"):
        return None
    start, end = match.span()
    rough = [re.fullmatch(_ROUGH, side) is not None for side in (left, right)]
    if any(rough):
        since = None if rough[0] else _days(left)[0]
        until = None if rough[1] else _days(right)[1]
        return Cue(start, end, since, until) if since or until else None
    since, until = _days(left if re.fullmatch(_NOW, right) else f"{left} – {right}")
    if since is None:
        return None
    return Cue(start, end, since, None if re.fullmatch(_NOW, right) else until)


def _dashed_cue(match: re.Match[str]) -> Cue | None:
    now = re.fullmatch(_NOW, match["right"]) is not None
    left, right = match["left"], match["right"]
    since, until = _days(left if now else f"{left}–{right}")
    return Cue(*match.span(), since, None if now else until, bare=True) if since else None


def _single_cue(match: re.Match[str]) -> Cue | None:
    groups = match.groupdict()
    ((name, text),) = ((n, t) for n, t in groups.items() if t)
    since, until = _days(text)
    if since is None:
        return None
    if name == "left":
        return Cue(*match.span(), since, None)
    if name == "right":
        return Cue(*match.span(), None, until)
    return Cue(*match.span(), since, until, point=True)


def _days(text: str) -> tuple[date | None, date | None]:
    """Return the first day of a time and the first day after it, both None for no time."""
    value = parse_time(text)
    if value is None or not value.start or not value.end or value.start.startswith("-"):
        return None, None
    return date.fromisoformat(value.start), date.fromisoformat(value.end) + timedelta(days=1)


def _again(text: str, cue: Cue, end: int) -> bool:
    return not cue.point and _AGAIN.match(text, cue.end, end) is not None
