"""Reading English quantities: a number or a range of numbers, with a unit, a currency or a noun.

As with times, only a whole text is read, and nothing that is ambiguous ("1.000", "1,5").
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from worker.english.words import FUNCTION_WORDS
from worker.literals.doses import split_dose
from worker.literals.spelling import NTH_TENS, ONES, ORDINALS, SCALES, TENS, spelt_number
from worker.literals.units import CURRENCIES, SYMBOLS, UNITS
from worker.types import QuantityValue

LONGEST = 120  # code points
_DIGITS_MOST = 30
_SHORT_SCALES = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
_GLYPHS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}
_DIGITS = re.compile(
    r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?: [0-9]{3})+|[0-9]*\.?[0-9]+)"
)
_THOUSANDS_BY_POINT = re.compile(r"[0-9]{1,3}\.000|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_RATIO = re.compile(r"(?:(?P<whole>[0-9]+)[ -])?(?P<top>[0-9]+) ?/ ?(?P<bottom>[0-9]+)")
_NTH = re.compile(r"(?P<nth>[0-9]+)(?P<ending>st|nd|rd|th)")
_BOUND = re.compile(
    r"(?:(?P<about>about|around|approximately|approx\.?|roughly|circa|ca\.?|c\.|some|nearly|almost|~|≈)"
    r"|(?P<least>at least|over|more than|above|exceeding|in excess of|upwards of|≥|>)"
    r"|(?P<most>at most|up to|under|less than|fewer than|below|≤|<)"
    r"|(?P<exact>exactly|just|only|a total of|precisely)) ?(?=[^\s,])"
)
_AFTER = re.compile(
    r" (?:(?P<least>or (?:more|over|above)|and (?:over|more))|(?P<most>or (?:less|fewer)))$|\+$"
)
_MONEY = re.compile("|".join(re.escape(name) for name in sorted(CURRENCIES, key=len, reverse=True)))
_AGE = re.compile(r"(?:age|aged|ages) (?=[0-9a-z])")
_BETWEEN = re.compile(r"(?P<low>.+?) (?:to|and) (?P<high>.+)")
_DASHED = re.compile(r"(?P<low>[0-9.,]+) ?[–-] ?(?P<high>[0-9.,].*)")
_NOUN = re.compile(r"[a-z]{2,20}(?: [a-z]{2,20})?")
_NO_NOUNS = FUNCTION_WORDS | frozenset(
    "am pm bc ad bce ce hundreds thousands millions nd st rd th".split()  # noqa: SIM905
)
_SCALE = re.compile("hundred|thousand|million|billion|trillion")
_SCALE_ALONE = re.compile(rf"\b({_SCALE.pattern})\b")
_OLD = re.compile(r"(?:years?|months?) (?:old|olds|of age)")


def parse_quantity(text: str) -> QuantityValue | None:
    """Return what an English quantity means, or None. Never raises.

    >>> parse_quantity("US$ 1.5 million")
    QuantityValue(low='1500000', high='1500000', unit='USD', approximate=False)
    """
    if len(text) > LONGEST:
        return None
    words, bounds = _bounds(_plain(text))
    least, most = "least" in bounds, "most" in bounds
    found = _range(words) or _single(words)
    if found is None or (least and most):
        return None
    low, high, unit = found
    if low != high and (least or most):  # "at least 3 to 5" says nothing for certain
        return None
    about = "about" in bounds
    return QuantityValue(
        "" if most else _written(low), "" if least else _written(high), unit, about
    )


def _bounds(words: str) -> tuple[str, set[str]]:
    """Return the words without "about", "at least" and the like, and which of them there are."""
    found: set[str] = set()
    while match := _BOUND.match(words):
        found |= {bound for bound in ("about", "least", "most") if match[bound]}
        words = words[match.end() :]
    if (match := _AFTER.search(words)) and words[:1].isalnum():
        found.add("most" if match["most"] else "least")
        words = words[: match.start()]
    return words, found


def _plain(text: str) -> str:
    words = " ".join(text.split())
    for glyph, ratio in _GLYPHS.items():
        words = re.sub(rf"(?<=[0-9]){glyph}", f" {ratio}", words).replace(glyph, ratio)
    words = re.sub(
        "[−–—](?=[0-9])",
        lambda m: "–" if m.start() and words[m.start() - 1] not in " (" else "-",
        words,
    )
    words = re.sub(r"[’']s\b", "", words)
    words = re.sub(r"(?<=[A-Za-z0-9]) ?[-‐‑] ?(?=[A-Za-z])", " ", words)
    return words.strip(" ,;:()")


def _range(text: str) -> tuple[Fraction, Fraction, str] | None:
    lower = text.lower()
    between = lower.startswith("between ")
    body = text[8:] if between else text[5:] if lower.startswith("from ") else text
    match = _BETWEEN.fullmatch(body) or _DASHED.fullmatch(body)
    if match is None or (" and " in body and not between):
        return None
    high = _single(match["high"])
    low = _single(match["low"])
    if high is None or low is None or high[2] == "ordinal":
        return None
    low_number, low_unit = low[0], low[2]
    if low_unit and low_unit != high[2]:
        return None if high[2] else _ordered(low_number, high[0], low_unit)
    return _ordered(low_number * _shared_scale(match, low_number), high[0], high[2])


def _shared_scale(match: re.Match[str], low: Fraction) -> int:
    """Return what the upper end's scale makes of the lower one: "3 to 5 million" are millions."""
    scale = _SCALE_ALONE.search(match["high"].lower())
    if scale is None or _SCALE.search(match["low"].lower()) or low >= 1000:
        return 1
    return SCALES[scale[1]]


