"""From names that somebody says to their places in a text: a name that is not there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.heads.proposing import sentences_of
from worker.types import PassageText, Span

LONGEST_NAME = 500  # characters, as names of the memory
MOST_PLACES = 200  # of one name that are looked at
FARTHEST = 3  # sentences, from the first to the last that a fact rests on
_APOSTROPHES = "'’‘ʼ`"
_DASHES = "-‐‑‒–—"
_QUOTES = '"“”„«»'
_EDGES = " \t\r\n.,;:!?" + _QUOTES
_BLANKS = r"\s+"


@dataclass(frozen=True)
class Pair:
    """Two names at their places, and the sentences from the first to the last of both."""

    subject: Span
    object: Span
    sentence: Span
    sentences: int


@lru_cache(maxsize=512)
def _pattern(name: str) -> re.Pattern[str]:
    words = _BLANKS.join(_word(word) for word in name.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _word(word: str) -> str:
    return "".join(_letter(letter) for letter in word)


def _letter(letter: str) -> str:
    for kind in (_APOSTROPHES, _DASHES, _QUOTES):
        if letter in kind:
            return f"[{re.escape(kind)}]"
    return re.escape(letter)


def places(text: str, name: str) -> list[Span]:
    """Return where a name stands in a text as whole words: as it is written, else in other letter
    case, white space, dashes, apostrophes or quotes.

    >>> places("O’Hara met Ann  O'Hara.", "Ann O'Hara")
    [Span(start=11, end=22)]
    """
    name = name.strip(_EDGES) if name.strip(_EDGES) else name.strip()
    if not name or len(name) > LONGEST_NAME or not any(letter.isalnum() for letter in name):
        return []
    found = []
    for match in _pattern(name).finditer(text):
        found.append(Span(*match.span()))
        if len(found) == MOST_PLACES:
            break
    written = [span for span in found if span.of(text) == name]
    return written or found


def nearest(
    passage: PassageText, subject: str, object_: str, *, said_in: Span | None = None
) -> Pair | None:
    """Return the two names where they stand nearest each other: in one sentence, else over at most
    FARTHEST; None where one of them is not in the text, or they are further apart.

    ``said_in`` is the sentence that the fact was read in: one of the names stands in it, and none
    behind it.
    """
    sentences = sentences_of(passage)
    lefts, rights = places(passage.text, subject), places(passage.text, object_)
    best: tuple[tuple[int, int, int], Pair] | None = None
    for left, right in _apart(lefts, rights):
        low, high = min(left.start, right.start), max(left.end, right.end)
        if said_in and (high > said_in.end or max(left.start, right.start) < said_in.start):
            continue
        first, last = _sentence(sentences, low), _sentence(sentences, high - 1)
        if first is None or last is None or last - first >= FARTHEST:
            continue
        order = (last - first, high - low, low)
        if best is None or order < best[0]:
            whole = Span(sentences[first].start, sentences[last].end)
            best = order, Pair(left, right, whole, last - first + 1)
    return best[1] if best else None


def _apart(lefts: Sequence[Span], rights: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    for left in lefts:
        for right in rights:
            if left.end <= right.start or right.end <= left.start:
                yield left, right


def _sentence(sentences: Sequence[Span], at: int) -> int | None:
    """Return the number of the sentence that holds an offset."""
    for number, sentence in enumerate(sentences):
        if sentence.start <= at < sentence.end:
            return number
    return None
