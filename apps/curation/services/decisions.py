"""Deciding candidates: the only way into the memory.

Every function is one transaction: a conditional UPDATE takes the candidate in the version that
the reviewer saw, then follow the write to the memory, the decision and its event. Of two reviewers
who decide at the same moment one gets DecidedAlready, and so does one who decides an old page.

All take ``version`` (the candidate's own when left out) and ``seconds`` (from display to
decision), and raise DecidedAlready, NotAllowed and what the memory refuses with (MemoryRefusal).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.curation.models import Batch, Candidate, Decision, Hold
from apps.curation.selectors import decision_standing, may_decide_own
from apps.curation.services.errors import CurationError, DecidedAlready, NotAllowed
from apps.curation.services.grounds import bears_out, chosen_by_merge, refuse_strangers
from apps.curation.services.writing import (
    NOTHING_PICKED,
    Outcome,
    Picked,
    evidence_of,
    same_as,
    says,
    supersede,
    write,
)
from apps.memory.controller import MemoryController
from apps.memory.controller.writing import lock
from apps.memory.models import Triple
from apps.memory.services import relation_learn

EVENTS = {
    Decision.Action.ACCEPT: "candidate.accepted",
    Decision.Action.EDIT: "candidate.edited",
    Decision.Action.REJECT: "candidate.rejected",
    Decision.Action.MERGE: "candidate.merged",
    Decision.Action.SUPERSEDE: "candidate.superseded",
    Decision.Action.DEFER: "candidate.deferred",
    Decision.Action.REWORD: "candidate.reworded",
}
LEARNING = (Decision.Action.ACCEPT, Decision.Action.EDIT, Decision.Action.SUPERSEDE)
UNDECIDED = (Decision.Action.DEFER, Decision.Action.REWORD)
LONGEST_REASON = 500


def candidate_accept(
    *,
    candidate: Candidate,
    actor: User,
    version: int | None = None,
    seconds: float | None = None,
    picked: Picked = NOTHING_PICKED,
    despite_conflicts: bool = False,
    batch: Batch | None = None,
) -> Decision:
    """Write the fact to the memory as proposed; one that stands there gets more evidence.

    One that is proposed in the place of an active fact supersedes that. Raises ConflictError when
    it contradicts another fact of a single-valued relation, unless ``despite_conflicts`` keeps
    both, AmbiguousName when a name means several entities, and CurationError for a pick that the
    memory does not know by the name.
    """
    refuse_strangers(candidate, picked)
    with transaction.atomic():
        own = take(candidate, actor, version, Candidate.State.ACCEPTED, **picked.changes())
        outcome = write(candidate, actor, picked, despite_conflicts=despite_conflicts)
        return decide(
            candidate,
            actor,
            Decision.Action.SUPERSEDE if outcome.replaced else Decision.Action.ACCEPT,
            outcome,
            own_proposal=own,
            seconds=seconds,
            batch=batch,
            despite_conflicts=despite_conflicts,
        )


def candidate_reject(
    *,
    candidate: Candidate,
    actor: User,
    reason: str,
    version: int | None = None,
    seconds: float | None = None,
    batch: Batch | None = None,
) -> Decision:
    """Keep the fact out of the memory. Raises CurationError without a reason."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise CurationError(f"Say in at most {LONGEST_REASON} characters why it is rejected.")
    with transaction.atomic():
        own = take(candidate, actor, version, Candidate.State.REJECTED)
        return decide(
            candidate,
            actor,
            Decision.Action.REJECT,
            Outcome(),
            own_proposal=own,
            seconds=seconds,
            batch=batch,
            reason=reason,
        )


def candidate_merge(
    *,
    candidate: Candidate,
    actor: User,
    triple: Triple,
    version: int | None = None,
    seconds: float | None = None,
) -> Decision:
    """Make the candidate's sentence evidence of a triple that the reviewer picked, if it holds the
    names of that triple as the memory knows them; otherwise it says the same by the reviewer's
    word alone. Raises CurationError for a triple that is not active or of another space."""
    if triple.space_id != candidate.space_id:
        raise CurationError("There is no such fact in this space.")
    with transaction.atomic():
        own = take(candidate, actor, version, Candidate.State.MERGED)
        holds = bears_out(candidate, triple)
        evidence = evidence_of(candidate, of=triple) if holds else None
        written = MemoryController(candidate.space).write(
            same_as(triple), evidence=evidence, actor=actor
        )
        if written.triple != triple:
            raise CurationError("This fact is no longer active: choose another one.")
        return decide(
            candidate,
            actor,
            Decision.Action.MERGE,
            Outcome.of(written),
            own_proposal=own,
            seconds=seconds,
            chosen=chosen_by_merge(candidate, triple),
        )


