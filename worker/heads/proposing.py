"""From places in a passage to proposals, for heads that say what a passage states and where, and
nothing of what kind of thing stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worker.literals import parse_literal, parse_text
from worker.mentions.kinds import decided_type
from worker.protocol import serialise_write
from worker.types import (
    ENTITY_TYPES,
    LITERAL_KINDS,
    Argument,
    MentionSpan,
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)
from worker.validity import with_validity


def sentences_of(passage: PassageText) -> tuple[Span, ...]:
    """Return a passage's sentences; the whole text is one when none are given."""
    if passage.sentences or not passage.text:
        return passage.sentences
    return (Span(0, len(passage.text)),)


def argument_at(
    passage: PassageText, span: Span, types: Sequence[str], name: str = ""
) -> Argument | None:
    """Return what stands at a place, of one of the types that its relation takes there; None where
    only dates or numbers belong there and it is none. ``name`` is that of a thing in full."""
    text = span.of(passage.text)
    literal = [type_ for type_ in types if type_ in LITERAL_KINDS]
    for type_ in literal:
        if (value := parse_literal(text, LITERAL_KINDS[type_])) is not None:
            return Argument(text, span, type_, LITERAL_KINDS[type_], value=value)
    things = [type_ for type_ in types if type_ in ENTITY_TYPES and type_ not in literal]
    if literal and not things:
        return None
    tagged = [MentionSpan(span, type_) for type_ in things or ["MISC"]]
    type_ = decided_type(passage.text, tagged, sentences_of(passage))
    written = parse_text(text) if type_ == "MISC" else None  # an address, a version
    if written is not None:
        return Argument(text, span, type_, "text", value=written)
    return Argument(text, span, type_, name=name)


def extraction_of(
    passage: PassageText, found: Sequence[Proposal], relations: Mapping[str, RelationSpec]
) -> PassageExtraction:
    """Return the extraction of a passage: its proposals in the order of the text, with the times
    that their sentences give them; ``relations`` are by id."""
    order = {id_: number for number, id_ in enumerate(relations)}
    ordered = sorted(
        found, key=lambda p: (p.sentence, p.subject.span, p.object.span, order[p.relation_id])
    )
    mentions = tuple(
        sorted(
            {MentionSpan(a.span, a.type) for p in found for a in (p.subject, p.object)},
            key=lambda mention: (mention.span, mention.type),
        )
    )
    holding = [proposal for proposal in ordered if proposal.holds]
    return PassageExtraction(
        passage.id,
        with_validity(passage, holding, mentions, relations),
        serialise_write(
            [(p.subject.called, relations[p.relation_id].name, p.object.called) for p in holding]
        ),
        mentions,
        tuple(proposal for proposal in ordered if not proposal.holds),
    )
