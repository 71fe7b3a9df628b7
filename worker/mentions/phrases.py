"""The noun phrase beside a name: what it says the name to be."""

from __future__ import annotations

import re

from worker.english.appositions import BESIDE_NAME
from worker.english.kinds import kind_of_noun
from worker.english.words import (
    AUXILIARIES,
    CONJUNCTIONS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
)
from worker.types import Span

_WORD = re.compile(r"[^\W_](?:[\w'’-]|\.(?=\w))*")
# Words at which a phrase ends: what comes after them speaks of something else.
_STOPS = (PREPOSITIONS | RELATIVES | CONJUNCTIONS | AUXILIARIES | NEGATIONS | PRONOUNS) | frozenset(
    """based born founded headquartered located known called named led owned made written said
    says as than so then while""".split()  # noqa: SIM905
)
_MOST_WORDS = 8


def words_from(text: str, start: int, end: int) -> list[Span]:
    """Return the words of the noun phrase that begins at ``start`` and ends before ``end``."""
    found: list[Span] = []
    at = start
    while len(found) < _MOST_WORDS and (match := _WORD.match(text, at, end)):
        if match.group().lower() in _STOPS:
            break
        found.append(Span(*match.span()))
        at = match.end()
        if text[at : at + 1] != " ":
            break
        at += 1
    return found


def apposed_type(text: str, name: Span, sentence: Span) -> str:
    """Return the type that the words beside a name say it has; empty where they say none.

    >>> text = "Marlon, a wealth advisory firm, and the poet Holt met."
    >>> apposed_type(text, Span(0, 6), Span(0, 54)), apposed_type(text, Span(45, 49), Span(0, 54))
    ('ORG', 'PER')
    """
    opening = BESIDE_NAME.match(text, name.end, sentence.end)
    if opening:
        words = words_from(text, opening.end(), sentence.end)
        # A capitalised head is a name of its own: "Oslo, Norway".
        if words and (head := words[-1].of(text)) == head.lower() and kind_of_noun(head):
            return kind_of_noun(head)
    before = text[max(sentence.start, name.start - 40) : name.start]
    if before.endswith(" "):
        last = before.split()[-1] if before.split() else ""
        if last == last.lower():
            return kind_of_noun(last)
    return ""
