"""Candidates and what reviewers decide; relations that people propose."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    COUNTS,
    FACT,
    FIELDS,
    FLAG,
    NUMBER,
    NUMBERS,
    REVIEWERS,
    TEXT,
    TEXTS,
    Action,
    Key,
    content,
    optional,
    or_none,
    personal,
)

_FACT: Final = content(FACT)
# What is said of every decision, and of one where there is anything to say.
_DECISION: Final[dict[str, Key]] = {
    "decision": NUMBER,
    "fact": _FACT,
    "triple": or_none(NUMBER),
    "evidence": or_none(NUMBER),
    "document": optional(NUMBER),
    "reason": optional(personal(TEXT)),
    "before": optional(content(FIELDS)),
    "chosen": optional(TEXTS),
    "in_words_of": optional(personal(TEXT)),
    "replaced": optional(NUMBER),
    "disputes": optional(NUMBER),
    "batch": optional(NUMBER),
    "along_with": optional(NUMBER),
    "despite_conflicts": optional(FLAG),
    "own_proposal": optional(FLAG),
    "only_reviewer": optional(personal(TEXT)),
    "wording": optional(personal(TEXT)),
}
_REASON: Final = "[: {reason}]"


def _decided(name: str, wording: str, sentence: str) -> Action:
    return Action(name, wording, sentence, _DECISION, REVIEWERS)


ACTIONS: Final = (
    Action(
        "candidate.exported",
        "exported facts for annotation",
        "exported {candidates:fact|facts} for annotation, as a file for {format}",
        {"format": TEXT, "candidates": NUMBER},
        REVIEWERS,
    ),
    Action(
        "candidate.proposed",
        "proposed facts",
        "proposed {candidates:fact|facts}[: {fact}][ from document {document}]",
        {
            "candidates": NUMBERS,
            "document": optional(NUMBER),
            "passage": optional(NUMBER),
            "call": optional(content(TEXT)),
            "dropped": optional(COUNTS),
            "spent": optional(COUNTS),
            "rows": optional(NUMBER),
            "fact": optional(_FACT),
            "origin": optional(TEXT),
            "question": optional(or_none(NUMBER)),
            "replaces": optional(or_none(NUMBER)),
        },
        REVIEWERS,
    ),
    _decided("candidate.accepted", "accepted a fact", "accepted the fact {fact}"),
    _decided(
        "candidate.edited",
        "edited and accepted a fact",
        "edited a fact and accepted it as {fact}" + _REASON,
    ),
    _decided("candidate.rejected", "rejected a fact", "rejected the fact {fact}" + _REASON),
    _decided(
        "candidate.merged",
        "merged a fact into an existing one",
        "merged the fact {fact} into[ fact {triple},] one that was there" + _REASON,
    ),
    _decided(
        "candidate.superseded",
        "accepted a fact in place of an older one",
        "accepted the fact {fact} in place of[ fact {replaced},] an older one" + _REASON,
    ),
    _decided("candidate.deferred", "put a fact off", "put the fact {fact} off" + _REASON),
    _decided(
        "candidate.reworded",
        "put a fact in words of their own",
        "put a fact in words of their own: {fact}" + _REASON,
    ),
    _decided(
        "dispute.kept",
        "kept a fact that a sentence denies",
        "kept the fact {fact}, which a sentence denies" + _REASON,
    ),
    _decided(
        "dispute.retracted",
        "retracted a fact that a sentence denies",
        "retracted the fact {fact}, which a sentence denies" + _REASON,
    ),
    _decided(
        "dispute.ended",
        "ended a fact that a sentence denies",
        "said that the fact {fact} has ended, as a sentence says" + _REASON,
    ),
    Action(
        "decision.undone",
        "undid a decision",
        "undid decision {decision} of {decided_by}",
        {
            "decision": NUMBER,
            "action": TEXT,
            "decided_by": personal(TEXT),
            "triple": or_none(NUMBER),
            "evidence": or_none(NUMBER),
        },
        REVIEWERS,
    ),
    Action(
        "batch.undone",
        "undid a batch of decisions",
        "undid {decisions:decision|decisions} of a batch[; {refused:one|more} had to stay]",
        {"decisions": NUMBERS, "refused": NUMBERS},
        REVIEWERS,
    ),
    Action(
        "relation.proposed",
        "proposed a relation",
        "proposed the relation “{name}”[ for the fact {fact}]",
        {"name": content(TEXT), "fact": _FACT, "question": NUMBER},
        REVIEWERS,
    ),
    Action(
        "relation.proposal_accepted",
        "took up a proposed relation",
        "took up the proposed relation “{name}”",
        {"name": content(TEXT), "relation": NUMBER, "candidate": NUMBER},
        REVIEWERS,
    ),
    Action(
        "relation.proposal_declined",
        "declined a proposed relation",
        "declined the proposed relation “{name}”" + _REASON,
        {"name": content(TEXT), "reason": personal(TEXT)},
        REVIEWERS,
    ),
)
