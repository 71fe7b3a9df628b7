"""Example sentences with their two names marked, as an owner of a relation writes them.

The first mark is the subject and the second the object, unless a mark says what it is:
"[Ada Brook] joined [Halden FC].", "[object: Halden FC] signed [subject: Ada Brook]."
Plain text rules without any framework or model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.types import Side, Span

LONGEST = 300  # characters of a line
MOST = 20  # sentences of a relation
_AROUND = 60  # characters that are kept on both sides of the names of a long sentence
MARK_BOTH = (
    "Mark two names with square brackets, the subject first: “[Ada Brook] joined [Halden FC].” "
    "Where the object comes first, say so: “[object: Halden FC] signed [subject: Ada Brook].”"
)
_MARK = re.compile(r"\[\s*(?:(subject|object)\s*:)?\s*([^\[\]]*?)\s*\]", re.IGNORECASE)


class UnmarkedSentence(ValueError):
    """A sentence does not show which two names it relates; the message says what to write."""


@dataclass(frozen=True)
class MarkedSentence:
    """A sentence without its marks, and where its two names stand in it."""

    text: str
    subject: Span
    object: Span


def marked_sentence(line: str) -> MarkedSentence:
    """Read a line. Raises UnmarkedSentence.

    >>> found = marked_sentence("[object: Halden FC] signed [subject: Ada Brook].")
    >>> found.text, found.subject.of(found.text), found.object.of(found.text)
    ('Halden FC signed Ada Brook.', 'Ada Brook', 'Halden FC')
    """
    if len(line) > LONGEST:
        raise UnmarkedSentence(f"A sentence has at most {LONGEST} characters.")
    marks = list(_MARK.finditer(line))
    rest = _MARK.sub("", line)
    if len(marks) != 2 or set("[]") & set(rest) or not all(mark[2] for mark in marks):
        raise UnmarkedSentence(MARK_BOTH)
    sides = _sides(marks[0][1] or "", marks[1][1] or "")
    if marks[0][2].casefold() == marks[1][2].casefold():
        raise UnmarkedSentence("The two names of a sentence differ from each other.")
    text, spans = "", []
    at = 0
    for mark in marks:
        text += line[at : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[2])))
        text += mark[2]
        at = mark.end()
    text += line[at:]
    for span in spans:
        if _cuts_a_word(text, span.start) or _cuts_a_word(text, span.end):
            raise UnmarkedSentence(
                f"Mark whole words: a bracket around “{span.of(text)}” stands inside one."
            )
    named = dict(zip(sides, spans, strict=True))
    return MarkedSentence(text, named["subject"], named["object"])


def mark_sentence(text: str, subject: Span, object: Span) -> str:
    """Return a sentence with its two names marked, in one line; of a long one, what stands around
    them, and nothing where that is too long too or the names overlap.

    >>> mark_sentence("Ada met Ben.", subject=Span(8, 11), object=Span(0, 3))
    '[object: Ada] met [subject: Ben].'
    """
    first, second = sorted((subject, object))
    if second.start < first.end:
        return ""
    start, end = max(0, first.start - _AROUND), second.end + _AROUND
    if len(text) <= LONGEST - _AROUND:
        start, end = 0, len(text)
    notes = ("subject: ", "object: ") if object < subject else ("", "")
    notes = notes if first == subject else notes[::-1]
    pieces = (
        text[start : first.start],
        f"\0{notes[0]}{first.of(text)}\1",
        text[first.end : second.start],
        f"\0{notes[1]}{second.of(text)}\1",
        text[second.end : end],
    )
    line = "".join(pieces).translate(str.maketrans("[]\0\1", "()[]"))
    line = " ".join(line.split())
    return "" if sentence_problem(line) else line


def sentence_problem(line: str) -> str:
    """Return, in a sentence, what is wrong with a line; nothing where it can be used."""
    try:
        marked_sentence(line)
    except UnmarkedSentence as error:
        return str(error)
    return ""


def _sides(first: str, second: str) -> tuple[Side, Side]:
    """Return what the two marks are, from what they say of themselves."""
    one, two = first.lower(), second.lower()
    if one and one == two:
        raise UnmarkedSentence(f"One of the two names is the {one}, the other is not.")
    turned = one == "object" or two == "subject"
    return ("object", "subject") if turned else ("subject", "object")


def _cuts_a_word(text: str, at: int) -> bool:
    return text[at - 1 : at].isalnum() and text[at : at + 1].isalnum()
