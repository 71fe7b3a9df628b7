"""A write head that proposes, and another one that checks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from worker.interfaces import WriteHead
from worker.types import PassageExtraction, PassageText, Proposal, RelationSpec, Span

UNCHECKED = 0.5  # by which the score of what the second head did not find is multiplied


class CheckedWriteHead:
    """What the first head proposes, with what the second says of it.

    What both find has the second's score, mood and times. What the second reads as denied, or as
    otherwise not stated, is no proposal. What it did not find keeps half its score, so that it
    comes last. What the second alone finds is left out.
    """

    def __init__(self, name: str, first: WriteHead, second: WriteHead) -> None:
        self.name = name
        self.first, self.second = first, second
        self.version = version_of_both(first.version, second.version)

    @property
    def hashes(self) -> dict[str, str]:
        return hashes_of_both(self.first, self.second)

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return what the first found, checked, one extraction per passage, in order."""
        proposed = self.first.extract(passages, relations)
        checked = self.second.extract(passages, relations)
        return [_checked(one, other) for one, other in zip(proposed, checked, strict=True)]


def version_of_both(first: str, second: str) -> str:
    """Return the versions of two heads as one, short enough to be kept; the ends, which are
    hashes, stay.

    >>> version_of_both("model-of-somebody 0123456789ab", "fedcba987654")
    'model-of-somebody 0123456789ab+fedcba987654'
    """
    return f"{first[-50:]}+{second[-29:]}"


def hashes_of_both(first: object, second: object) -> dict[str, str]:
    """Return the hashes of two heads, each under the name of its head."""
    both: dict[str, str] = {}
    for head in (first, second):
        hashes: Mapping[str, str] = getattr(head, "hashes", {})
        both |= {f"{getattr(head, 'name', '')} {what}": one for what, one in hashes.items()}
    return both


def _checked(found: PassageExtraction, check: PassageExtraction) -> PassageExtraction:
    known = (*check.proposals, *check.unstated)
    every = [_as_checked(one, known) for one in found.proposals]
    return replace(
        found,
        proposals=tuple(one for one in every if one.holds),
        unstated=(*found.unstated, *(one for one in every if not one.holds)),
        mentions=found.mentions or check.mentions,
    )


def _as_checked(proposal: Proposal, known: Sequence[Proposal]) -> Proposal:
    for one in known:
        if _same(one, proposal):
            return replace(
                proposal,
                score=one.score,
                mood=one.mood,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
    return replace(proposal, score=proposal.score * UNCHECKED)


def _same(one: Proposal, other: Proposal) -> bool:
    """Tell whether two proposals say the same of the same place, or of the same names."""
    return (
        one.relation_id == other.relation_id
        and (
            _meet(one.subject.span, other.subject.span)
            or one.subject.called == other.subject.called
        )
        and (_meet(one.object.span, other.object.span) or one.object.called == other.object.called)
    )


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
