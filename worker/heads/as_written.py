"""Passages that a head reads in another letter case than they are written in."""

from __future__ import annotations

from dataclasses import replace

from worker.english.capitals import in_small_letters, is_in_capitals
from worker.protocol import parse_write, serialise_write
from worker.types import Argument, PassageExtraction, PassageText, Proposal


def readable(passage: PassageText) -> PassageText:
    """Return the passage as a head should read it: itself, unless it is in capitals alone."""
    if not is_in_capitals(passage.text):
        return passage
    return replace(passage, text=in_small_letters(passage.text, passage.sentences))


def as_written(read: PassageExtraction, copy: str, text: str) -> PassageExtraction:
    """Return what was read in the copy of a text with all names as the text itself has them."""
    if copy == text:
        return read
    proposals = tuple(_written(one, copy, text) for one in read.proposals)
    said = zip(proposals, parse_write(read.call), strict=True)
    call = [(one.subject.called, relation, one.object.called) for one, (_, relation, _) in said]
    return replace(
        read,
        proposals=proposals,
        unstated=tuple(_written(one, copy, text) for one in read.unstated),
        call=serialise_write(call),
    )


def _written(proposal: Proposal, copy: str, text: str) -> Proposal:
    def side(argument: Argument) -> Argument:
        name = argument.name
        at = copy.find(name) if name else -1
        # A country that a nationality word means stands in neither.
        own = text[at : at + len(name)] if at >= 0 else name
        return replace(argument, text=argument.span.of(text), name=own)

    return replace(proposal, subject=side(proposal.subject), object=side(proposal.object))
