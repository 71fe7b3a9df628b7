"""Learning as a job: asked for, done by a worker slice by slice, cancelled and gone on with.

Which decisions count, and which passages are read, is settled when it is asked for, so that whoever
takes over after a kill goes on with the next passage and comes to the same weights. Nothing counts
before a person switches it on.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common import jobs
from apps.curation.models import Candidate
from apps.evaluation.models import LearnedWeights
from apps.evaluation.services.learning.decided import Decisions, decided, decisions_of, enough
from apps.evaluation.services.learning.errors import (
    HeadCannotLearn,
    LearningRefused,
    NothingNew,
    NotOpen,
    NotRetryable,
)
from apps.evaluation.services.learning.figures import figures_of
from apps.evaluation.services.runs import people_wait
from apps.memory.controller import MemoryController
from apps.sources.models import Passage
from worker import registry, stopping
from worker.errors import WorkerError
from worker.freed import give_back
from worker.learned.bases import base_of
from worker.learned.correction import made_of
from worker.learned.fitting import fit, least_for_as_many
from worker.learned.reading import see, sign_names
from worker.setups import HeadSetup
from worker.types import PassageText, RelationSpec, Span

SYSTEM: Final = "memweb"
MOST_PASSAGES: Final = 240  # that are read once more
MOST_WEIGHED: Final = 60  # of these, whose proposals nobody decided on are kept too
FLOOR: Final = 0.1  # the score down to which they are
LOOK_SECONDS: Final = 0.05
OTHER_HEAD: Final = (
    "The head was replaced by another version since this training was started. Start a new one."
)


def _record_failure(row: LearnedWeights) -> None:
    told(row, "learning.failed", reason=row.error)


LEARNING: Final = jobs.Kind(
    model=LearnedWeights,
    task="evaluation.learn",
    queue="evaluate",
    worker="The training",
    record_failure=_record_failure,
    most_rung=4,
    limit="OPEN_RUNS",
    things="trainings",
)


def learning_request(*, space: Space, actor: User, seed: int = 0) -> LearnedWeights:
    """Queue a training on the decisions that stand now, or return the one of the space that is
    queued or under way. Raises LearningRefused and jobs.TooManyOpen."""
    under_way = LearnedWeights.objects.filter(space=space, state__in=LearnedWeights.OPEN)
    backend = head_of(space)
    base = base_of(backend)
    if base is None:
        raise HeadCannotLearn
    if found := under_way.first():
        return found
    known = decisions_of(space, base)
    if why := enough(known, seed):
        raise LearningRefused(why)
    counts = known.counts(seed)
    same = LearnedWeights.objects.filter(space=space, state=LearnedWeights.State.DONE, base=base)
    if same.filter(counts=counts, seed=seed).exists():
        raise NothingNew
    try:
        with transaction.atomic():
            jobs.check_room(LEARNING, actor.pk)
            row = LearnedWeights.objects.create(
                space=space, started_by=actor, backend=backend, base=base, seed=seed,
                last_decision=known.judged[-1].decision, counts=counts,
                passages=_passages(known, seed),
            )  # fmt: skip
            told(row, "learning.started", actor=actor, counts=row.counts, base=base)
            jobs.ring(LEARNING, row)
            return row
    except IntegrityError:  # another owner started one at the same moment
        if found := under_way.first():
            return found
        raise


def head_of(space: Space) -> str:
    """Return the backend that a space reads documents with."""
    return HeadSetup.of(space.write_head, default=settings.WRITE_HEAD).backend


def _passages(known: Decisions, seed: int) -> list[int]:
    """Return the passages to read: those with decisions, at most so many, in an order by lot."""
    decided = Candidate.objects.filter(pk__in=[one.candidate for one in known.judged])
    every = sorted(set(decided.values_list("passage", flat=True)))
    return random.Random(seed).sample(every, min(len(every), MOST_PASSAGES))


def learning_cancel(*, row: LearnedWeights, actor: User) -> LearnedWeights:
    """End a training that is queued or under way. Raises NotOpen."""
    with transaction.atomic():
        if not jobs.cancel(row):
            raise NotOpen
        row.refresh_from_db()
        told(row, "learning.cancelled", actor=actor)
    return row


def learning_retry(*, row: LearnedWeights, actor: User) -> LearnedWeights:
    """Let a failed or cancelled training go on. Raises NotRetryable and jobs.TooManyOpen."""
    try:
        with transaction.atomic():
            jobs.check_room(LEARNING, row.started_by_id, actor=actor.pk)
            if not jobs.reopen(row):
                raise NotRetryable
            row.refresh_from_db()
            told(row, "learning.retried", actor=actor)
            jobs.ring(LEARNING, row)
    except IntegrityError:  # another one is under way
        raise NotRetryable from None
    return row


def learning_run(*, learning_id: int) -> LearnedWeights:
    """Do all that is left of a training, if no one else is at it; return how it stands."""
    return jobs.run(LEARNING, learning_id, lambda job: _slice(job, math.inf))


def learning_run_next() -> LearnedWeights | None:
    """Do a slice of the training whose turn it is; None when there is none."""
    seconds = settings.SLICE_SECONDS
    return jobs.run_next(LEARNING, lambda job: _slice(job, seconds))


def learning_sweep() -> int:
    """Ring again for trainings that nobody answered; return how many it rang for."""
    return jobs.sweep(LEARNING)


def told(row: LearnedWeights, action: str, *, actor: User | None = None, **more: object) -> None:
    """Record what became of learned weights."""
    payload: dict[str, Any] = {"weights": row.pk, "backend": row.backend, **more}
    record(
        space=row.space,
        action=action,
        actor=actor,
        actor_label="" if actor else SYSTEM,
        subject=row,
        payload=payload,
    )


def _slice(row: LearnedWeights, seconds: float) -> None:
    """Read passages for about so many seconds, but at least one where nobody waits for an answer;
    then fit, or give way."""
    registry.keep_at_most(settings.HEADS_MB * 2**20)
    head = registry.write_head(HeadSetup(row.backend))
    if made_of(head) != row.base:
        raise WorkerError(OTHER_HEAD, permanent=True)
    relations = MemoryController(row.space).relations()
    places = _places(row)
    deadline = time.monotonic() + seconds  # loading a model is no part of the slice
    for number in row.passages[row.done :]:
        if not _people_served(row, deadline):
            break
        with stopping.asked(jobs.watch(row)):
            found = _read(head, number, relations)
        is_whole = row.done < MOST_WEIGHED
        _save(row, [[*one, is_whole] for one in found if is_whole or tuple(one[:4]) in places])
        if time.monotonic() >= deadline:
            break
    give_back()
    if row.done < row.total:
        with transaction.atomic():
            jobs.give_way(row)
            jobs.ring(LEARNING, row)
    else:
        _finish(row, float(getattr(head, "threshold", 0.0)), sign_names(head))


def _places(row: LearnedWeights) -> set[tuple[Any, ...]]:
    """Return where the proposals stand that were decided."""
    known = decisions_of(row.space, row.base, row.last_decision)
    return {(one.document, one.relation, *one.place) for one in known.judged}


def _people_served(row: LearnedWeights, deadline: float) -> bool:
    """Wait until no person waits for an answer; False when the slice is over before."""
    watch = jobs.watch(row)
    while people_wait():
        if time.monotonic() >= deadline:
            return False
        watch()
        time.sleep(LOOK_SECONDS)
    return True


def _read(head: Any, number: int, relations: Sequence[RelationSpec]) -> list[list[Any]]:
    """Return what a head scores in a passage: document, relation, places of subject and object,
    score and signs; nothing of one that was erased meanwhile."""
    passage = Passage.objects.filter(pk=number).exclude(text="").first()
    if passage is None:
        return []
    sentences = tuple(Span(*ends).shifted(-passage.start) for ends in passage.sentence_spans())
    text = PassageText(str(number), passage.text, sentences)
    return [
        [
            passage.document_id, one.proposal.relation_id,
            one.proposal.subject.span.start + passage.start,
            one.proposal.object.span.start + passage.start,
            round(one.proposal.score, 6), list(one.signs),
        ]
        for one in see(head, text, relations, FLOOR)
        if one.proposal.holds
    ]  # fmt: skip


def _save(row: LearnedWeights, found: list[list[Any]]) -> None:
    """Save what was read of one passage. Raises LeaseLost."""
    with transaction.atomic():
        jobs.renew(row, got_on=True)
        row.read, row.done = [*row.read, *found], row.done + 1
        row.save(update_fields=["read", "done"])


def _finish(row: LearnedWeights, threshold: float, names: Sequence[str]) -> None:
    """Fit to what was decided, and compare on what was kept out. Raises WorkerError."""
    known = decisions_of(row.space, row.base, row.last_decision)
    if names:
        known = known.read_again(row.read)
    if why := enough(known, row.seed):  # undone or retired since
        raise WorkerError(why, permanent=True)
    rows, kept = known.parted(row.seed)
    learned = fit(decided(rows), row.base, names)
    read = [
        (relation, score, learned.weighed(score, names, signs))
        for _, relation, _, _, score, signs, is_whole in row.read
        if is_whole
    ]
    least = least_for_as_many(learned, read, threshold)
    learned = replace(learned, least=least, threshold=round(threshold, 6))
    figures = figures_of(learned, kept, rows, read, names, seed=row.seed)
    with transaction.atomic():
        jobs.renew(row)
        row.parameters, row.sha256 = learned.as_json(), learned.sha256
        row.counts, row.figures = known.counts(row.seed), figures
        row.read = []
        row.save(update_fields=["parameters", "sha256", "counts", "figures", "read"])
        jobs.finish(row)
        told(row, "learning.finished", sha256=row.sha256, counts=row.counts)