def _ordered(low: Fraction, high: Fraction, unit: str) -> tuple[Fraction, Fraction, str] | None:
    return (low, high, unit) if low < high else None


def _single(text: str) -> tuple[Fraction, Fraction, str] | None:
    """Return a number twice, and its unit."""
    text = text.strip()
    if dose := split_dose(text):
        amount, often = dose
        found = _single(amount)
        return (found[0], found[1], f"{found[2]}, {often}") if found and found[2] else None
    lower = text.lower()
    if match := _MONEY.match(lower):
        if lower[: match.end()].isalpha() and not re.match(r"[ 0-9]", lower[match.end() :] or "x"):
            return None
        number = _money(lower[match.end() :].strip())
        return (number, number, CURRENCIES[match.group()]) if number is not None else None
    if match := _AGE.match(lower):
        number = _number(lower[match.end() :])
        return (number, number, "year") if number is not None else None
    if (nth := _ordinal(lower)) is not None:
        return nth, nth, "ordinal"
    return _counted(text, lower)


def _counted(text: str, lower: str) -> tuple[Fraction, Fraction, str] | None:
    """Split a text into the longest number that it begins with and the unit after it."""
    article = re.match(r"an? ", lower)
    if article and (one := UNITS.get(lower[article.end() :])):
        return Fraction(1), Fraction(1), one
    number = _number(lower)
    if number is not None:
        return number, number, ""
    ends = [m.start() for m in re.finditer(r"(?<=[0-9])(?=[^0-9.,/ ])|(?<=\S)(?= )", lower)]
    for end in reversed(ends):
        number = _number(lower[:end])
        if number is None:
            continue
        rest = text[end:].strip()
        unit = _unit(rest, attached=text[end : end + 1] != " ")
        return (number, number, unit) if unit else None
    return None


def _unit(text: str, *, attached: bool) -> str:
    """Return the symbol of a unit, or the noun that is counted; empty where it is neither."""
    text = text.removeprefix("of ") if text.startswith("of ") else text
    if text in SYMBOLS:
        return text
    lower = text.lower().rstrip(".")
    symbol = UNITS.get(lower, "")
    if symbol and not (len(text) <= 2 and text != text.lower() and symbol in SYMBOLS):
        return symbol
    if _OLD.fullmatch(lower):
        return "month" if lower.startswith("month") else "year"
    return text if text == lower and not attached and _is_noun(text) else ""


def _is_noun(noun: str) -> bool:
    """Tell whether a word or two may be what is counted: no number and no "of", "than", "by"."""
    spelt = ONES.keys() | TENS.keys() | SCALES.keys() | ORDINALS.keys() | _NO_NOUNS
    return _NOUN.fullmatch(noun) is not None and spelt.isdisjoint(noun.split())


def _money(text: str) -> Fraction | None:
    match = re.fullmatch(r"(.*?[0-9]) ?(k|mn?|bn?|tn)", text)
    if match is None:
        return _number(text)
    number = _digits(match[1])
    return number * _SHORT_SCALES[match[2]] if number is not None else None


def _number(text: str) -> Fraction | None:
    """Return a number in digits, in words, or in digits with a word ("1.5 million")."""
    if (number := _digits(text)) is not None:
        return number
    head, _, scale = text.rpartition(" ")
    if scale in SCALES and (number := _digits(head)) is not None:
        return number * SCALES[scale]
    return spelt_number(text.split()) if text.replace(" ", "").isalpha() else None


def _digits(text: str) -> Fraction | None:
    if len(text) > _DIGITS_MOST or _THOUSANDS_BY_POINT.fullmatch(text):
        return None
    if _DIGITS.fullmatch(text):
        return Fraction(text.replace(",", "").replace(" ", ""))
    if (ratio := _RATIO.fullmatch(text)) and int(ratio["bottom"]):
        part = Fraction(int(ratio["top"]), int(ratio["bottom"]))
        # "1992/93" and "24/7" are no fractions.
        return part + int(ratio["whole"] or 0) if 0 < part < 1 and part.denominator <= 100 else None
    return None


def _ordinal(text: str) -> Fraction | None:
    if match := _NTH.fullmatch(text):
        digits = match["nth"]
        last = (
            "th"
            if digits[-2:-1] == "1"
            else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
        )
        return Fraction(int(digits)) if match["ending"] == last and len(digits) < 10 else None
    if text in NTH_TENS or text in ORDINALS:
        return Fraction(ORDINALS[text])
    return None


def _written(number: Fraction) -> str:
    """Return a number as an exact decimal, or as a ratio where no decimal ends."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    if number.denominator == 1:
        return str(number.numerator)
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{exact:f}"
