"""What a write head should write after each sentence of an annotated text.

A fact stands in the call of the sentence in which it is complete: the first one by whose end both
names have been mentioned among those that it rests on. What is denied, doubted, asked or planned
is written nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from worker.english.anaphors import is_anaphor
from worker.english.words import DETERMINERS
from worker.protocol import TripleText
from worker.training.causal.read_points import stated
from worker.training.redocred import GoldDocument, GoldTriple
from worker.types import Span

MOST_TRIPLES = 32  # of one sentence; more are a table that no head should read as prose


def write_calls(
    document: GoldDocument, relations: Mapping[str, str], inverses: Mapping[str, str]
) -> list[tuple[int, list[TripleText]]]:
    """Return (offset, triples) for each sentence, empty ones too.

    ``relations`` names relations by their keys, ``inverses`` has the key of what says the same
    turned round.

    A name is the one that the sentence itself uses; where it has a pronoun or a common noun
    ("she", "the firm"), the latest name before it.
    """
    calls: dict[int, dict[TripleText, int]] = defaultdict(dict)
    for triple in forward(document, relations, inverses):
        number = _sentence_of(document, triple)
        if number is None:
            continue
        sentence = document.sentences[number]
        names = [_name(document, e, sentence) for e in (triple.subject, triple.object)]
        if None in names or names[0] == names[1]:
            continue
        row = (str(names[0]), relations[triple.property], str(names[1]))
        last = max(_last(document, e, sentence) for e in (triple.subject, triple.object))
        calls[number].setdefault(row, last)
    made = []
    for number, sentence in enumerate(document.sentences):
        rows = sorted(calls[number].items(), key=lambda item: item[1])
        if len(rows) <= MOST_TRIPLES:
            made.append((sentence.end, [row for row, _ in rows]))
    return made


def forward(
    document: GoldDocument, relations: Mapping[str, str], inverses: Mapping[str, str]
) -> list[GoldTriple]:
    """Return the stated facts, those that only turn an earlier one round left out."""
    kept: list[GoldTriple] = []
    turned: set[tuple[int, str, int]] = set()
    for triple in stated(document, relations):
        if (triple.subject, triple.property, triple.object) in turned:
            continue
        if triple.property in inverses:
            turned.add((triple.object, inverses[triple.property], triple.subject))
        kept.append(triple)
    return kept


def _sentence_of(document: GoldDocument, triple: GoldTriple) -> int | None:
    if triple.evidence:
        return max(triple.evidence)
    return None


def _name(document: GoldDocument, entity: int, sentence: Span) -> str | None:
    before = [m.span for m in document.entities[entity] if m.span.end <= sentence.end]
    inside = [s.of(document.text) for s in before if s.start >= sentence.start]
    named = [name for name in inside if not _common(name)]
    if named:
        return max(named, key=len)
    earlier = [s for s in before if not _common(s.of(document.text))]
    if earlier:
        return max(earlier, key=lambda s: s.end).of(document.text)
    return max(inside, key=len) if inside else None


def _common(text: str) -> bool:
    return is_anaphor(text) or text.split()[0] in DETERMINERS


def _last(document: GoldDocument, entity: int, sentence: Span) -> int:
    ends = [m.span.end for m in document.entities[entity] if m.span.end <= sentence.end]
    return max(ends, default=0)
