"""Variations of a training document: other names of the same type, a sentence less."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from worker.english.anaphors import is_anaphor
from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.types import Span

# Names of places and works carry knowledge that the labels rest on; people and numbers do not.
SWAPPED = ("PER", "ORG", "TIME", "NUM")
Names = dict[str, list[tuple[str, ...]]]


def _kind(mention: GoldMention, text: str) -> str:
    """Return what a mention may be swapped with: its type, and for numbers its written form."""
    if mention.type not in ("TIME", "NUM"):
        return mention.type
    form = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d", "0", mention.span.of(text)))
    return f"{mention.type} {form}"


def names_by_type(documents: Sequence[GoldDocument]) -> Names:
    """Return, for each type that may be swapped, the names of each of its entities."""
    found: Names = defaultdict(list)
    for document in documents:
        for entity in document.entities:
            if entity and entity[0].type in SWAPPED:
                texts = {m.span.of(document.text) for m in entity}
                found[_kind(entity[0], document.text)].append(
                    tuple(sorted(texts, key=lambda t: (-len(t), t)))
                )
    return dict(found)


def swap_names(
    document: GoldDocument, names: Names, rng: random.Random, share: float
) -> GoldDocument:
    """Give a ``share`` of the entities the names of another entity of the same type."""
    new: dict[tuple[int, int], str] = {}
    for index, entity in enumerate(document.entities):
        kind = _kind(entity[0], document.text) if entity else ""
        if kind not in names or rng.random() >= share:
            continue
        own = sorted({m.span.of(document.text) for m in entity}, key=lambda t: (-len(t), t))
        others = rng.choice(names[kind])
        choice = {text: others[min(i, len(others) - 1)] for i, text in enumerate(own)}
        for place, mention in enumerate(entity):
            new[index, place] = choice[mention.span.of(document.text)]
    return _rewritten(document, new)


def rename(
    document: GoldDocument, names: Mapping[str, Sequence[str]], rng: random.Random, share: float
) -> GoldDocument:
    """Give a ``share`` of the people and organisations names of ``names``, by type, that the text
    does not hold; a first or last name alone becomes that of the new name.

    Pronouns and "the firm" stay. An entity that is called anything else too keeps its names.
    """
    new: dict[tuple[int, int], str] = {}
    for index, entity in enumerate(document.entities):
        pool = names.get(entity[0].type) if entity and entity[0].type in ("PER", "ORG") else None
        if not pool or rng.random() >= share:
            continue
        texts = [m.span.of(document.text) for m in entity]
        choice = _renamed({t for t in texts if not _common(t)}, rng.choice(pool), entity[0].type)
        taken = {*new.values()}
        if any(text in document.text or text in taken for text in choice.values()):
            continue
        new |= {(index, place): choice[t] for place, t in enumerate(texts) if t in choice}
    return _rewritten(document, new)


def _common(text: str) -> bool:
    return is_anaphor(text) or text[:1].islower()


def _renamed(texts: Iterable[str], name: str, kind: str) -> dict[str, str]:
    """Return what each of an entity's texts becomes with another ``name``; {} where that is open.

    >>> _renamed(["Anna Holt", "Holt"], "Mei Lindqvist", "PER")
    {'Anna Holt': 'Mei Lindqvist', 'Holt': 'Lindqvist'}
    """
    own = sorted(texts, key=lambda t: (-len(t), t))
    if not own:
        return {}
    made = {own[0]: name}
    before, after = own[0].split(), name.split()
    if kind == "PER" and len(before) > 1 < len(after) and "." not in name:
        made |= {before[0]: after[0], before[-1]: after[-1]}
    return {text: made[text] for text in own} if all(text in made for text in own) else {}


def _rewritten(document: GoldDocument, new: dict[tuple[int, int], str]) -> GoldDocument:
    """Replace mentions by texts and move every span along; overlapping mentions keep theirs."""
    spans = {(i, j): m.span for i, e in enumerate(document.entities) for j, m in enumerate(e)}
    crossed: set[Span] = set()
    for a, b in pairwise(sorted(spans.values())):
        if b.start < a.end:
            crossed |= {a, b}
    edits = sorted((spans[k], t) for k, t in new.items() if spans[k] not in crossed)
    parts, shifts, at, shift = [], [], 0, 0
    for span, text in edits:
        parts += [document.text[at : span.start], text]
        shifts.append((span.end, shift := shift + len(text) - (span.end - span.start)))
        at = span.end
    parts.append(document.text[at:])

    ends = [end for end, _ in shifts]

    def moved(offset: int) -> int:
        before = bisect_right(ends, offset)
        return offset + (shifts[before - 1][1] if before else 0)

    def place(span: Span) -> Span:
        return Span(moved(span.start), moved(span.end))

    return GoldDocument(
        document.title,
        "".join(parts),
        tuple(place(s) for s in document.sentences),
        tuple(tuple(GoldMention(place(m.span), m.type) for m in e) for e in document.entities),
        document.triples,
    )


def drop_sentence(document: GoldDocument, rng: random.Random) -> GoldDocument:
    """Drop one sentence that no fact rests on; the document itself when there is none."""
    used = {s for t in document.triples for s in t.evidence}
    # The first one stays: the others refer to what it names.
    free = [i for i in range(1, len(document.sentences)) if i not in used]
    if not free or len(document.sentences) < 3:
        return document
    gone = document.sentences[rng.choice(free)]
    length = min(gone.end + 1, len(document.text)) - gone.start

    def place(span: Span) -> Span:
        return span if span.start < gone.start else span.shifted(-length)

    def outside(mention: GoldMention) -> bool:
        return mention.span.end <= gone.start or gone.end <= mention.span.start

    left = [
        tuple(GoldMention(place(m.span), m.type) for m in entity if outside(m))
        for entity in document.entities
    ]
    numbers = [number for number, mentions in enumerate(left) if mentions]
    return GoldDocument(
        document.title,
        document.text[: gone.start] + document.text[gone.start + length :],
        tuple(place(s) for s in document.sentences if s != gone),
        tuple(left[number] for number in numbers),
        _triples_between(document.triples, numbers),
    )


def _triples_between(
    triples: Iterable[GoldTriple], numbers: Sequence[int]
) -> tuple[GoldTriple, ...]:
    """Return the triples between the entities that are left, counted anew."""
    index = {number: place for place, number in enumerate(numbers)}
    return tuple(
        GoldTriple(index[t.subject], t.property, index[t.object])
        for t in triples
        if t.subject in index and t.object in index
    )


def crop(
    document: GoldDocument, rng: random.Random, longest: int = 3
) -> tuple[GoldDocument, frozenset[tuple[int, int]]]:
    """Keep one to ``longest`` sentences in a row, as ``stretch`` does."""
    count = rng.randint(1, longest)
    first = rng.randrange(max(1, len(document.sentences) - count + 1))
    return stretch(document, range(first, min(first + count, len(document.sentences))))


def parts(
    document: GoldDocument, rng: random.Random, longest: int
) -> list[tuple[GoldDocument, frozenset[tuple[int, int]]]]:
    """Cut a document into texts of about ``longest`` sentences each, as ``stretch`` makes them."""
    edges = [0]
    while edges[-1] < len(document.sentences):
        edges.append(min(edges[-1] + rng.randint(longest // 2, longest), len(document.sentences)))
    return [stretch(document, range(a, b)) for a, b in pairwise(edges)]


def stretch(
    document: GoldDocument, kept_sentences: range
) -> tuple[GoldDocument, frozenset[tuple[int, int]]]:
    """Keep some sentences in a row, as a text of their own.

    Also returns the pairs of entities of which the whole document says more than they may show:
    whether they state that is unknown. A document without two entities in the chosen sentences
    comes back whole.
    """
    first = kept_sentences[0]
    start = document.sentences[first].start
    end = document.sentences[kept_sentences[-1]].end
    kept: list[tuple[GoldMention, ...]] = []
    index: dict[int, int] = {}
    for number, entity in enumerate(document.entities):
        inside = tuple(
            GoldMention(m.span.shifted(-start), m.type)
            for m in entity
            if start <= m.span.start and m.span.end <= end
        )
        if inside:
            index[number] = len(kept)
            kept.append(inside)
    if len(kept) < 2:
        return document, frozenset()
    triples, doubtful = [], set()
    for t in document.triples:
        if t.subject not in index or t.object not in index:
            continue
        pair = index[t.subject], index[t.object]
        # Where some evidence is cut off, neither yes nor no may be learned from what is left.
        if t.evidence and all(s in kept_sentences for s in t.evidence):
            evidence = tuple(s - first for s in t.evidence)
            triples.append(GoldTriple(pair[0], t.property, pair[1], evidence, t.mood))
        else:
            doubtful.add(pair)
    sentences = tuple(document.sentences[i].shifted(-start) for i in kept_sentences)
    text = document.text[start:end]
    made = GoldDocument(document.title, text, sentences, tuple(kept), tuple(triples))
    return made, frozenset(doubtful)
