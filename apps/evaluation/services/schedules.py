"""Runs that nobody asks for: every night, after so many decisions, when another head is chosen.

The clock looks what is due; there is no hook in what decides or chooses. What is measured is held
against the baseline: a measure that is worse by more than the baseline's interval is told once, as
an event and on the dashboard, until it is better again or somebody has seen it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.services import record
from apps.curation.models import Decision
from apps.evaluation.models import Benchmark, BenchmarkVersion, Run, Schedule
from apps.evaluation.services.falling import Fall, fall_of, why_not_comparable
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.runs import (
    RunRefused,
    default_setup,
    mode_of,
    run_request,
)
from apps.provenance.services.verifications import last_night

SYSTEM: Final = "memweb"
MOST_EVERY: Final = 10_000
_NO_DECISION: Final = (Decision.Action.DEFER, Decision.Action.REWORD)
When = Schedule.When


class ScheduleRefused(Exception):
    """This schedule cannot be set; the message says why."""


def schedule_set(
    *,
    benchmark: Benchmark,
    actor: User,
    when: str,
    mode: str = "memory",
    measure: str = "right",
    every: int | None = None,
) -> Schedule:
    """Let a benchmark run by itself; another schedule of it for the same occasion is replaced.

    Raises ScheduleRefused, and RunRefused for a mode that there is not.
    """
    every = every if when == When.DECISIONS else None
    _check(benchmark, when, measure, every)
    mode_of(benchmark.kind, mode)
    given = {"every": every, "mode": mode, "measure": measure}
    with transaction.atomic():
        Benchmark.objects.select_for_update().get(pk=benchmark.pk)
        found = Schedule.objects.filter(benchmark=benchmark, when=when).first()
        if found and given == {name: getattr(found, name) for name in given}:
            return found
        fresh = {"last_run": None, "alerted_at": None, "seen_at": None}
        schedule, _ = Schedule.objects.update_or_create(
            benchmark=benchmark,
            when=when,
            defaults={**given, **fresh},
            create_defaults={**given, "created_by": actor},
        )
        told = given if every else {name: given[name] for name in ("mode", "measure")}
        _told(benchmark, "benchmark.schedule_set", actor, when=when, **told)
    return schedule


def schedule_remove(*, schedule: Schedule, actor: User) -> None:
    """Let a benchmark not run by itself any more; a run that is under way goes on."""
    with transaction.atomic():
        if Schedule.objects.filter(pk=schedule.pk).delete()[0]:
            _told(
                schedule.benchmark, "benchmark.schedule_removed", actor, when=schedule.when
            )  # fmt: skip


def fall_seen(*, schedule: Schedule, actor: User) -> None:
    """Take an alert from the dashboards; the next one comes when it was better in between."""
    with transaction.atomic():
        standing = Schedule.objects.filter(pk=schedule.pk, seen_at=None)
        if (
            not standing.exclude(alerted_at=None)
            .exclude(last_run=None)
            .update(seen_at=timezone.now())
        ):
            return
        row = Schedule.objects.select_related("last_run__version__benchmark").get(pk=schedule.pk)
        assert row.last_run is not None
        _told_run(row.last_run, "run.fall_seen", actor, measure=row.measure)


def schedules_run() -> int:
    """Queue the runs that are due, and look at those that are done; return how many were queued."""
    numbers = Schedule.objects.filter(benchmark__archived_at=None).values_list("pk", flat=True)
    return sum(_look_after(number) for number in list(numbers.order_by("pk")))


def falls_unseen(space: Space) -> list[tuple[Schedule, Fall]]:
    """Return the measures that fell, and that nobody has seen yet, for dashboards."""
    alerted = Schedule.objects.filter(
        benchmark__space=space, benchmark__archived_at=None, seen_at=None
    ).exclude(alerted_at=None)
    rows = alerted.select_related(
        "benchmark__baseline__version", "last_run__version__benchmark"
    ).order_by("pk")
    found = ((schedule, _fall(schedule)) for schedule in rows)
    return [(schedule, fall) for schedule, fall in found if fall]


def trouble_of(schedule: Schedule) -> str:
    """Say why a schedule measures nothing at present; empty where it does."""
    benchmark = schedule.benchmark
    if lacks := mode_of(benchmark.kind, schedule.mode).possible(benchmark.space):
        return f"It does not run: {lacks}"
    version = _version(benchmark)
    if version is not None and not version.left:
        return f"It does not run: all cases of version {version.number} were erased."
    if benchmark.baseline is None:
        return "No run is pinned as the baseline, so nothing is watched yet."
    if benchmark.baseline.mode != schedule.mode:
        return "The baseline was asked in another mode, so nothing is watched."
    if schedule.measure not in kind_of(benchmark.kind).measures:
        return "What it watches is not measured of such a benchmark any more. Save it anew."
    return ""


def modes_offered(benchmark: Benchmark) -> list[tuple[str, str]]:
    """Return the modes that a benchmark can run in by itself, for a form."""
    return [(name, mode.label) for name, mode in kind_of(benchmark.kind).modes.items()]


def _check(benchmark: Benchmark, when: str, measure: str, every: int | None) -> None:
    if benchmark.archived_at is not None:
        raise ScheduleRefused("This benchmark is archived. Restore it first.")
    if when not in When.values:
        raise ScheduleRefused(f"There is no occasion {when!r}: {', '.join(When.values)}.")
    measures = kind_of(benchmark.kind).measures
    if measure not in measures:
        raise ScheduleRefused(f"There is no measure {measure!r}: {', '.join(measures)}.")
    if when == When.DECISIONS and not 1 <= (every or 0) <= MOST_EVERY:
        raise ScheduleRefused(f"Say after how many decisions: 1 to {MOST_EVERY:,}.")


@transaction.atomic
def _look_after(number: int) -> int:
    """Judge what is done, and ask for a run where one is due; return how many were asked for."""
    locked = Schedule.objects.select_for_update(of=("self",), skip_locked=True)
    schedule = locked.select_related("benchmark__space").filter(pk=number).first()
    if schedule is None:  # removed, or another process is at it
        return 0
    newest = _newest(schedule)
    if newest and newest.state == Run.State.DONE and newest.pk != schedule.last_run_id:
        schedule.last_run = newest
        schedule.save(update_fields=["last_run"])
    _judge(schedule)
    if newest and newest.is_open:
        return 0
    return int(_DUE[When(schedule.when)](schedule, newest) and _ask(schedule))


def _newest(schedule: Schedule) -> Run | None:
    """Return the last run that this schedule asked for."""
    runs = Run.objects.filter(
        version__benchmark=schedule.benchmark, why=schedule.when, mode=schedule.mode
    )
    found = runs.filter(created_at__gte=schedule.created_at).select_related("version__benchmark")
    return found.order_by("-pk").first()


def _since(schedule: Schedule, newest: Run | None) -> datetime:
    return newest.created_at if newest else schedule.created_at


def _is_night(schedule: Schedule, newest: Run | None) -> bool:
    return last_night(timezone.now()) > _since(schedule, newest)


def _is_decided(schedule: Schedule, newest: Run | None) -> bool:
    """Tell whether the last so many decisions were all made after the last run began."""
    decisions = Decision.objects.filter(candidate__space=schedule.benchmark.space, along_with=None)
    last = decisions.exclude(action__in=_NO_DECISION).order_by("-pk")
    at = (schedule.every or 1) - 1
    moments = list(last.values_list("created_at", flat=True)[at : at + 1])
    return bool(moments) and moments[0] > _since(schedule, newest)


def _is_headed(schedule: Schedule, newest: Run | None) -> bool:
    """Tell whether the space's head is another one than that of the last run or, before the first,
    whether one was chosen."""
    benchmark = schedule.benchmark
    if newest is not None:
        setup = default_setup(benchmark.space, benchmark.kind, schedule.mode)
        return bool(newest.setup != {"backend": setup.backend} | setup.as_json())
    chosen = Event.objects.filter(space=benchmark.space, action="space.head_chosen")
    own = chosen.filter(payload__head=kind_of(benchmark.kind).side)
    return own.filter(created_at__gt=schedule.created_at).exists()


_DUE: Final[dict[When, Callable[[Schedule, Run | None], bool]]] = {
    When.NIGHT: _is_night,
    When.DECISIONS: _is_decided,
    When.HEAD: _is_headed,
}


def _ask(schedule: Schedule) -> bool:
    """Queue a run of the baseline's version or, without a baseline, of the newest one."""
    version = _version(schedule.benchmark)
    if version is None:
        return False
    try:
        run_request(version=version, actor=None, mode=schedule.mode, why=schedule.when)
    except RunRefused:  # the page of schedules says why, as long as that is so
        return False
    return True


