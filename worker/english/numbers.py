"""Numbers, decades and units of time in the words of a question.

How numbers are spelt stands in worker/literals/spelling.py.
"""

from __future__ import annotations

from worker.literals.spelling import NTHS, ONES, TENS

NUMBERS: dict[str, int] = {**ONES, **TENS, "a": 1, "an": 1, "couple": 2, "hundred": 100}
DECADES: dict[str, int] = {name[:-1] + "ies": 1900 + value for name, value in TENS.items()}
# The place in a row that begins with 0: "the third chairperson".
PLACES: dict[str, int] = {name: value - 1 for name, value in NTHS.items() if value <= 10}
UNITS: dict[str, float] = {"day": 1 / 365.25, "week": 7 / 365.25, "month": 1 / 12, "year": 1,
                           "decade": 10, "century": 100}  # fmt: skip


def number_of(text: str) -> int | None:
    """Return the number that a word or digits stand for.

    >>> number_of("30"), number_of("twenty"), number_of("twenty-five"), number_of("some")
    (30, 20, 25, None)
    """
    if text.isdigit() and len(text) < 5:
        return int(text)
    first, _, second = text.partition("-")
    if second and first in TENS and NUMBERS.get(second, 10) < 10:
        return NUMBERS[first] + NUMBERS[second]
    return NUMBERS.get(text)
