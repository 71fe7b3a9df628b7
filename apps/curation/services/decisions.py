"""Deciding candidates: the only way into the memory.

Every function is one transaction: a conditional UPDATE takes the candidate in the version that
the reviewer saw, then follow the write to the memory, the decision and its event. Of two reviewers
who decide at the same moment one gets DecidedAlready, and so does one who decides an old page.

All take ``version`` (the candidate's own when left out) and ``seconds`` (from display to
decision), and raise DecidedAlready, NotAllowed and what the memory refuses with (MemoryRefusal).
What lets a fact in takes along the other messages of a conversation that say it (``along``).
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.common.text import plain
from apps.curation.models import Batch, Candidate, Decision
from apps.curation.services.along import decide_along
from apps.curation.services.deciding import Verdict, decide, take
from apps.curation.services.errors import CurationError
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
from apps.memory.models import Triple

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
        decision = decide(
            candidate,
            actor,
            Verdict(
                Decision.Action.SUPERSEDE if outcome.replaced else Decision.Action.ACCEPT,
                own_proposal=own,
                seconds=seconds,
                batch=batch,
                despite_conflicts=despite_conflicts,
            ),
            outcome,
        )
        decide_along(decision)
        return decision


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
    reason = plain(reason)
    if not reason or len(reason) > LONGEST_REASON:
        raise CurationError(f"Say in at most {LONGEST_REASON} characters why it is rejected.")
    with transaction.atomic():
        own = take(candidate, actor, version, Candidate.State.REJECTED)
        return decide(
            candidate,
            actor,
            Verdict(
                Decision.Action.REJECT,
                own_proposal=own,
                seconds=seconds,
                batch=batch,
                reason=reason,
            ),
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
        decision = decide(
            candidate,
            actor,
            Verdict(
                Decision.Action.MERGE,
                own_proposal=own,
                seconds=seconds,
                chosen=chosen_by_merge(candidate, triple),
            ),
            Outcome.of(written),
        )
        decide_along(decision)
        return decision


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
        decision = decide(
            candidate,
            actor,
            Verdict(
                Decision.Action.SUPERSEDE,
                own_proposal=own,
                seconds=seconds,
                despite_conflicts=despite_conflicts,
            ),
            outcome,
        )
        decide_along(decision)
        return decision


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
            Verdict(
                Decision.Action.DEFER,
                own_proposal=own,
                seconds=seconds,
                batch=batch,
            ),
        )
