"""From the triples found in a passage to what the write head says of it."""

from __future__ import annotations

from collections.abc import Sequence

from worker.heads.encoder.proposals import (
    ScoredTriple,
    distinct_mentions,
    one_mood_each,
    proposal,
    without_doubles,
)
from worker.mentions.respectively import crossed
from worker.protocol import serialise_write
from worker.types import MentionSpan, PassageExtraction, PassageText, RelationSpec
from worker.validity import with_validity


def extraction_of(
    passage: PassageText,
    found: Sequence[MentionSpan],
    triples: Sequence[ScoredTriple],
    relations: Sequence[RelationSpec],
) -> PassageExtraction:
    """Return the extraction of a passage from the mentions and the triples of all its windows: the
    proposals in order of the text with their times, and the call that writes them."""
    rank = {spec.id: i for i, spec in enumerate(relations)}
    specs = {spec.id: spec for spec in relations}
    mentions = distinct_mentions(found)
    made = one_mood_each(proposal(passage, t) for t in without_doubles(passage.text, triples))
    proposals = sorted(
        (
            p
            for p in made
            if not crossed(passage.text, p.sentence, p.subject.span, p.object.span, mentions)
        ),
        key=lambda p: (p.sentence, p.subject.span, p.object.span, rank[p.relation_id]),
    )
    holding = [p for p in proposals if p.holds]
    call = serialise_write(
        [(p.subject.called, specs[p.relation_id].name, p.object.called) for p in holding]
    )
    timed = with_validity(passage, holding, mentions, specs)
    unstated = tuple(p for p in proposals if not p.holds)
    return PassageExtraction(passage.id, timed, call, mentions, unstated)
