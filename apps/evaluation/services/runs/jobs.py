"""Runs as jobs: asked for, done by a worker slice by slice, cancelled and gone on with.

Results are saved as they come, in the transaction that renews the lease, so that whoever takes over
asks what is left and no case twice. Between two cases a run waits for the questions of people.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.asking.models import Question
from apps.audit.models import Event
from apps.audit.services import record
from apps.common import jobs
from apps.evaluation.models import Benchmark, BenchmarkVersion, Case, Result, Run
from apps.evaluation.services.answering.errors import (
    AllErased,
    BenchmarkArchived,
    ModeNotPossible,
    NothingToAsk,
    NotOpen,
    NotRetryable,
)
from apps.evaluation.services.answering.given import Answering, NotReadyYet
from apps.evaluation.services.answering.timed import answered_in_time
from apps.evaluation.services.kinds import mode_of
from apps.evaluation.services.runs.figures import figures_of, told_of
from apps.evaluation.services.runs.keeping import Keeping
from apps.evaluation.services.runs.source import code_version
from worker import stopping
from worker.errors import WorkerError
from worker.setups import HeadSetup

logger = logging.getLogger(__name__)
SYSTEM: Final = "memweb"
AT_ONCE: Final = 200  # cases read from the database
LOOK_SECONDS: Final = 0.05  # between two looks whether people still wait for an answer
NOW: Final = timedelta(seconds=10)  # between a run's moment and its being asked for
OTHER_HEAD: Final = (
    "The head was replaced by another version while this run was under way, so its results would "
    "mix two. Start a new run."
)


def _record_failure(run: Run) -> None:
    told(run, "run.failed", reason=run.error)


RUNS: Final = jobs.Kind(
    model=Run,
    task="evaluation.run",
    queue="evaluate",
    worker="The run",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_RUNS",
    things="runs",
)


def run_request(
    *,
    version: BenchmarkVersion,
    actor: User | None,
    mode: str = "memory",
    setup: HeadSetup | None = None,
    why: str = Run.Why.PERSON,
    note: str = "",
    known_at: datetime | None = None,
    seed: int = 0,
    only: int | None = None,
) -> Run:
    """Queue a run, or return the one of the same kind that is queued or under way.

    Without a setup the head is the one that the space chose; ``known_at`` asks the memory as it was
    then, and ``only`` asks the case of that number and none besides. Raises RunRefused and
    jobs.TooManyOpen.
    """
    space = version.benchmark.space
    chosen = mode_of(version.benchmark.kind, mode)
    setup = setup or chosen.default(space)
    if lacks := chosen.possible(space, setup):
        raise ModeNotPossible(lacks)
    with transaction.atomic():
        benchmark = Benchmark.objects.select_for_update().get(pk=version.benchmark_id)
        if benchmark.archived_at is not None:
            raise BenchmarkArchived
        check_cases(version)
        kept = {"backend": setup.backend} | setup.as_json()
        same = Run.objects.filter(version=version, mode=mode, setup=kept, only=only)
        same = same.filter(state__in=Run.OPEN)
        if known_at is None:  # not one that asks the memory as it was before
            same = same.filter(known_at__gte=F("created_at") - NOW)
        else:
            same = same.filter(known_at=known_at)
        if found := same.first():
            return found
        if actor is not None:
            jobs.check_room(RUNS, actor.pk)
        moment = known_at or timezone.now()
        run = Run.objects.create(
            space=space, version=version, asked_by=actor, why=why, mode=mode, setup=kept, seed=seed,
            only=only, known_at=moment, events=events_at(space.pk, moment), note=note[:300],
        )  # fmt: skip
        told(run, "run.requested", actor=actor, why=why, setup=kept, events=run.events)
        jobs.ring(RUNS, run)
    return run


def runs_request(
    *,
    version: BenchmarkVersion,
    actor: User,
    mode: str,
    others: Sequence[str],
    setup: HeadSetup | None,
    known_at: datetime | None,
    note: str,
) -> list[Run]:
    """Queue a run and, of the memory at the same moment, one in each of some other modes with the
    head that it takes by itself: all of them or none. Raises RunRefused and jobs.TooManyOpen."""
    moment = known_at or (timezone.now() if others else None)
    asked: dict[str, Any] = {"version": version, "actor": actor, "note": note, "known_at": moment}
    with transaction.atomic():
        first = run_request(mode=mode, setup=setup, **asked)
        return [first, *(run_request(mode=one, **asked) for one in others)]


def check_cases(version: BenchmarkVersion) -> None:
    """Raise NothingToAsk and AllErased of a version that has no case, as it is now."""
    if not version.size:
        raise NothingToAsk
    version.refresh_from_db(fields=["erased"])
    if not version.left:
        raise AllErased


def events_at(space: int, moment: datetime) -> int:
    """Return how many events the log of a space had at a moment."""
    return Event.objects.filter(space=space, created_at__lte=moment).count()


def run_cancel(*, run: Run, actor: User) -> Run:
    """End a run that is queued or under way; what it has found so far stays. Raises NotOpen."""
    with transaction.atomic():
        if not jobs.cancel(run):
            raise NotOpen
        run.refresh_from_db()
        told(run, "run.cancelled", actor=actor)
    return run


def run_retry(*, run: Run, actor: User) -> Run:
    """Let a failed or cancelled run go on with the cases that are left.

    Raises NotRetryable, BenchmarkArchived and jobs.TooManyOpen.
    """
    with transaction.atomic():
        benchmark = Benchmark.objects.select_for_update().get(pk=run.version.benchmark_id)
        if benchmark.archived_at is not None:
            raise BenchmarkArchived
        jobs.check_room(RUNS, run.asked_by_id or actor.pk, actor=actor.pk)
        if not jobs.reopen(run):
            raise NotRetryable
        run.refresh_from_db()
        told(run, "run.retried", actor=actor)
        jobs.ring(RUNS, run)
    return run


def run_run(*, run_id: int) -> Run:
    """Do all that is left of a run, if no one else is at it; return how it stands."""
    while (
        run := jobs.run(RUNS, run_id, lambda job: _slice(job, math.inf))
    ).state == Run.State.QUEUED:
        if run.attempts:
            break
    return run


def run_run_next() -> Run | None:
    """Do a slice of the run whose turn it is; None when there is none."""
    seconds = settings.SLICE_SECONDS
    return jobs.run_next(RUNS, lambda job: _slice(job, seconds))


def run_sweep() -> int:
    """Ring again for runs that nobody answered and fail those whose attempts are used up.

    Returns how many it rang for.
    """
    return jobs.sweep(RUNS)


def told(run: Run, action: str, *, actor: User | None = None, **more: object) -> None:
    """Record what became of a run."""
    version = run.version
    payload: dict[str, Any] = {
        "benchmark": version.benchmark_id,
        "name": version.benchmark.name,
        "version": version.number,
        "run": run.pk,
        "mode": run.mode,
        **more,
    }
    record(
        space=run.space,
        action=action,
        actor=actor,
        actor_label="" if actor else SYSTEM,
        subject=run,
        payload=payload,
    )


def _slice(run: Run, seconds: float) -> None:
    """Ask for about so many seconds, but at least one case where nobody waits for an answer; then
    end the run or give way."""
    mode = mode_of(run.version.benchmark.kind, run.mode)
    setup = HeadSetup.of(run.setup, default=settings.READ_HEAD)
    with stopping.asked(jobs.watch(run)):
        answering = mode.open(run.space, setup, run.known_at)
    _begin(run, answering)
    keeping = Keeping(run)
    deadline = time.monotonic() + seconds  # loading a model is no part of the slice
    for case in _left(run):
        if not _people_served(run, keeping, deadline):
            break
        try:
            with stopping.asked(jobs.watch(run)):
                given = answered_in_time(
                    answering, case, again=run.attempts < settings.JOB_ATTEMPTS
                )
        except NotReadyYet:
            break
        keeping.add(case, given)
        if time.monotonic() >= deadline:
            break
    keeping.save()
    if next(_left(run), None) is not None:  # cases may have been erased meanwhile
        _give_way(run)
    else:
        _finish(run)


def _left(run: Run) -> Iterator[Case]:
    """Yield the cases that have no result yet, in their order: those behind the last that has."""
    number = (
        Result.objects.filter(run=run).order_by("-pk").values_list("case__number", flat=True)[:1]
    )
    last = next(iter(number), -1)
    cases = Case.objects.filter(version=run.version_id).order_by("number")
    if run.only is not None:
        cases = cases.filter(number=run.only)
    while some := list(cases.filter(number__gt=last)[:AT_ONCE]):
        yield from some
        last = some[-1].number


def _begin(run: Run, answering: Answering) -> None:
    """Note what is asked, once. Raises WorkerError where it has become another head meanwhile."""
    if run.made_of:
        if run.made_of != answering.made_of:
            raise WorkerError(OTHER_HEAD, permanent=True)
        return
    with transaction.atomic():
        jobs.renew(run)
        run.made_of, run.code = answering.made_of, code_version()
        run.save(update_fields=["made_of", "code"])


def _people_served(run: Run, keeping: Keeping, deadline: float) -> bool:
    """Wait until no person waits for an answer; False when the slice is over before."""
    watch = jobs.watch(run)
    while people_wait():
        keeping.save()
        if time.monotonic() >= deadline:
            return False
        watch()
        time.sleep(LOOK_SECONDS)
    return True


def people_wait() -> bool:
    """Tell whether a question of a person is being answered, or waits for a worker that comes: one
    that has waited for longer than any job may take has none."""
    now = timezone.now()
    lately = now - timedelta(seconds=settings.JOB_SECONDS)
    served = Q(state=Question.State.RUNNING, lease_until__gt=now)
    waiting = Q(state=Question.State.QUEUED, created_at__gt=lately)
    return Question.objects.filter(served | waiting, state__in=Question.OPEN).exists()


def _give_way(run: Run) -> None:
    with transaction.atomic():
        jobs.give_way(run)
        jobs.ring(RUNS, run)


def _finish(run: Run) -> None:
    figures = figures_of(run)
    with transaction.atomic():
        jobs.renew(run)
        run.figures = figures
        run.save(update_fields=["figures"])
        jobs.finish(run)
        told(run, "run.finished", made_of=run.made_of, figures=told_of(figures))
