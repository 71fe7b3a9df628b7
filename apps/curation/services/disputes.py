"""Deciding disputes: a sentence denies a fact of the memory, or says that it has ended.

Each function is one transaction, as those of ``decisions`` are, and takes ``version`` and
``seconds`` like them. A dispute never adds to the memory: the fact is kept, retracted or given an
end. All raise DecidedAlready and CurationError for a candidate that is no dispute.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import User
from apps.common.text import plain
from apps.curation.models import Candidate, Decision
from apps.curation.services.deciding import Verdict, decide, take_dispute
from apps.curation.services.errors import CurationError
from apps.curation.services.writing import NOTHING_DONE, Outcome
from apps.memory.controller import MemoryController
from apps.memory.controller.writing import lock
from apps.memory.models import Triple

LONGEST_REASON = 500


def dispute_keep(
    *,
    candidate: Candidate,
    actor: User,
    reason: str = "",
    version: int | None = None,
    seconds: float | None = None,
) -> Decision:
    """Keep the fact: the sentence was read, and does not count."""
    reason = plain(reason)
    if len(reason) > LONGEST_REASON:
        raise CurationError(f"A reason has at most {LONGEST_REASON} characters.")
    with transaction.atomic():
        own = take_dispute(candidate, actor, version, Candidate.State.REJECTED)
        verdict = Verdict(Decision.Action.KEEP, own_proposal=own, seconds=seconds, reason=reason)
        return decide(candidate, actor, verdict, NOTHING_DONE)


def dispute_retract(
    *,
    candidate: Candidate,
    actor: User,
    version: int | None = None,
    seconds: float | None = None,
) -> Decision:
    """Take the fact out of the memory. Raises NotActive where it stands no more."""
    with transaction.atomic():
        own = take_dispute(candidate, actor, version, Candidate.State.HEEDED)
        triple = _disputed(candidate)
        MemoryController(candidate.space).retract(triple, actor=actor, reason=_why(candidate))
        verdict = Verdict(Decision.Action.RETRACT, own_proposal=own, seconds=seconds)
        return decide(candidate, actor, verdict, _outcome(triple))


def dispute_end(
    *,
    candidate: Candidate,
    actor: User,
    valid_to: date,
    version: int | None = None,
    seconds: float | None = None,
) -> Decision:
    """Say until when the fact held: ``valid_to`` is the first day on which it no longer does.

    Raises NotActive, SameEnd, InvalidPeriod and ConflictError.
    """
    with transaction.atomic():
        own = take_dispute(candidate, actor, version, Candidate.State.HEEDED)
        triple = _disputed(candidate)
        MemoryController(candidate.space).end(triple, actor=actor, valid_to=valid_to)
        verdict = Verdict(Decision.Action.END, own_proposal=own, seconds=seconds)
        return decide(candidate, actor, verdict, _outcome(triple))


def _disputed(candidate: Candidate) -> Triple:
    """Return the fact as it stands now, which nobody else changes until the end."""
    lock(candidate.space)
    assert candidate.against_id is not None
    return Triple.objects.get(pk=candidate.against_id)


def _outcome(triple: Triple) -> Outcome:
    return Outcome(replaced=triple, replaced_valid_to=triple.valid_to)


def _why(candidate: Candidate) -> str:
    assert candidate.passage is not None
    return f"a sentence of “{candidate.passage.document.title}” denies it"
