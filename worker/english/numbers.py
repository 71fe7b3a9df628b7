"""Numbers, decades and units of time in words."""

from __future__ import annotations

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS: dict[str, int] = {word: number for number, word in enumerate(_ONES)}
NUMBERS |= {word: 20 + 10 * number for number, word in enumerate(_TENS)}
NUMBERS |= {"a": 1, "an": 1, "couple": 2, "hundred": 100}
_DECADES = [
    "twenties",
    "thirties",
    "forties",
    "fifties",
    "sixties",
    "seventies",
    "eighties",
    "nineties",
]
DECADES: dict[str, int] = {word: 1920 + 10 * number for number, word in enumerate(_DECADES)}
ORDINALS: dict[str, int] = {
    word: number
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ],
        start=0,
    )
}
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
    if second and first in _TENS and NUMBERS.get(second, 10) < 10:
        return NUMBERS[first] + NUMBERS[second]
    return NUMBERS.get(text)
