"""How numbers and times are spelt: what times and quantities have in common."""

from __future__ import annotations

import re
from fractions import Fraction

_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_NTHS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {name: number for number, name in enumerate(_TO_NINETEEN.split())}
TENS = {name: 10 * number for number, name in enumerate(_TENS.split(), start=2)}
NTHS = {name: number for number, name in enumerate(_NTHS.split(), start=1)}
NTH_TENS = {name[:-1] + "ieth": value for name, value in TENS.items()}
# The longer name first: a pattern takes "twenty-first" before "twenty".
ORDINALS = {
    **{f"{ten}-{nth}": TENS[ten] + NTHS[nth] for ten in TENS for nth in list(NTHS)[:9]},
    **{f"{ten} {nth}": TENS[ten] + NTHS[nth] for ten in TENS for nth in list(NTHS)[:9]},
    **dict(sorted(NTHS.items(), key=lambda pair: -len(pair[0]))),
    **NTH_TENS,
}
SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4} | {
    name + plural: value for name, value in NTHS.items() if 3 <= value <= 10 for plural in ("", "s")
}
_DASHES = re.compile("[‐‑‒–—―−]")
_ERA = re.compile(r"(?<![a-z])(?:(b\. ?c\. ?e\.|b\. ?c\.|bce?)|(a\. ?d\.|c\. ?e\.|ad|ce))(?![a-z])")


def plain(text: str) -> str:
    """Return the text in lower case, with single blanks, one kind of dash ("–", "-" where it
    joins two words), and one spelling of BC and AD."""
    words = " ".join(text.split()).lower()
    words = _DASHES.sub("–", words)
    words = re.sub(r" (?=[,;)])|(?<=[(]) ", "", words)
    words = re.sub(r"(?<=[a-z]) ?[–-] ?(?=[a-z0-9])", "-", words)
    if words.startswith("(") and words.endswith(")"):
        words = words[1:-1]
    words = _ERA.sub(lambda match: "bc" if match[1] else "ad", words)
    return words.strip(" ,;:")


def spelt_number(words: list[str]) -> Fraction | None:
    """Return a number in words ("two and a half million", "three quarters"), or None."""
    if (part := _part_of_scale(words)) is not None:
        return part
    scale = 1
    if len(words) > 2 and words[-1] in SCALES and words[-2] in _PARTS:
        words, scale = words[:-1], SCALES[words[-1]]
    if words[-1:] and words[-1] in _PARTS and len(words) > 1:
        part = _fraction(words[-2], words[-1])
        if part is None or len(words) == 2:
            return part if scale == 1 else None
        if part >= 1 or words[-3] != "and":
            return None
        whole = _cardinal(words[:-3])
        return (whole + part) * scale if whole is not None else None
    return _cardinal(words) if scale == 1 else None


def _part_of_scale(words: list[str]) -> Fraction | None:
    """Read "half", "half a million", "a quarter of a million", "half million"."""
    words = words[1:] if words[:1] in (["a"], ["one"]) else words
    if words == ["half"]:
        return Fraction(1, 2)
    if len(words) < 2 or words[0] not in ("half", "quarter"):
        return None
    rest = " ".join(words[1:]).removeprefix("of ").removeprefix("a ")
    return Fraction(SCALES[rest], _PARTS[words[0]]) if rest in SCALES else None


def _fraction(top: str, bottom: str) -> Fraction | None:
    """Read "two thirds"; "two third" and "one thirds" are none."""
    above = 1 if top in ("a", "one") else ONES.get(top, 0)
    plural = bottom.endswith("s")
    if not above or (above == 1) == plural:
        return None
    return Fraction(above, _PARTS[bottom])


def _cardinal(words: list[str]) -> Fraction | None:
    """Return a whole number in words by the usual grammar: "two hundred and five thousand"."""
    if words and words[0] in ("a", "an") and len(words) > 1 and words[1] in SCALES:
        words = ["one", *words[1:]]
    total = group = 0
    previous, last_scale = "", 10**15
    for word in words:
        if word in ONES:
            fits = previous in ("", "and", "hundred", "scale") or (
                previous == "ten" and 0 < ONES[word] < 10
            )
            if not fits:
                return None
            group, previous = group + ONES[word], "one"
        elif word in TENS and previous in ("", "and", "hundred", "scale"):
            group, previous = group + TENS[word], "ten"
        elif word == "hundred" and previous in ("one", "ten") and 0 < group < 100:
            group, previous = group * 100, "hundred"
        elif word == "and" and previous in ("hundred", "scale"):
            previous = "and"
        elif (
            word in SCALES
            and word != "hundred"
            and group
            and SCALES[word] < last_scale
            and previous != "and"
        ):
            last_scale = SCALES[word]
            total, group, previous = total + group * last_scale, 0, "scale"
        else:
            return None
    return Fraction(total + group) if words and previous != "and" else None
