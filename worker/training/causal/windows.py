"""Documents cut into windows of whole sentences that a sequence has room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worker.training.redocred import GoldDocument, GoldMention


def ranges(sizes: Sequence[int], room: int) -> list[range]:
    """Return ranges of sentences in a row, each of at most ``room`` tokens unless it is one
    sentence."""
    made: list[range] = []
    first = filled = 0
    for number, size in enumerate(sizes):
        if number > first and filled + size > room:
            made.append(range(first, number))
            first, filled = number, 0
        filled += size
    return [*made, range(first, len(sizes))] if sizes else []


def window(document: GoldDocument, kept: range) -> GoldDocument:
    """Return some sentences in a row as a text of their own, with the facts that rest on them
    alone. Entities keep their numbers; those of other sentences have no mention."""
    start, end = document.sentences[kept[0]].start, document.sentences[kept[-1]].end
    return replace(
        document,
        text=document.text[start:end],
        sentences=tuple(document.sentences[n].shifted(-start) for n in kept),
        entities=tuple(
            tuple(
                GoldMention(m.span.shifted(-start), m.type)
                for m in entity
                if start <= m.span.start and m.span.end <= end
            )
            for entity in document.entities
        ),
        triples=tuple(
            replace(t, evidence=tuple(n - kept[0] for n in t.evidence))
            for t in document.triples
            if all(n in kept for n in t.evidence)
        ),
    )
