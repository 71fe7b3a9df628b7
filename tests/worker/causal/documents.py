"""Small annotated documents, put together from the names that stand in them."""

from __future__ import annotations

import re

from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.types import Span

RELATIONS = {"P19": "place of birth", "P108": "employer", "P26": "spouse", "P40": "child"}


def document(sentences, entities, facts) -> GoldDocument:
    """``entities`` are lists of names; every place of each is a mention. ``facts`` are (subject,
    property, object, sentence[, mood])."""
    text, spans = "", []
    for sentence in sentences:
        start = len(text) + bool(text)
        text += " " * bool(text) + sentence
        spans.append(Span(start, len(text)))
    mentions = tuple(
        tuple(
            sorted(
                (
                    GoldMention(Span(found.start(), found.end()), "MISC")
                    for name in names
                    for found in re.finditer(rf"\b{re.escape(name)}\b", text)
                ),
                key=lambda m: m.span.start,
            )
        )
        for names in entities
    )
    triples = tuple(
        GoldTriple(s, p, o, (n,), mood[0] if mood else None) for s, p, o, n, *mood in facts
    )
    return GoldDocument("", text, tuple(spans), mentions, triples)


ADA = document(
    [
        "Ada Lovelace was born in London.",
        "She worked for Babbage, and married William King.",
        "It rained.",
    ],
    [["Ada Lovelace", "She"], ["London"], ["Babbage"], ["William King"]],
    [(0, "P19", 1, 0), (0, "P108", 2, 1), (0, "P26", 3, 1), (3, "P26", 0, 1)],
)
