"""Dates in a question that no calendar has: "31 February 1995"."""

from __future__ import annotations

import re
from datetime import date

from worker.english.times import MONTHS

_MONTH = "|".join(MONTHS)
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})"
    rf"|(?P<month_>{_MONTH})\s+(?P<day_>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year_>\d{{4}})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}))\b",
    re.IGNORECASE,
)


def impossible_date(text: str) -> str:
    """Return the first date of a text that there is not, as it is written; nothing where all are.

    >>> impossible_date("Who led Acme on 31 February 1995?"), impossible_date("on 29 Feb 2024")
    ('31 February 1995', '')
    """
    return next((one.group() for one in _DATE.finditer(text) if not _is_there(one)), "")


def _is_there(found: re.Match[str]) -> bool:
    if found["iso"]:
        numbers = found["iso"].split("-")
    else:
        month = MONTHS.index((found["month"] or found["month_"]).capitalize()) + 1
        numbers = [found["year"] or found["year_"], str(month), found["day"] or found["day_"]]
    try:
        date(*map(int, numbers))
    except ValueError:
        return False
    return True
