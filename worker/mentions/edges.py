"""Where a mention begins and ends: inside one line and one cell, without stray marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from worker.types import Span

# Ends of lines and cells, and dashes between the parts of a heading or a dateline.
_PARTS = re.compile(r"[\n\r\t\v\f\u2028\u2029|]|--+|—|(?<=\s)–(?=\s)")
_OPENS, _CLOSES = "([{", ")]}"
_AFTER = "%€$£¥°+#"  # of a word or a number that they end
_FIRST = "€$£¥₹+~"  # of a number that they begin
_SHORT = re.compile(
    r"(?:\b[^\W\d_](?:\.[^\W\d_])+|\b(?:Inc|Ltd|Corp|Co|Bros|Jr|Sr|St|No|Mt|Dr|Prof|approx|Dept"
    r"|Univ|Assn|Mfg|Intl|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Esq|S\.p\.A|N\.V|B\.V"
    r"|Ph\.D|B\.A|a\.m|p\.m))\.$",
    re.IGNORECASE,
)


def parts(text: str, span: Span) -> Iterator[Span]:
    """Yield the stretches of a span that stand in one line and cell, without marks at their ends.

    >>> text = "PressWire/ -- Larkspur University"
    >>> [part.of(text) for part in parts(text, Span(0, len(text)))]
    ['PressWire', 'Larkspur University']
    """
    start = span.start
    for match in _PARTS.finditer(text, span.start, span.end):
        yield from _trimmed(text, start, match.start())
        start = match.end()
    yield from _trimmed(text, start, span.end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and not _begins(text, start, end):
        start += 1
    while start < end and not _ends(text, start, end):
        end -= 1
    if start < end:
        yield Span(start, end)


def _begins(text: str, start: int, end: int) -> bool:
    char = text[start]
    if char in _FIRST:
        return start + 1 < end and (text[start + 1].isdigit() or text[start + 1] == " ")
    return char.isalnum()


def _ends(text: str, start: int, end: int) -> bool:
    char = text[end - 1]
    if char.isalnum() or unicodedata.combining(char):
        return True
    if char in _CLOSES:
        return _OPENS[_CLOSES.index(char)] in text[start : end - 1]
    if char == ".":
        return _SHORT.search(text, start, end) is not None
    return char in _AFTER and end - 1 > start and text[end - 2] not in " -/"
