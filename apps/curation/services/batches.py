"""Many decisions at once, each of them for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.curation.models import Batch, Candidate, Decision
from apps.curation.selectors import holders_of
from apps.curation.services.decisions import candidate_accept, candidate_defer, candidate_reject
from apps.curation.services.errors import CurationError
from apps.curation.services.undo import decision_undo
from apps.memory.controller import MemoryRefusal


@dataclass(frozen=True)
class Refused:
    """A candidate of a batch that stays as it was, and why."""

    candidate_id: int
    name: str
    reason: str


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch. ``batch`` is None when nothing was decided or undone."""

    batch: Batch | None
    decisions: tuple[Decision, ...]
    refused: tuple[Refused, ...]


def candidates_decide_batch(
    *,
    space: Space,
    actor: User,
    candidates: Sequence[tuple[int, int]],
    action: str = Decision.Action.ACCEPT,
    reason: str = "",
) -> BatchResult:
    """Accept, reject or defer the candidates given as (id, version as shown), each in a
    transaction of its own.

    Those that conflict, are decided already, are open with somebody else or are not of the space
    are refused and reported.
    """
    rows = Candidate.objects.select_related(
        "space", "relation", "passage", "subject_entity", "object_entity"
    ).in_bulk([pk for pk, _ in candidates])
    open_with = holders_of(list(rows), actor)
    batch: Batch | None = None
    decisions: list[Decision] = []
    refused: list[Refused] = []
    for pk, version in dict(candidates).items():
        candidate = rows.get(pk)
        if candidate is None or candidate.space_id != space.pk:
            refused.append(Refused(pk, f"Candidate {pk}", "There is none in this space."))
            continue
        name = str(candidate)
        if pk in open_with:
            refused.append(Refused(pk, name, f"{open_with[pk].label} has it open."))
            continue
        try:
            with transaction.atomic():  # with the first decision the batch begins
                own = batch or Batch.objects.create(space=space, actor=actor)
                decisions.append(_decide(candidate, actor, version, own, action, reason))
            batch = own
        except (CurationError, MemoryRefusal, ValueError) as error:
            refused.append(Refused(pk, name, str(error)))
    return BatchResult(batch, tuple(decisions), tuple(refused))


def _decide(
    candidate: Candidate, actor: User, version: int, batch: Batch, action: str, reason: str
) -> Decision:
    if action == Decision.Action.REJECT:
        return candidate_reject(
            candidate=candidate, actor=actor, version=version, batch=batch, reason=reason
        )
    open_end = candidate.mood == Candidate.Mood.ENDED and candidate.valid_to is None
    if action == Decision.Action.ACCEPT and open_end:
        raise CurationError("The text says that this has ended, and not when: decide it alone.")
    decide = {
        Decision.Action.ACCEPT.value: candidate_accept,
        Decision.Action.DEFER.value: candidate_defer,
    }[action]
    return decide(candidate=candidate, actor=actor, version=version, batch=batch)


def batch_undo(*, batch: Batch, actor: User) -> BatchResult:
    """Undo what still stands of a batch, the last decision first; each for itself.

    The batch counts as undone when nothing of it stands any more.
    """
    undone: list[Decision] = []
    refused: list[Refused] = []
    standing = batch.decisions.filter(undone_at=None).select_related("candidate__relation")
    for decision in standing.order_by("-pk"):
        try:
            decision_undo(decision=decision, actor=actor)
            undone.append(decision)
        except (CurationError, MemoryRefusal) as error:
            refused.append(Refused(decision.candidate_id, str(decision.candidate), str(error)))
    if undone:
        with transaction.atomic():
            if not standing.exists():
                Batch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=timezone.now())
            record(
                space=batch.space,
                action="batch.undone",
                actor=actor,
                subject=batch,
                payload={
                    "decisions": [decision.pk for decision in undone],
                    "refused": [one.candidate_id for one in refused],
                },
            )
    batch.refresh_from_db()
    return BatchResult(batch if undone else None, tuple(undone), tuple(refused))
