"""How numbers and times are spelt: what times and quantities have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    # The scale counts the whole sum: "two and a half million" is 2.5 of them.
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
    count = _Count()
    if not words or not all(count.take(word) for word in words) or count.previous == "and":
        return None
    return Fraction(count.total + count.group)


@dataclass
class _Count:
    """A number that is being read word by word.

    ``group`` is what stands before the next scale, as "two hundred" before "thousand", and
    ``previous`` the kind of the last word, by which the grammar tells what may follow.
    """

    total: int = 0
    group: int = 0
    previous: str = ""
    last_scale: int = 10**15

    def take(self, word: str) -> bool:
        """Add a word; False where the grammar has no place for it."""
        begins = self.previous in ("", "and", "hundred", "scale")
        if word in ONES:
            follows_ten = self.previous == "ten" and 0 < ONES[word] < 10
            return (begins or follows_ten) and self._add(ONES[word], "one")
        if word in TENS:
            return begins and self._add(TENS[word], "ten")
        if word == "and":
            return self.previous in ("hundred", "scale") and self._add(0, "and")
        if word == "hundred":
            counts = self.previous in ("one", "ten") and 0 < self.group < 100
            return counts and self._add(self.group * 99, "hundred")
        return self._scale(word)

    def _add(self, number: int, kind: str) -> bool:
        self.group, self.previous = self.group + number, kind
        return True

    def _scale(self, word: str) -> bool:
        """Close the group with a scale, each smaller than the one before it."""
        scale = SCALES.get(word, self.last_scale)
        if not self.group or scale >= self.last_scale or self.previous == "and":
            return False
        self.total += self.group * scale
        self.group, self.previous, self.last_scale = 0, "scale", scale
        return True
