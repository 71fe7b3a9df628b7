"""Literals in running text: dates, amounts and addresses that are known by their form alone.

What a tagger says of these is not asked: their patterns decide. ``forms`` finds them, and each is
read by ``parse_literal`` like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.english.patterns import one_of
from worker.english.words import COMMON_PREPOSITIONS
from worker.literals.doses import AMOUNT, FORM, OFTEN
from worker.literals.spelling import ONES, TENS
from worker.literals.texts import IDENTIFIER, MAIL, PHONE, VERSION, WEB
from worker.literals.units import CURRENCIES
from worker.types import Span

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_MONTH = rf"(?:{_MONTHS}|{_MONTHS.upper().replace('?', '?')})\b\.?"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?"
_DAY = r"(?:[12][0-9]|3[01]|0?[1-9])(?: ?(?:st|nd|rd|th))?"
_YEAR = r"[12][0-9]{3}"
_CLOCK = r"(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_DAYS = (
    rf"{_YEAR}(?P<mark>[-/.])(?:1[0-2]|0?[1-9])(?P=mark)[0-3]?[0-9]{_CLOCK}",
    rf"[0-3]?[0-9](?:\. ?[01]?[0-9]\. ?|/[0-3]?[0-9]/|-[0-3]?[0-9]-){_YEAR}",
    rf"{_WEEKDAY}{_DAY} (?:day )?(?:of )?{_MONTH} ?,? (?:of )?{_YEAR}",
    rf"{_WEEKDAY}{_MONTH} {_DAY} ?,? {_YEAR}",
    rf"{_DAY}-{_MONTH}-{_YEAR}",
    rf"{_YEAR},? {_MONTH} {_DAY}",
)
_MONTH_OF_YEAR = (rf"{_MONTH} ?,? (?:of )?{_YEAR}", rf"Q[1-4] {_YEAR}")
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
_SPELT = rf"(?i:(?:{'|'.join((*TENS, *ONES))})(?:-(?:{'|'.join(list(ONES)[1:10])}))?)"
_SCALE = r"(?: ?(?:hundred|thousand|million|billion|trillion|mn|bn|tn|[mkb])\b)?"
_COUNT = rf"(?:{_DIGITS}|{_SPELT})(?: (?:hundred|thousand|million|billion))?"
_TO = r"(?: ?[–-] ?| to )"
_CODES = "|".join(sorted(c.upper() for c in CURRENCIES if c.isalpha()))
_SIGNS = "|".join(
    re.escape(c.upper()) for c in sorted(CURRENCIES, key=len, reverse=True) if not c.isalpha()
)
_COINS = (
    r"(?:euros?|(?:US |Canadian |Australian )?dollars|pounds sterling|yen|Swiss francs|rupees"
    r"|zlotys?|(?:Swedish |Norwegian |Danish )kron(?:or|er|a|e)|cents)"
)
_MONEY = (
    rf"(?:(?:{_SIGNS}) ?|(?:{_CODES}) ){_DIGITS}{_SCALE}"
    rf"(?:{_TO}(?:(?:{_SIGNS}) ?)?{_DIGITS}{_SCALE})?",
    rf"(?:{_COUNT}|{_DIGITS}{_SCALE}) ?(?:{_COINS}\b|(?:{_CODES})\b|€)",
)
_SHARE = (rf"{_COUNT}(?:{_TO}{_COUNT})? ?(?:%|per ?cent\b)",)
_UNIT = (
    r"(?:km²|m²|km/h|km|cm|mm|kg|ha|°C|°F|MWh|GWh|kWh|MW|GW|kW|GHz|MHz|GB|TB|MB|mph|lbs?"
    r"|sq (?:ft|m|km)|square (?:kilomet(?:er|re)s|met(?:er|re)s|miles|feet)|kilomet(?:er|re)s?"
    r"|met(?:er|re)s?|miles|feet|hectares?|acres|tonnes|kilograms?|kilos|lit(?:er|re)s"
    r"|megawatts?|gigawatts?|degrees (?:Celsius|Fahrenheit))"
)
_MEASURE = (rf"{_DIGITS}(?:{_TO}{_DIGITS})?(?: (?:million|billion))? ?{_UNIT}(?![\w²])",)
_LENGTH = r"(?:second|minute|hour|day|week|fortnight|month|year|decade)"
_KIND = r"(?:calendar |working |business |consecutive )?"
# "Two years later", "a six-year-old" and "one day" are no durations.
_DURATION = (
    rf"(?![Oo]ne day)(?:{_COUNT}(?:{_TO}{_COUNT})? {_KIND}{_LENGTH}s|{_COUNT}-{_LENGTH}"
    rf"|(?:1|[Oo]ne) {_LENGTH})"
    r"\b(?![- ](?:olds?|ago|later|earlier|before|after)\b)",
)
_OFTEN = re.sub(r"\?P<[a-z]+>", "?:", OFTEN)
_DOSES = (
    rf"{_COUNT}(?:{_TO}{_COUNT})? ?{AMOUNT}(?![\w/])(?:,? {_OFTEN}\b)?",
    rf"{_COUNT} {FORM}\b(?:,? {_OFTEN}\b)?",
)
_BEFORE_NUMBERS = COMMON_PREPOSITIONS | frozenset(
    "over about under the and only some nearly almost no".split()  # noqa: SIM905
)
# What stands before a number and is no name: "Section 2.1", "Total 3.5", "In 2.5".
_NO_NAME = (
    r"(?:[Vv]ersions?|[Rr]elease|[Uu]pdate|Build|Revision|Section|Article|Clause|Chapter|Table"
    r"|Figure|Fig|Page|Rule|Item|Level|Part|Annex|Appendix|Schedule|Paragraph|Total|Average|Mean"
    r"|Score|Rating|Size|Rate|Price|Cost|Ratio|Weight|Height|Length|Sum|Magnitude"
    rf"|{one_of(word.capitalize() for word in _BEFORE_NUMBERS)}|{_MONTHS}|{_CODES})"
)
_NOT_COUNTED = rf"(?!\s?(?:%|per ?cent|million|billion|points?|times|x\b|{_UNIT}\b|{_LENGTH}))"
_NAMED_VERSION = (
    rf"(?!{_NO_NAME} )(?=\w*[A-Z])[A-Za-z][\w+#]* (?=v?[0-9]+\.[0-9])(?:{VERSION}){_NOT_COUNTED}",
)
_CUE = "|".join(rf"(?<={word} )" for word in ("ersion", "ersions", "elease", "pdate"))
_VERSION = (
    # At the start of a line "1.2.3 Scope" numbers a section.
    rf"(?!(?<=\n)[0-9.]+ [A-Z])(?=v?[0-9]+\.[0-9]+\.[0-9])(?:{VERSION}){_NOT_COUNTED}",
    rf"(?:{_CUE})(?:{VERSION}){_NOT_COUNTED}",
    r"v[0-9]+(?:\.[0-9]+)*",
)
_BEFORE, _AFTER = r"(?<![\w$€£@/.])(?<![0-9][,:-])", r"(?![\w@]|[-.,:/][0-9])"
_WEB_END = re.compile(r"[.,;:!?)\]}'’»*]+$")


@dataclass(frozen=True)
class Form:
    """A literal, or a ``named`` version ("Python 3.11"), in a text; ``type`` as in ENTITY_TYPES.

    A ``closed`` form is nothing else even inside what looks like a name; another one yields to a
    name that holds it ("the 24 Hours of Le Mans").
    """

    span: Span
    type: str
    closed: bool
    named: bool = False


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}(?:{'|'.join(patterns)}){_AFTER}")


# Those that come first win: a date holds numbers, and an address may hold anything.
_ORDER: tuple[tuple[re.Pattern[str], str, bool, bool], ...] = (
    (_compiled((MAIL,)), "MISC", True, False),
    (re.compile(rf"(?<![\w@.])(?:{WEB})"), "MISC", True, False),
    (_compiled(_DAYS), "TIME", True, False),
    (_compiled(_MONTH_OF_YEAR), "TIME", False, False),
    (_compiled((IDENTIFIER,)), "MISC", False, False),
    (re.compile(rf"(?<![\w+]){PHONE}(?!\w)"), "MISC", True, False),
    (_compiled(_DOSES), "NUM", True, False),
    (_compiled(_MONEY), "NUM", True, False),
    (_compiled(_SHARE), "NUM", True, False),
    (_compiled(_DURATION), "NUM", False, False),
    (_compiled(_MEASURE), "NUM", False, False),
    (_compiled(_NAMED_VERSION), "MISC", False, True),
    (_compiled(_VERSION), "MISC", False, False),
)


def forms(text: str) -> list[Form]:
    """Return the literals and named versions of a text, in order and without overlaps.

    >>> text = "Release 2.34.2 of 2026-05-14 requires Python 3.11."
    >>> [form.span.of(text) for form in forms(text)]
    ['2.34.2', '2026-05-14', 'Python 3.11']
    """
    taken = bytearray(len(text))
    found = []
    for form in _candidates(text):
        span = form.span
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            found.append(form)
    return sorted(found, key=lambda form: form.span)


def _candidates(text: str) -> Iterator[Form]:
    for pattern, type_, closed, named in _ORDER:
        for match in pattern.finditer(text):
            start, end = match.span()
            if pattern is _ORDER[1][0]:
                end -= len(match.group()) - len(_WEB_END.sub("", match.group()))
            while end > start and text[end - 1] in " .,":
                end -= 1
            if end > start:
                yield Form(Span(start, end), type_, closed, named)
