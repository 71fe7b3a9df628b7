""" "A and B were born in X and Y respectively": the first goes with the first, the second with the
second."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from worker.english.words import PREPOSITIONS
from worker.types import MentionSpan, Span

_RESPECTIVELY = re.compile(r"\brespectively\b|\bin that order\b", re.IGNORECASE)
_BEFORE = "|".join(sorted(PREPOSITIONS))
_JOINS = re.compile(rf"\s*(?:,|,?\s*and|&)\s*(?:(?:{_BEFORE})\s+)?(?:the\s+)?", re.IGNORECASE)


def crossed(
    text: str, sentence: Span, one: Span, other: Span, mentions: Iterable[MentionSpan]
) -> bool:
    """Tell whether two names stand at different places of two lists of one length in a sentence
    that pairs them in their order."""
    if not _RESPECTIVELY.search(text, sentence.start, sentence.end):
        return False
    inside = sorted(
        m.span for m in mentions if sentence.start <= m.span.start and m.span.end <= sentence.end
    )
    lists = _lists(text, inside)
    here = [(row, row.index(one)) for row in lists if one in row]
    there = [(row, row.index(other)) for row in lists if other in row]
    if not here or not there:
        return False
    (first, at), (second, to) = here[0], there[0]
    return first is not second and len(first) == len(second) > 1 and at != to


def _lists(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Return the runs of names that commas and "and" join."""
    rows: list[list[Span]] = []
    for span in spans:
        if rows and _JOINS.fullmatch(text, rows[-1][-1].end, span.start):
            rows[-1].append(span)
        else:
            rows.append([span])
    return rows
