"""Dates as values, so that two spellings of one date are one entity."""

from __future__ import annotations

import re
from typing import Any

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august",
           "september", "october", "november", "december")  # fmt: skip
_NUMBER = {name[:length]: i + 1 for i, name in enumerate(_MONTHS) for length in (3, len(name))}
_NUMBER["sept"] = 9
_MONTH = rf"(?P<month>{'|'.join(sorted(_NUMBER, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{3,4})"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        _YEAR,
        rf"{_MONTH},? (?:of )?{_YEAR}",
        rf"{_DAY} (?:of )?{_MONTH},? {_YEAR}",
        rf"{_MONTH} {_DAY},? {_YEAR}",
        r"(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2}))?",
    )
)
_LONGEST_MONTH = 31


def parse_time(text: str) -> dict[str, Any] | None:
    """Return the year, month and day that an English or ISO date names, or None.

    >>> parse_time("12 March 1921")
    {'year': 1921, 'month': 3, 'day': 12}
    """
    plain = " ".join(text.split())
    for form in _FORMS:
        if match := form.fullmatch(plain):
            parts = {name: part for name, part in match.groupdict().items() if part}
            month = parts.get("month", "1").lower()
            value = {
                "year": int(parts["year"]),
                "month": _NUMBER.get(month) or int(month),
                "day": int(parts.get("day", "1")),
            }
            if not (1 <= value["month"] <= 12 and 1 <= value["day"] <= _LONGEST_MONTH):
                return None
            return {name: value[name] for name in value if name in parts}
    return None


def canonical_time(value: dict[str, Any] | None) -> str:
    """Return the ISO form of a value of ``parse_time``, or an empty text.

    >>> canonical_time({"year": 1921, "month": 3})
    '1921-03'
    """
    if not value or "year" not in value:
        return ""
    parts = [f"{value['year']:04}"]
    parts += [f"{value[name]:02}" for name in ("month", "day") if name in value]
    return "-".join(parts)


def agree(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Return whether two values name the same time, one perhaps less exactly."""
    if not one or not other:
        return False
    return all(one[name] == other[name] for name in one.keys() & other.keys())
