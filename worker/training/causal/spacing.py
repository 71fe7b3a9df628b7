"""Texts of DocRED as people write them: their words are joined by blanks, commas too."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace

from worker.training.redocred import GoldDocument, GoldMention
from worker.types import Span

_BEFORE = re.compile(r" (?=[,.;:!?)\]}%]|'s\b|'S\b|n't\b|'(?:re|ve|ll|d|m)\b)")
_AFTER = re.compile(r"(?<=[(\[{$£€]) ")
_BETWEEN = re.compile(r"(?<=\d) (?=[–-] \d)|(?<=\d[–-]) (?=\d)| (?=- )|(?<= -) (?=\w)")
_QUOTED = re.compile(r'"( )([^"]*?)( )"')


def spaced(document: GoldDocument) -> GoldDocument:
    """Return a document without the blanks that no writer would put, its spans moved along."""
    text = document.text
    gone = {m.start() for p in (_BEFORE, _AFTER, _BETWEEN) for m in p.finditer(text)}
    gone |= {at for m in _QUOTED.finditer(text) for at in (m.start(1), m.start(3))}
    kept_out = sorted(gone)

    def place(span: Span) -> Span:
        return Span(
            span.start - bisect_left(kept_out, span.start),
            span.end - bisect_left(kept_out, span.end),
        )

    return replace(
        document,
        text="".join(c for at, c in enumerate(text) if at not in gone),
        sentences=tuple(place(s) for s in document.sentences),
        entities=tuple(
            tuple(GoldMention(place(m.span), m.type) for m in e) for e in document.entities
        ),
    )
