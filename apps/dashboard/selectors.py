from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Invitation, Role, Space, User
from apps.common.models import Job
from apps.curation.models import Candidate
from apps.curation.selectors import proposals_waiting
from apps.memory.models import Triple


@dataclass(frozen=True)
class Figures:
    """The numbers at the top of a space's dashboard."""

    facts: int
    entities: int
    documents: int
    pending: int
    deferred: int
    proposed_relations: int
    questions: int
    running: int
    failed: int


def figures_of(space: Space) -> Figures:
    """Count what the dashboard shows."""
    candidates = space.candidates.aggregate(
        pending=Count("pk", filter=Q(state=Candidate.State.PENDING)),
        deferred=Count("pk", filter=Q(state=Candidate.State.DEFERRED)),
    )
    jobs = space.extractions.aggregate(
        running=Count("pk", filter=Q(state__in=[Job.State.QUEUED, Job.State.RUNNING])),
        failed=Count("pk", filter=Q(state=Job.State.FAILED)),
    )
    return Figures(
        facts=space.triples.filter(status=Triple.Status.ACTIVE).count(),
        entities=space.entities.filter(merged_into=None).count(),
        documents=space.documents.count(),
        questions=space.questions.count(),
        proposed_relations=proposals_waiting(space),
        **candidates,
        **jobs,
    )


@dataclass(frozen=True)
class Person:
    """Somebody in a space, with all their roles and since when they have the first."""

    user: User
    roles: list[str]
    since: datetime


def people_of(space: Space) -> list[Person]:
    """Return the people of the space by name, each once."""
    held: dict[User, list[tuple[str, datetime]]] = {}
    memberships = space.memberships.select_related("user").order_by("user__username")
    for one in memberships:
        held.setdefault(one.user, []).append((one.role, one.created_at))
    return [
        Person(
            user=user,
            roles=sorted((role for role, _ in rows), key=Role.values.index),
            since=min(since for _, since in rows),
        )
        for user, rows in held.items()
    ]


def invitations_open(space: Space) -> QuerySet[Invitation]:
    """Return the invitations that can still be accepted, the newest first."""
    return space.invitations.filter(
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=timezone.now(),
        created_by__is_active=True,
        created_by__memberships__space=space,
        created_by__memberships__role=Role.OWNER,
    ).select_related("created_by")
