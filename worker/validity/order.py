"""What is over before something else begins, where the times are known to the year alone.

"1951 to 1970" and "1970 to 1990" are stored as 1951-01-01 to 1971-01-01 and 1970-01-01 to
1991-01-01: they share a year in which the one ended and the other began, and are a succession.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypeAlias

Period: TypeAlias = tuple[date | None, date | None]  # the first day, and the first day after
_DAY = timedelta(days=1)


def is_before(begins: date | None, ends: date, edge: date) -> bool:
    """Tell whether a time is over by ``edge``; of years, the last may be the first of the next."""
    if ends <= edge:
        return True
    years = _new_year(ends) or _new_year(edge)
    return years and (ends - _DAY).year == edge.year and (begins is None or begins < edge)


def is_after(begins: date, ends: date | None, edge: date) -> bool:
    """Tell whether a time begins at ``edge`` or later, in the same sense."""
    if begins >= edge:
        return True
    years = _new_year(begins) or _new_year(edge)
    return years and begins.year == (edge - _DAY).year and (ends is None or ends > edge)


def follows_on(one: Period, other: Period) -> bool:
    """Tell whether one of two periods is over when the other begins, and that one lasts longer."""
    return _over(one, other) or _over(other, one)


def _over(first: Period, then: Period) -> bool:
    (begins, ends), (edge, last) = first, then
    if ends is None or edge is None or not is_before(begins, ends, edge):
        return False
    return last is None or ends <= edge or last > ends


def _new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)
