"""A space that was filled through services, each change committed with its event, then sealed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from apps.accounts.models import Role, Space, User
from apps.asking.services import answer_mark, question_answer_here
from apps.audit.services import record
from apps.curation.models import Candidate, Decision
from apps.curation.services import (
    candidate_accept,
    candidate_edit,
    candidate_reject,
    decision_undo,
    extraction_request,
    extraction_run,
)
from apps.dashboard.services import role_grant, role_revoke, space_change, space_create
from apps.provenance.models import Log
from apps.provenance.services.checkpoints import checkpoint_all, checkpoint_now
from apps.provenance.services.sequencer import log_of
from apps.sources.services import document_add
from tests import factories

TEXT = (
    "Ada Brook was born on 7 November 1867. Ada Brook worked for Guild from 1892 to 1902. "
    "Cole Finn was born on November 7, 1867. Cole Finn worked for Guild from 1893 to 1899."
)
NAMES = ("alice", "bob", "carol", "dave")


@dataclass(frozen=True)
class Recorded:
    """The space, its log, and the last checkpoint of it, as somebody outside keeps it."""

    space: Space
    log: Log
    kept: str


def make_recorded(name: str = "Recorded") -> Recorded:
    """Fill a space, seal what happened, and sign it twice."""
    with transaction.atomic():
        people = [
            User.objects.filter(username=one).first() or factories.make_user(one) for one in NAMES
        ]
        record(
            space=None, action="log.opened", actor=None, actor_label="tests", payload={"rows": 4}
        )
    alice, bob, carol, dave = people
    space = space_create(actor=alice, name=name, description="For tests")
    for person, role in ((bob, Role.REVIEWER), (carol, Role.ASKER), (dave, Role.AUDITOR)):
        role_grant(space=space, actor=alice, user=person, role=role)
    role_grant(space=space, actor=alice, user=bob, role=Role.ASKER)
    role_revoke(space=space, actor=alice, user=bob, role=Role.ASKER)
    document, _ = document_add(
        space=space, actor=alice, data=TEXT.encode(), filename="lives.txt", title="Lives"
    )
    extraction = extraction_request(document=document, actor=alice, head="scripted", ring=False)
    extraction_run(extraction_id=extraction.pk)
    checkpoint_all()
    _decide(space, bob)
    question = question_answer_here(space=space, actor=carol, text="When was Ada Brook born?")
    answer_mark(answer=question.answer, actor=carol)
    space.refresh_from_db()
    space_change(space=space, actor=alice, name=name, description="Änderung", self_review=True)
    checkpoint_all()
    log = log_of(space)
    made = checkpoint_now(log)
    assert made is not None
    _settle()
    return Recorded(space, Log.objects.get(pk=log.pk), made.note)


def _decide(space: Space, bob: User) -> None:
    waiting = list(Candidate.objects.filter(space=space, state="pending").order_by("pk"))
    for candidate in waiting[:-2]:
        candidate_accept(candidate=candidate, actor=bob)
    rejected, edited = waiting[-2:]
    candidate_reject(candidate=rejected, actor=bob, reason="not said")
    candidate_edit(candidate=edited, actor=bob, changes={"object_text": "the Guild"})
    first = Decision.objects.filter(candidate=waiting[0]).get()
    decision_undo(decision=first, actor=bob)
    waiting[0].refresh_from_db()
    candidate_accept(candidate=waiting[0], actor=bob)


def _settle() -> None:
    """Let the sequencer come to know that nothing is missing any more."""
    from apps.provenance.services.sequencer import seal

    for _ in range(6):
        seal()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_event, audit_rowchange, provenance_entry")
