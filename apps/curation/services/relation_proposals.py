"""Relations that questions asked for: proposed by who asked, taken up or declined by others."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.common.text import plain
from apps.curation.models import Candidate, RelationProposal
from apps.curation.selectors import may_take_up
from apps.curation.services.by_hand import FactInWords, Name, Occasion, candidate_propose
from apps.curation.services.errors import CurationError
from apps.memory.controller import EntityInput
from apps.memory.controller.writing import lock
from apps.memory.models import Relation
from apps.memory.services import RelationInput, relation_create

LONGEST_RELATION = 120
LONGEST_REASON = 500


def relation_propose(
    *,
    space: Space,
    actor: User,
    name: str,
    subject: str,
    object: str,
    question: int,
    question_text: str,
) -> RelationProposal:
    """Propose a relation that the space lacks, with the fact that it would state.

    The same proposal, if it waits already, is returned instead of a second one. Raises
    CurationError for a name that is empty, too long or in use, and InvalidName.
    """
    given, name = name, plain(name)
    normal = normalise_name(name)
    if not normal or max(len(name), len(normal)) > LONGEST_RELATION or set(";{}>\0") & set(given):
        raise CurationError(
            f"A relation's name has at most {LONGEST_RELATION} characters and none of ; {{ }} >."
        )
    texts = {
        "subject_text": EntityInput(name=subject).name,
        "object_text": EntityInput(name=object).name,
    }
    with transaction.atomic():
        lock(space)
        if known := space.relations.filter(normalised=normal).first():
            is_retired = ", and it is retired" if known.retired_at else " already"
            raise CurationError(f"The space has a relation “{known.name}”{is_retired}.")
        waiting = RelationProposal.objects.filter(
            space=space, state=RelationProposal.State.WAITING, name__iexact=name, **texts
        )
        if same := waiting.first():
            return same
        proposal = RelationProposal.objects.create(
            space=space,
            name=name,
            question=question,
            question_text=question_text,
            proposed_by=actor,
            **texts,
        )
        record(
            space=space,
            action="relation.proposed",
            actor=actor,
            subject=proposal,
            payload={
                "name": name,
                "fact": [texts["subject_text"], name, texts["object_text"]],
                "question": question,
            },
        )
    return proposal


def relation_proposal_accept(
    *, proposal: RelationProposal, actor: User, relation: Relation | RelationInput
) -> Candidate:
    """Take a proposal up with a relation of the space, or with a new one, and put its fact to
    review in the name of who proposed it.

    Raises CurationError when it was decided before, by the proposer (but see ``may_take_up``) and
    for a fact that the memory holds, IntegrityError for a relation's name in use, InverseTaken.
    """
    with transaction.atomic():
        row = _take(proposal)
        if not may_take_up(proposal=row, user=actor):
            raise CurationError("Somebody else takes up what you proposed, or an owner.")
        if isinstance(relation, RelationInput):
            relation = relation_create(space=row.space, actor=actor, given=relation)
        candidate = candidate_propose(
            space=row.space,
            actor=row.proposed_by,
            fact=FactInWords(Name(row.subject_text), relation, Name(row.object_text)),
            occasion=Occasion(Candidate.Origin.GAP, row.question),
        )
        row.state, row.relation, row.candidate = row.State.ACCEPTED, relation, candidate
        _decided(row, actor)
        record(
            space=row.space,
            action="relation.proposal_accepted",
            actor=actor,
            subject=row,
            payload={"name": row.name, "relation": relation.pk, "candidate": candidate.pk},
        )
    proposal.refresh_from_db()
    return candidate


def relation_proposal_decline(
    *, proposal: RelationProposal, actor: User, reason: str
) -> RelationProposal:
    """Decline a proposal. Raises CurationError without a reason and when it was decided."""
    reason = plain(reason)
    if not reason or len(reason) > LONGEST_REASON:
        raise CurationError(f"Say in at most {LONGEST_REASON} characters why it is declined.")
    with transaction.atomic():
        row = _take(proposal)
        row.state, row.reason = row.State.DECLINED, reason
        _decided(row, actor)
        record(
            space=row.space,
            action="relation.proposal_declined",
            actor=actor,
            subject=row,
            payload={"name": row.name, "reason": reason},
        )
    proposal.refresh_from_db()
    return proposal


def _take(proposal: RelationProposal) -> RelationProposal:
    row = RelationProposal.objects.select_for_update().get(pk=proposal.pk)
    if row.state != RelationProposal.State.WAITING:
        raise CurationError("Someone has decided this proposal already.")
    return row


def _decided(row: RelationProposal, actor: User) -> None:
    row.decided_by, row.decided_at = actor, timezone.now()
    row.save(update_fields=["state", "relation", "candidate", "decided_by", "decided_at", "reason"])
