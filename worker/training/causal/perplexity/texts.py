"""A document as it is scored: its tokens, its names, and where it would have read the memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from worker.heads.causal.tokens import encode_with_offsets
from worker.training.causal.read_points import GoldMemory, ReadPoint, read_points, stated
from worker.training.causal.sequences import Composer
from worker.training.redocred import GoldDocument, GoldMention
from worker.types import MemoryQuery, Side, Span

Asks = tuple[str, Side, str]  # relation, the side that is known, its name in lower case


@dataclass(frozen=True)
class Piece:
    """A mention: its tokens, and its length in UTF-8."""

    tokens: range
    bytes: int


@dataclass(frozen=True)
class Place:
    """A place where the memory is to be read: before token ``at``, for the mention ``target``,
    which is ``name``.

    ``names`` are those of what the mention names, in lower case; ``right`` is all that asks for
    it, by any name that the document has for what is known.
    """

    at: int
    name: str
    target: Piece
    point: ReadPoint
    names: frozenset[str]
    right: frozenset[Asks]

    def asked_by(self, queries: Sequence[MemoryQuery]) -> bool:
        """Tell whether one of some queries asks for the target."""
        return any(asks(query) in self.right for query in queries)

    def stands_in(self, results: Sequence[str]) -> bool:
        """Tell whether the target is among some results."""
        return any(result.casefold() in self.names for result in results)


@dataclass(frozen=True)
class ScoredText:
    """``start`` is what stands before the first token that is scored. ``places`` are in order,
    one at a token; ``left_out`` counts the tokens at the beginning that the window does not
    hold."""

    title: str
    text: str
    start: tuple[int, ...]
    ids: tuple[int, ...]
    begins: tuple[int, ...]  # in the text, of each token
    places: tuple[Place, ...]
    entities: tuple[Piece, ...]
    left_out: int = 0


def asks(query: MemoryQuery) -> Asks:
    """Return what a query asks, as ``Place.right`` has it."""
    if query.subject is not None:
        return query.relation, "subject", query.subject.casefold()
    return query.relation, "object", (query.object or "").casefold()


def scored_text(
    document: GoldDocument,
    composer: Composer,
    memory: GoldMemory,
    relations: Mapping[str, str],
    most: int,
) -> ScoredText:
    """Return a document's tokens, the last ``most`` of them, with its places.

    ``memory`` says what a right query brings, as where the training data is made.
    """
    ids, offsets = encode_with_offsets(composer.tokenizer, document.text)
    left_out = max(0, len(ids) - most)
    if left_out:
        # A cut between two tokens of one character would lose it.
        cut = next(s for s, _ in offsets[left_out:] if s >= offsets[left_out - 1][1])
        document = without_beginning(document, cut)
        before = len(ids)
        ids, offsets = encode_with_offsets(composer.tokenizer, document.text)
        left_out = before - len(ids)
    bos = composer.tokenizer.bos_token_id
    start = ids[:1] if bos is None else [bos]
    skipped = 1 if bos is None else 0
    ids, offsets = ids[skipped:], offsets[skipped:]
    spans = {m.span for entity in document.entities for m in entity}
    entities = (piece(s, document.text, offsets) for s in sorted(spans))
    return ScoredText(
        document.title,
        document.text,
        tuple(start),
        tuple(ids),
        tuple(begin for begin, _ in offsets),
        tuple(_places(document, read_points(document, memory, relations), relations, offsets)),
        tuple(p for p in entities if p.tokens),
        left_out,
    )


def piece(span: Span, text: str, offsets: Sequence[tuple[int, int]]) -> Piece:
    """Return the tokens of a span: those that end in it, since a token begins with a blank."""
    inside = [i for i, (_, end) in enumerate(offsets) if span.start < end <= span.end]
    tokens = range(inside[0], inside[-1] + 1) if inside else range(0)
    return Piece(tokens, len(span.of(text).encode()))


def _places(
    document: GoldDocument,
    points: Sequence[ReadPoint],
    relations: Mapping[str, str],
    offsets: Sequence[tuple[int, int]],
) -> list[Place]:
    entity_at = {m.span: e for e, those in enumerate(document.entities) for m in those}
    found: dict[int, Place] = {}
    for point in points:
        target = piece(point.target, document.text, offsets)
        if not target.tokens or target.tokens[0] in found:
            continue
        entity = entity_at[point.target]
        found[target.tokens[0]] = Place(
            target.tokens[0],
            point.target.of(document.text),
            target,
            point,
            document.names(entity),
            _right(document, entity, relations),
        )
    return list(found.values())


def _right(document: GoldDocument, entity: int, relations: Mapping[str, str]) -> frozenset[Asks]:
    sides: list[tuple[int, int, Side]] = [(0, 1, "subject"), (1, 0, "object")]
    found: set[Asks] = set()
    for triple in stated(document, relations):
        ends = (triple.subject, triple.object)
        for known, asked, side in sides:
            if ends[asked] == entity:
                relation = relations[triple.property]
                found |= {(relation, side, name) for name in document.names(ends[known])}
    return frozenset(found)


def without_beginning(document: GoldDocument, cut: int) -> GoldDocument:
    """Return a document from one of its characters on, without the mentions before it."""
    entities = tuple(
        tuple(
            GoldMention(m.span.shifted(-cut), m.type) for m in entity if m.span.start >= cut
        )
        for entity in document.entities
    )  # fmt: skip
    sentences = tuple(
        Span(max(0, s.start - cut), s.end - cut) for s in document.sentences if s.end > cut
    )
    return replace(document, text=document.text[cut:], sentences=sentences, entities=entities)
