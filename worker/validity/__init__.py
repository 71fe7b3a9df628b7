"""From when and until when a fact holds, where its sentence says so.

Rules, not a model: of the times in a sentence only those that plainly speak of the fact count
(``attach``), and only for relations that can hold for a time (``relations``). Precision comes
first: a reviewer adds a time more easily than they notice a wrong one.

Like everywhere, ``valid_from`` is the first day and ``valid_to`` the first day after: "from 1992
to 2002" is 1992-01-01 to 2003-01-01, so that the fact still holds in 2002.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from worker.types import MentionSpan, PassageText, Proposal, RelationSpec, Span
from worker.validity.attach import Place, attached
from worker.validity.cues import find_cues
from worker.validity.relations import can_last, words_of

__all__ = ["can_last", "validity", "with_validity"]

MOST_CHARACTERS = 2000  # of a sentence that is read for times; a longer one is a list or a table


def validity(
    text: str,
    sentence: Span,
    subject: MentionSpan,
    object: MentionSpan,
    relation: RelationSpec,
    others: Iterable[MentionSpan] = (),
) -> tuple[date | None, date | None]:
    """Return from when and until when (excluded) a sentence says that a fact holds.

    ``others`` are the further mentions of the text: a time that is nearer to one of them is not
    the fact's.
    """
    cues = find_cues(text, sentence.start, sentence.end) if can_last(relation) else []
    literal = "TIME" in (subject.type, object.type) or "NUM" in (subject.type, object.type)
    if not cues or literal or _overlap(subject.span, object.span):
        return None, None
    first, second = sorted((subject, object), key=lambda mention: mention.span)
    names = tuple(
        mention
        for mention in sorted(others, key=lambda mention: mention.span)
        if mention.type not in ("TIME", "NUM")
        and sentence.start <= mention.span.start < sentence.end
        and not _overlap(mention.span, first.span)
        and not _overlap(mention.span, second.span)
    )
    return attached(Place(text, sentence, first, second, names, words_of(relation)), cues)


def with_validity(
    passage: PassageText,
    proposals: Iterable[Proposal],
    mentions: Iterable[MentionSpan],
    relations: Mapping[str, RelationSpec],
) -> tuple[Proposal, ...]:
    """Return proposals with the time for which their own sentence says that they hold.

    ``mentions`` are all names of the passage, ``relations`` its relations by id. A proposal whose
    names stand in different sentences or in one of more than MOST_CHARACTERS, or that has a time
    already, stays as it is.
    """
    ordered = sorted(mentions, key=lambda mention: mention.span)
    places = [mention.span.start for mention in ordered]
    whole = (Span(0, len(passage.text)),) if passage.text else ()
    sentences = passage.sentences or whole
    starts = [sentence.start for sentence in sentences]
    made = []
    for proposal in proposals:
        sentence = _shared_sentence(sentences, starts, proposal)
        if sentence and not (proposal.valid_from or proposal.valid_to):
            subject, object_ = (
                MentionSpan(side.span, side.type) for side in (proposal.subject, proposal.object)
            )
            relation = relations[proposal.relation_id]
            names = ordered[bisect_left(places, sentence.start) : bisect_left(places, sentence.end)]
            since, until = validity(passage.text, sentence, subject, object_, relation, names)
            if since or until:
                proposal = replace(proposal, valid_from=since, valid_to=until)
        made.append(proposal)
    return tuple(made)


def _shared_sentence(
    sentences: Sequence[Span], starts: Sequence[int], proposal: Proposal
) -> Span | None:
    """Return the one sentence, of those in order that begin at ``starts``, with both names."""
    low = min(proposal.subject.span.start, proposal.object.span.start)
    high = max(proposal.subject.span.end, proposal.object.span.end)
    at = bisect_right(starts, low) - 1
    if at < 0 or high > sentences[at].end:
        return None
    return sentences[at] if sentences[at].end - starts[at] <= MOST_CHARACTERS else None


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