def candidate_supersede(
    *,
    candidate: Candidate,
    actor: User,
    replaced: Triple,
    valid_to: date | None = None,
    version: int | None = None,
    seconds: float | None = None,
    picked: Picked = NOTHING_PICKED,
    despite_conflicts: bool = False,
) -> Decision:
    """Accept the fact in place of another one, which ended on ``valid_to`` if that is known.

    ``despite_conflicts`` is about further facts that contradict it.
    Raises CurationError for a triple of another space and for one that says the same already,
    NotActive and InvalidPeriod.
    """
    if replaced.space_id != candidate.space_id:
        raise CurationError("There is no such fact in this space.")
    if replaced.status == Triple.Status.ACTIVE and says(replaced, candidate, picked):
        raise CurationError("That fact says exactly this already: accept the candidate instead.")
    refuse_strangers(candidate, picked)
    with transaction.atomic():
        own = take(candidate, actor, version, Candidate.State.SUPERSEDING, **picked.changes())
        outcome = supersede(
            candidate,
            actor,
            picked,
            replaced,
            valid_to=valid_to,
            despite_conflicts=despite_conflicts,
        )
        return decide(
            candidate,
            actor,
            Decision.Action.SUPERSEDE,
            outcome,
            own_proposal=own,
            seconds=seconds,
            despite_conflicts=despite_conflicts,
        )


def candidate_defer(
    *,
    candidate: Candidate,
    actor: User,
    version: int | None = None,
    seconds: float | None = None,
    batch: Batch | None = None,
) -> Decision:
    """Put the candidate off: it leaves the queue and waits among the deferred ones."""
    with transaction.atomic():
        own = take(candidate, actor, version, Candidate.State.DEFERRED, deferred_at=timezone.now())
        return decide(
            candidate,
            actor,
            Decision.Action.DEFER,
            Outcome(),
            own_proposal=own,
            seconds=seconds,
            batch=batch,
        )


def take(
    candidate: Candidate, actor: User, version: int | None, state: str, **changes: Any
) -> bool:
    """Take the candidate for a decision, if it still is as the reviewer saw it.

    Returns whether the fact stands in the actor's own words. ``changes`` are written along.
    Raises NotAllowed and DecidedAlready.
    """
    own = candidate.author_id == actor.pk or changes.get("reworded_by") == actor
    waits = state == Candidate.State.PENDING  # nothing is decided by that
    if own and not waits and not may_decide_own(space=candidate.space, user=actor):
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
        if not may_decide_own(space=candidate.space, user=actor):
            raise NotAllowed
    candidate.refresh_from_db(fields=["state", "version", *changes])
    Hold.objects.filter(candidate=candidate).delete()
    return own


def decide(
    candidate: Candidate,
    actor: User,
    action: Decision.Action,
    outcome: Outcome,
    *,
    own_proposal: bool,
    seconds: float | None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    chosen: Sequence[str] = (),
    batch: Batch | None = None,
    despite_conflicts: bool = False,
) -> Decision:
    """Save the decision and its event, in the transaction that took the candidate.

    With the fact its relation learns the wording of the question behind it, unless a reviewer
    has made another statement of it.
    """
    decision = Decision.objects.create(
        candidate=candidate,
        action=action,
        actor=actor,
        reason=reason,
        before=before or {},
        chosen=list(chosen),
        batch=batch,
        own_proposal=own_proposal,
        triple=outcome.triple,
        evidence=outcome.evidence,
        replaced=outcome.replaced,
        replaced_valid_to=outcome.replaced_valid_to,
        seconds=seconds,
    )
    learnt = False
    if candidate.wording and action in LEARNING and _asks_for_it(candidate):
        learnt = relation_learn(relation=candidate.relation, actor=actor, wording=candidate.wording)
    payload: dict[str, Any] = {
        "decision": decision.pk,
        "fact": [candidate.subject_text, candidate.relation.name, candidate.object_text],
        "triple": outcome.triple.pk if outcome.triple else None,
        "evidence": outcome.evidence.pk if outcome.evidence else None,
    }
    for name, value in (
        ("document", candidate.passage.document_id if candidate.passage else None),
        ("reason", reason),
        ("before", before),
        ("chosen", list(chosen)),
        ("in_words_of", candidate.reworded_by.label if candidate.reworded_by else ""),
        ("replaced", outcome.replaced.pk if outcome.replaced else None),
        ("batch", batch.pk if batch else None),
        ("despite_conflicts", despite_conflicts),
        ("own_proposal", own_proposal),
        ("only_reviewer", actor.label if own_proposal and action not in UNDECIDED else ""),
        ("wording", candidate.wording if learnt else ""),
    ):
        if value:
            payload[name] = value
    record(
        space=candidate.space,
        action=EVENTS[action],
        actor=actor,
        subject=candidate,
        payload=payload,
    )
    return decision


def _asks_for_it(candidate: Candidate) -> bool:
    """Return whether the wording still asks for the fact: no edit that stands has changed its
    relation or the side that the wording names."""
    known = "subject_text" if "{subject}" in candidate.wording else "object_text"
    edits = candidate.decisions.filter(undone_at=None).values_list("before", flat=True)
    return not any({"relation", known} & before.keys() for before in edits)