def _version(benchmark: Benchmark) -> BenchmarkVersion | None:
    return benchmark.baseline.version if benchmark.baseline else benchmark.versions.first()


def _fall(schedule: Schedule) -> Fall | None:
    run, baseline = schedule.last_run, schedule.benchmark.baseline
    if run is None or baseline is None or why_not_comparable(baseline, run):
        return None
    return fall_of(baseline, run, schedule.measure)


def _judge(schedule: Schedule) -> None:
    """Raise or end the alert of a schedule, as its last run is."""
    fall = _fall(schedule)
    if bool(fall) == bool(schedule.alerted_at):
        return
    schedule.alerted_at, schedule.seen_at = (timezone.now() if fall else None), None
    schedule.save(update_fields=["alerted_at", "seen_at"])
    if fall:
        _told_run(
            fall.run, "run.fell", None, measure=fall.measure, baseline=fall.baseline.pk,
            before=fall.said(fall.before), after=fall.said(fall.after),
        )  # fmt: skip


def _told_run(run: Run, action: str, actor: User | None, **more: Any) -> None:
    version: BenchmarkVersion = run.version
    _told(
        version.benchmark, action, actor,
        version=version.number, run=run.pk, mode=run.mode, **more,
    )  # fmt: skip


def _told(benchmark: Benchmark, action: str, actor: User | None, **more: Any) -> None:
    record(
        space=benchmark.space,
        action=action,
        actor=actor,
        actor_label="" if actor else SYSTEM,
        subject=benchmark,
        payload={"benchmark": benchmark.pk, "name": benchmark.name, **more},
    )
