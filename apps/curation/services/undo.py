"""Taking decisions back."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.curation.models import Candidate, Decision
from apps.curation.selectors import decision_standing
from apps.curation.services.edits import restored
from apps.curation.services.errors import CannotUndo
from apps.curation.services.implied import ask_no_more
from apps.memory.controller import ConflictError, MemoryController
from apps.memory.controller.writing import lock
from apps.memory.models import Evidence, Triple
from apps.memory.services import stands_for
from apps.sources.models import Document

UNDONE = "the decision was undone"


def decision_undo(*, decision: Decision, actor: User) -> Candidate:
    """Make the candidate pending again, as it was proposed, and take back what it wrote.

    Evidence that other decisions rest on too stays, and so does a triple that has other evidence.
    What was decided along with it is undone with it.
    Raises CannotUndo when the decision does not stand any more or when later facts depend on it.
    """
    try:
        with transaction.atomic():
            candidate = Candidate.objects.select_for_update().get(pk=decision.candidate_id)
            if decision.along_with_id is not None:
                raise CannotUndo("It was decided along with the first message: undo that decision.")
            for along in decision.taken_along.filter(undone_at=None).order_by("-pk"):
                _undo(along, along.candidate, actor)
            _undo(decision, candidate, actor)
    except IntegrityError as error:
        if "curation_candidate_once" in str(error):
            raise CannotUndo(
                "Another candidate now says what this one said before it was edited."
            ) from None
        raise
    decision.refresh_from_db()
    candidate.refresh_from_db()
    return candidate


def _undo(decision: Decision, candidate: Candidate, actor: User) -> None:
    """Take one decision back, in the transaction that holds its candidate or the one that it was
    decided along with."""
    standing = decision_standing(candidate)
    if standing is None or standing.pk != decision.pk:
        raise CannotUndo("This decision does not stand any more.")
    if Document.objects.filter(passages=candidate.passage_id, erased_at__isnull=False).exists():
        raise CannotUndo("The document was erased: retract the fact instead.")
    take_back = _bring_disputed_back if candidate.is_dispute else _take_back
    take_back(standing, actor)
    along = standing.along_with_id is not None
    Candidate.objects.filter(pk=candidate.pk).update(
        state=Candidate.State.AGAIN if along else Candidate.State.PENDING,
        version=F("version") + 1,
        deferred_at=None,
        **restored(standing.before),
    )
    ask_no_more(standing)
    Decision.objects.filter(pk=standing.pk).update(undone_at=timezone.now(), undone_by=actor)
    record(
        space=candidate.space,
        action="decision.undone",
        actor=actor,
        subject=candidate,
        payload={
            "decision": standing.pk,
            "action": standing.action,
            "decided_by": standing.actor.label,
            "triple": standing.triple_id,
            "evidence": standing.evidence_id,
        },
    )


def _take_back(decision: Decision, actor: User) -> None:
    """Undo what the decision did to the memory."""
    if decision.triple_id is None:
        return
    space = decision.candidate.space
    lock(space)  # from here on no other decision can come to rest on the triple
    memory = MemoryController(space)
    own = Triple.objects.get(pk=decision.triple_id)
    # After a merge of entities another fact may state what this one did, with its evidence.
    triple, together = stands_for(own)
    if triple.status == Triple.Status.SUPERSEDED:
        raise CannotUndo("A later fact has replaced this one: undo that decision first.")
    others = Decision.objects.filter(undone_at=None).exclude(pk=decision.pk)
    evidence = decision.evidence
    # Whether the fact stays is judged below, by what else supports it.
    if evidence is not None and _rests_on_this_alone(evidence, others):
        memory.retract_evidence(evidence, actor=actor, keep_triple=True)
    supported = (
        others.filter(triple__in=together).exists()
        or triple.evidence.filter(retracted_at=None).exists()
    )
    if decision.replaced is not None:
        if supported:
            raise CannotUndo("Other decisions rest on this fact too: undo them first.")
        if own == triple or _came_by_decision(triple):
            _retract(triple, memory, actor)
        _bring_back(decision, decision.replaced, memory, actor)
    elif not supported and _came_by_decision(triple):
        _retract(triple, memory, actor)
    if own != triple and not others.filter(triple=own).exists() and _came_by_decision(own):
        # Taking the merge back must not bring it to life again.
        memory.retract(own, actor=actor, reason=UNDONE)


def _bring_disputed_back(decision: Decision, actor: User) -> None:
    """Undo what a decision on a dispute did to the fact."""
    if decision.replaced_id is None:
        return
    space = decision.candidate.space
    lock(space)
    memory = MemoryController(space)
    fact = Triple.objects.get(pk=decision.replaced_id)
    if decision.action == Decision.Action.RETRACT:
        if _came_by_decision(fact) and not fact.decisions.filter(undone_at=None).exists():
            raise CannotUndo("What let the fact into the memory was undone since.")
        _bring_back(decision, fact, memory, actor)
        return
    later = fact.replaced_by_decisions.filter(
        undone_at=None, pk__gt=decision.pk, action=Decision.Action.END
    )
    if fact.status != Triple.Status.ACTIVE or later.exists():
        raise CannotUndo("The fact has changed since: decide it by hand.")
    try:
        memory.end(fact, actor=actor, valid_to=decision.replaced_valid_to)
    except ConflictError:
        raise CannotUndo(
            "Without its end the fact would contradict another one: undo that decision first."
        ) from None


def _rests_on_this_alone(evidence: Evidence, others: QuerySet[Decision]) -> bool:
    return evidence.retracted_at is None and not others.filter(evidence=evidence).exists()


def _came_by_decision(triple: Triple) -> bool:
    """Return whether a decision made this triple, so that it goes with the last of them."""
    return triple.decisions.exclude(action=Decision.Action.MERGE).exists()


def _retract(triple: Triple, memory: MemoryController, actor: User) -> None:
    if triple.status == Triple.Status.ACTIVE:
        memory.retract(triple, actor=actor, reason=UNDONE)


def _bring_back(
    decision: Decision, replaced: Triple, memory: MemoryController, actor: User
) -> None:
    """Restore the fact that the decision replaced, with the end that it had.

    Facts that contradicted it before do so again; one that came later is in the way.
    """
    if replaced.superseded_by_id != decision.triple_id:
        raise CannotUndo("The fact that was replaced has changed since: decide it by hand.")
    try:
        memory.restore(
            replaced, actor=actor, valid_to=decision.replaced_valid_to, keep_valid_to=False
        )
    except ConflictError as error:
        if any(other.recorded_at > decision.created_at for other in error.conflicts):
            raise CannotUndo(
                "A fact that was accepted later contradicts the one that was replaced: "
                "undo that decision first."
            ) from None
        memory.restore(
            replaced,
            actor=actor,
            valid_to=decision.replaced_valid_to,
            keep_valid_to=False,
            despite_conflicts=True,
        )
