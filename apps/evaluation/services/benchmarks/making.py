"""Keeping versions of benchmarks, and what may be changed of a benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.evaluation.models import Benchmark, BenchmarkVersion, Run
from apps.evaluation.services.benchmarks.cases import MOST_CASES, NewCase, Summary, sha256_of
from apps.evaluation.services.benchmarks.covering import covers_of, covers_of_file

LONGEST_NAME: Final = 120
_COPY: Final = """COPY evaluation_case (version_id, number, key, kind, relation, text, given,
    expected, rests_on) FROM STDIN"""


class BenchmarkRefused(Exception):
    """The benchmark cannot be made or changed so; the text says why."""


class Unchanged(Exception):
    """The cases are those of the last version."""

    def __init__(self, version: BenchmarkVersion) -> None:
        self.version = version
        super().__init__(f"Nothing changed: these are the cases of version {version.number}.")


def version_make(  # noqa: PLR0913 - what a version is made of
    *,
    space: Space,
    actor: User,
    name: str,
    kind: str,
    origin: str,
    cases: Iterable[NewCase],
    summary: Summary | None = None,
    licence: str = "",
    filename: str = "",
    seed: int | None = None,
    how: dict[str, Any] | None = None,
    description: str = "",
) -> BenchmarkVersion:
    """Keep the cases as the first version of a new benchmark, or the next one of that name.

    A case whose ``relation`` is unknown to the space is kept. Cases that come one by one need
    their ``summary``, and ids of their own. Raises BenchmarkRefused, and Unchanged where the last
    version has these cases.
    """
    name = " ".join(name.split())
    if summary is None:
        cases = list(cases)
        _check(name, len(cases))
        _check_ids(cases)
        size, sha256, covers = len(cases), sha256_of(cases), covers_of(space, cases)
    else:
        _check(name, summary.size)
        size, sha256, covers = summary.size, summary.sha256, covers_of_file(summary)
    with transaction.atomic():
        benchmark = _benchmark(space, actor, name, kind, description)
        last = benchmark.versions.first()
        if last and last.sha256 == sha256:
            raise Unchanged(last)
        version = BenchmarkVersion.objects.create(
            benchmark=benchmark,
            number=last.number + 1 if last else 1,
            origin=origin,
            filename=filename[:255],
            licence=licence[:120],
            seed=seed,
            how=how or {},
            covers=covers,
            size=size,
            sha256=sha256,
            created_by=actor,
        )
        _write(version, cases)
        _told(
            benchmark, "benchmark.version_made", actor, version=version.number,
            origin=origin, cases=size, sha256=sha256, licence=version.licence,
        )  # fmt: skip
    return version


def baseline_pin(*, benchmark: Benchmark, run: Run, actor: User) -> None:
    """Measure other runs of the benchmark against this one. Raises BenchmarkRefused."""
    if run.version.benchmark_id != benchmark.pk:
        raise BenchmarkRefused("This is a run of another benchmark.")
    if run.state != Run.State.DONE:
        raise BenchmarkRefused("Only a run that is done can be the baseline.")
    if run.only is not None:
        raise BenchmarkRefused("This run asked a single case again, and no others.")
    with transaction.atomic():
        locked = Benchmark.objects.select_for_update().get(pk=benchmark.pk)
        if locked.baseline_id == run.pk:
            return
        Benchmark.objects.filter(pk=benchmark.pk).update(baseline=run)
        _told(
            locked, "benchmark.baseline_pinned", actor,
            version=run.version.number, run=run.pk, mode=run.mode,
        )  # fmt: skip


def baseline_unpin(*, benchmark: Benchmark, actor: User) -> None:
    """Let the benchmark have no baseline."""
    with transaction.atomic():
        rows = Benchmark.objects.filter(pk=benchmark.pk).exclude(baseline=None)
        if rows.update(baseline=None):
            _told(benchmark, "benchmark.baseline_unpinned", actor)


def benchmark_archive(*, benchmark: Benchmark, actor: User) -> None:
    """Take the benchmark out of the list; all of it is kept."""
    with transaction.atomic():
        rows = Benchmark.objects.filter(pk=benchmark.pk, archived_at=None)
        if rows.update(archived_at=timezone.now()):
            _told(benchmark, "benchmark.archived", actor)


def benchmark_restore(*, benchmark: Benchmark, actor: User) -> None:
    """Put an archived benchmark back into the list."""
    with transaction.atomic():
        rows = Benchmark.objects.filter(pk=benchmark.pk).exclude(archived_at=None)
        if rows.update(archived_at=None):
            _told(benchmark, "benchmark.restored", actor)


def _check_ids(cases: Sequence[NewCase]) -> None:
    if len({case.key for case in cases}) < len(cases):
        raise BenchmarkRefused("Two cases have the same id.")


def _check(name: str, size: int) -> None:
    if not name:
        raise BenchmarkRefused("A benchmark needs a name.")
    if len(name) > LONGEST_NAME:
        raise BenchmarkRefused(f"The name has more than {LONGEST_NAME} characters.")
    if not size:
        raise BenchmarkRefused("There are no cases.")
    if size > MOST_CASES:
        raise BenchmarkRefused(f"There are more than {MOST_CASES:,} cases.")


def _benchmark(space: Space, actor: User, name: str, kind: str, description: str) -> Benchmark:
    """Return the benchmark of that name, locked; made where there is none."""
    made = {"kind": kind, "description": description[:500], "created_by": actor}
    Benchmark.objects.get_or_create(space=space, name=name, defaults=made)
    found = Benchmark.objects.select_for_update().get(space=space, name=name)
    if found.archived_at:
        raise BenchmarkRefused(f"“{name}” is archived. Restore it first, or take another name.")
    if found.kind != kind:
        raise BenchmarkRefused(
            f"“{name}” is a benchmark of {found.get_kind_display().lower()}. Take another name."
        )
    return found


def _write(version: BenchmarkVersion, cases: Iterable[NewCase]) -> None:
    """Write the rows of the cases; by COPY, since there may be a hundred thousand."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for number, case in enumerate(cases, start=1):
            plain = (version.pk, number, case.key, case.kind, case.relation, case.text)
            copy.write_row((*plain, *map(json.dumps, (case.given, case.expected, case.rests_on))))


def _told(benchmark: Benchmark, action: str, actor: User, **more: Any) -> None:
    record(
        space=benchmark.space,
        action=action,
        actor=actor,
        subject=benchmark,
        payload={"benchmark": benchmark.pk, "name": benchmark.name, **more},
    )
