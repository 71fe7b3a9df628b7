"""How often a dose is taken: "500 mg twice daily" is 500 mg, two of them a day."""

from __future__ import annotations

import re

_TIMES = {"once": 1, "twice": 2, "thrice": 3} | {
    word: number
    for number, word in enumerate("one two three four five six".split(), 1)  # noqa: SIM905
}
_PERIODS = {"daily": "day", "nightly": "day", "weekly": "week", "monthly": "month"}
_UNITS = {"hours": "h", "days": "day", "weeks": "week", "months": "month"}
AMOUNT = (
    r"(?:mg|g|µg|μg|mcg|ml|mL|IU|units?|milligrams?|micrograms?|grams?|millilit(?:er|re)s?)"
    r"(?:/(?:kg|ml|mL|day))?"
)
FORM = r"(?:tablets?|capsules?|puffs?|drops?|sprays?|sachets?|pills?|injections?)"
OFTEN = (
    r"(?:(?P<times>once|twice|thrice|one|two|three|four|five|six|[0-9]{1,2})(?: times?)? "
    r"(?:(?:a|per|each|every) (?P<each>day|week|month|night)"
    r"|(?P<ly>daily|weekly|monthly|nightly))"
    r"|every (?P<count>[0-9]{1,2}|two|three|four|five|six) (?P<unit>hours|days|weeks|months)"
    r"|(?:a|per|each|every) (?P<lone>day|week|month|night)"
    r"|(?P<lonely>daily|weekly|monthly|nightly))"
)
_DOSE = re.compile(rf"(?P<amount>.*?(?:\b|(?<=[0-9]))(?:{AMOUNT}|{FORM})),? {OFTEN}")


def split_dose(text: str) -> tuple[str, str] | None:
    """Return the amount of a dose and how often it is taken, as a unit.

    None for what is no amount of a medicine with its frequency.

    >>> split_dose("500 mg twice daily")
    ('500 mg', '2 per day')
    >>> split_dose("two tablets every 8 hours")
    ('two tablets', '1 per 8 h')
    """
    match = _DOSE.fullmatch(text)
    if match is None:
        return None
    if match["count"]:
        return match["amount"], f"1 per {_number(match['count'])} {_UNITS[match['unit']]}"
    period = match["each"] or match["lone"] or _PERIODS[match["ly"] or match["lonely"]]
    times = _number(match["times"]) if match["times"] else 1
    return match["amount"], f"{times} per {'day' if period == 'night' else period}"


def _number(word: str) -> int:
    return _TIMES.get(word) or int(word)
