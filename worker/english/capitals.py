"""Texts in capitals alone, as a write head reads them: a copy with the letter case of English.

In "KESTREL BANK MOVES TO OSLO" the letters do not tell which words are names. A list of words that
texts write small does, for most: ``small_words.txt`` has those of our own corpus, with a plus those
that are more often part of the name before them ("Kestrel Bank"). Lengths stay, so that every
offset means the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from unicodedata import normalize

from worker.english.given_names import sex_of
from worker.english.titles import is_title
from worker.types import Span

_LIST = Path(__file__).with_name("small_words.txt")
_FEWEST = 40  # letters that a passage must have
_LEAST = 0.9  # share of capitals among its letters
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_KEPT = frozenset(
    """AI CEO CFO COO CTO EU EUR GBP NATO UAE UK UN UNESCO UNICEF USA USD VP PLC LTD""".split()  # noqa: SIM905
)
_MONTHS = re.compile(r"(?<=\d )(?:MARCH|MAY)\b|\b(?:MARCH|MAY)(?= \d)")
_ENDINGS = ("ed", "tion", "tions", "ness", "ment", "ments", "ously", "ally", "ingly")
_VOWELS = frozenset("AEIOUY")
_SHORTEST = 7  # letters of a word that is small by its ending


@cache
def _small() -> Mapping[str, bool]:
    """Return the words that texts write small, with whether a name before them takes them in."""
    rows = _LIST.read_text(encoding="utf-8").split()
    return {row.removesuffix("+"): row.endswith("+") for row in rows}


def is_in_capitals(text: str) -> bool:
    """Tell whether a text is written in capitals alone, but for a few letters.

    >>> is_in_capitals("KESTREL BANK OPENED ITS SECOND HOUSE IN OSLO IN 2012. MORE WILL FOLLOW.")
    True
    """
    cased = sum(char.isupper() or char.islower() for char in text)
    return cased >= _FEWEST and sum(map(str.isupper, text)) >= _LEAST * cased


def in_small_letters(text: str, sentences: Sequence[Span]) -> str:
    """Return a text in capitals as English would write it, character by character.

    >>> text = "THE KESTREL BANK OF OSLO WAS SOLD BY ANNA HOLT ON 3 MAY 2012."
    >>> in_small_letters(text, [Span(0, len(text))])
    'The Kestrel Bank of Oslo was sold by Anna Holt on 3 May 2012.'
    """
    months = {match.start() for match in _MONTHS.finditer(text)}
    opening = {sentence.start for sentence in sentences}
    made = list(text)
    words = list(_WORD.finditer(text))
    named = [_is_named(words, at, months) for at in range(len(words))]
    for at, match in enumerate(words):
        word = match[0]
        if not word.isupper() or word in _KEPT or _is_acronym(word, named[at]):
            continue
        if not named[at]:
            named[at] = _goes_with_a_name(words, named, at)
        first = named[at] or any(
            start in opening for start in range(match.start() - 1, match.end())
        )
        made[match.start() : match.end()] = _lowered(word, keep_first=first)
    return "".join(made)


def _is_named(words: Sequence[re.Match[str]], at: int, months: set[int]) -> bool:
    """Tell whether a word is no common one: a name, or a first name before one."""
    plain, text = words[at][0].lower(), words[at].string
    if words[at].start() in months:
        return True
    if plain == "a":  # or an initial
        return text[words[at].end() : words[at].end() + 1] == "."
    if plain not in _small():
        return not (len(plain) >= _SHORTEST and plain.endswith(_ENDINGS))
    following = words[at + 1][0].lower() if at + 1 < len(words) else "the"
    return bool(sex_of(plain)) and following not in _small()


def _goes_with_a_name(words: Sequence[re.Match[str]], named: Sequence[bool], at: int) -> bool:
    """Tell whether a common word is part of the name before it, or of one that "of" joins."""
    if not _small().get(words[at][0].lower()):
        return False
    text = words[at].string
    if at and named[at - 1] and text[words[at - 1].end() : words[at].start()] == " ":
        return True
    after = [one[0] for one in words[at + 1 : at + 3]]
    return len(after) == 2 and after[0] == "OF" and named[at + 2]


def _is_acronym(word: str, named: bool) -> bool:
    spoken = is_title(word) or _VOWELS & set(normalize("NFKD", word))
    return named and 2 <= len(word) <= 5 and not spoken


def _lowered(word: str, *, keep_first: bool) -> list[str]:
    """Return the letters of a word; one whose small form is longer stays."""
    small = [char.lower() if len(char.lower()) == 1 else char for char in word]
    if keep_first:
        small[0] = word[0]
        if len(word) > 3 and word[1] in "'’":
            small[2] = word[2]  # O'Rourke
    return small
