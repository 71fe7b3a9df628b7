from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from apps.accounts.models import Space
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
