"""Taking a candidate for a decision, and keeping the decision with its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from apps.accounts.models import User
from apps.audit.services import record
from apps.curation.models import Batch, Candidate, Decision, Hold
from apps.curation.selectors import candidate_statement, decision_standing, may_decide_own
from apps.curation.services.errors import CurationError, DecidedAlready, IsDispute, NotAllowed
from apps.curation.services.implied import ask_about_implied
from apps.curation.services.writing import NOTHING_DONE, Outcome
from apps.memory.controller.writing import lock
from apps.memory.services import relation_learn

EVENTS = {
    Decision.Action.ACCEPT: "candidate.accepted",
    Decision.Action.EDIT: "candidate.edited",
    Decision.Action.REJECT: "candidate.rejected",
    Decision.Action.MERGE: "candidate.merged",
    Decision.Action.SUPERSEDE: "candidate.superseded",
    Decision.Action.DEFER: "candidate.deferred",
    Decision.Action.REWORD: "candidate.reworded",
    Decision.Action.KEEP: "dispute.kept",
    Decision.Action.RETRACT: "dispute.retracted",
    Decision.Action.END: "dispute.ended",
}
LEARNING = (Decision.Action.ACCEPT, Decision.Action.EDIT, Decision.Action.SUPERSEDE)
UNDECIDED = (Decision.Action.DEFER, Decision.Action.REWORD)


def take(
    candidate: Candidate, actor: User, version: int | None, state: str, **changes: Any
) -> bool:
    """Take the candidate for a decision, if it still is as the reviewer saw it.

    Returns whether the fact stands in the actor's own words. ``changes`` are written along.
    Raises NotAllowed, DecidedAlready and, but for a deferral, IsDispute.
    """
    if candidate.is_dispute and state != Candidate.State.DEFERRED:
        raise IsDispute
    return _take(candidate, actor, version, state, changes)


def take_dispute(candidate: Candidate, actor: User, version: int | None, state: str) -> bool:
    """Take a dispute for a decision on it. Raises DecidedAlready and, for another candidate,
    CurationError."""
    if not candidate.is_dispute:
        raise CurationError("This sentence denies no fact of the memory.")
    return _take(candidate, actor, version, state, {})


def _take(
    candidate: Candidate,
    actor: User,
    version: int | None,
    state: str,
    changes: Mapping[str, Any],
) -> bool:
    own = candidate.author_id == actor.pk or changes.get("reworded_by") == actor
    waits = state == Candidate.State.PENDING  # nothing is decided by that
    if own and not waits and not _may_decide_own(candidate, actor):
        raise NotAllowed
    changes = {"deferred_at": None, **changes}
    as_shown = Candidate.objects.filter(
        pk=candidate.pk, state__in=Candidate.OPEN, version=candidate.version
    )
    if version not in (None, candidate.version) or not as_shown.update(
        state=state, version=F("version") + 1, **changes
    ):
        candidate.refresh_from_db()
        raise DecidedAlready(decision_standing(candidate))
    if own and not waits:
        lock(candidate.space)  # who holds the role now, and not a moment ago
        if not _may_decide_own(candidate, actor):
            raise NotAllowed
    # As the row is now, which nobody else can have changed since.
    candidate.state, candidate.version = state, candidate.version + 1
    for name, value in changes.items():
        setattr(candidate, name, value)
    Hold.objects.filter(candidate=candidate).delete()
    return own


def _may_decide_own(candidate: Candidate, actor: User) -> bool:
    return may_decide_own(space=candidate.space, user=actor, candidate=candidate)


@dataclass(frozen=True)
class Verdict:
    """What a reviewer decided and how.

    ``own_proposal`` tells that the fact stood in the words of who decides; ``seconds`` how long
    the card was open; ``before`` the fields that an edit changed, ``chosen`` what of the fact the
    reviewer chose beyond its sentence; ``despite_conflicts`` that it was let in beside others;
    ``along_with`` is the decision that took it along.
    """

    action: Decision.Action
    own_proposal: bool
    seconds: float | None
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    chosen: Sequence[str] = ()
    batch: Batch | None = None
    despite_conflicts: bool = False
    along_with: Decision | None = None


def decide(
    candidate: Candidate, actor: User, verdict: Verdict, outcome: Outcome = NOTHING_DONE
) -> Decision:
    """Save the decision and its event, in the transaction that took the candidate.

    With the fact its relation learns the wording of the question behind it, unless a reviewer
    has made another statement of it.
    """
    decision = Decision.objects.create(
        candidate=candidate,
        action=verdict.action,
        actor=actor,
        reason=verdict.reason,
        before=dict(verdict.before),
        chosen=list(verdict.chosen),
        statement=candidate_statement(candidate),
        batch=verdict.batch,
        along_with=verdict.along_with,
        own_proposal=verdict.own_proposal,
        triple=outcome.triple,
        evidence=outcome.evidence,
        replaced=outcome.replaced,
        replaced_valid_to=outcome.replaced_valid_to,
        seconds=verdict.seconds,
    )
    ask_about_implied(decision)
    learnt = False
    if candidate.wording and verdict.action in LEARNING and _asks_for_it(candidate):
        learnt = relation_learn(relation=candidate.relation, actor=actor, wording=candidate.wording)
    told = _told(decision, learnt=learnt, despite_conflicts=verdict.despite_conflicts)
    record(
        space=candidate.space,
        action=EVENTS[verdict.action],
        actor=actor,
        subject=candidate,
        payload={
            "decision": decision.pk,
            "fact": [candidate.subject_text, candidate.relation.name, candidate.object_text],
            "triple": decision.triple_id,
            "evidence": decision.evidence_id,
            **{name: value for name, value in told.items() if value},
        },
    )
    return decision


def _told(decision: Decision, *, learnt: bool, despite_conflicts: bool) -> dict[str, Any]:
    """Return what the event says of a decision where there is anything to say."""
    candidate = decision.candidate
    alone = decision.own_proposal and decision.action not in UNDECIDED
    return {
        "document": candidate.passage.document_id if candidate.passage else None,
        "reason": decision.reason,
        "before": decision.before,
        "chosen": decision.chosen,
        "in_words_of": candidate.reworded_by.label if candidate.reworded_by else "",
        "replaced": None if candidate.is_dispute else decision.replaced_id,
        "disputes": candidate.against_id,
        "batch": decision.batch_id,
        "along_with": decision.along_with_id,
        "despite_conflicts": despite_conflicts,
        "own_proposal": decision.own_proposal,
        "only_reviewer": decision.actor.label if alone else "",
        "wording": candidate.wording if learnt else "",
    }


def _asks_for_it(candidate: Candidate) -> bool:
    """Return whether the wording still asks for the fact: no edit that stands has changed its
    relation or the side that the wording names."""
    known = "subject_text" if "{subject}" in candidate.wording else "object_text"
    edits = candidate.decisions.filter(undone_at=None).values_list("before", flat=True)
    return not any({"relation", known} & before.keys() for before in edits)
