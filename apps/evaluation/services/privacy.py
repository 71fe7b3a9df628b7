"""What an erasure takes of benchmarks: cases that rest on it with their results, and answers that
a head without memory read in an erased document. What a person's copy of their data has of runs.

A version then has fewer cases than its hash is over, and a run fewer results than its figures are
of; both count them, and their pages say so. Cases that were drawn
from facts stay when a reviewer who approved them is erased, as the facts do; those that people
marked go with who marked them or asked, unless the space keeps the questions of erased people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from apps.accounts.models import User
from apps.audit.services import record
from apps.evaluation.models import BenchmarkVersion, Case, LearnedWeights, Result, Run, RunExport
from apps.provenance.services.also_kept import (
    Gone,
    Keeper,
    Row,
    Section,
    also_erase,
    also_export,
)
from apps.sources.models import Passage

THINGS: Final = "benchmark cases"
_RESTS: Final = """EXISTS (
    SELECT FROM jsonb_array_elements(c.rests_on -> '{key}') one
    WHERE one::bigint = ANY (%({key})s))"""
_CASES: Final = f"""SELECT c.id FROM evaluation_case c
JOIN evaluation_benchmarkversion v ON v.id = c.version_id
JOIN evaluation_benchmark b ON b.id = v.benchmark_id
JOIN accounts_space s ON s.id = b.space_id
WHERE b.space_id = ANY (%(spaces)s) AND (
    {_RESTS.format(key="documents")} OR {_RESTS.format(key="questions")}
    OR (v.origin = 'marks' AND NOT s.keep_questions_of_erased AND {_RESTS.format(key="people")}))
ORDER BY c.id"""  # noqa: S608 all is ours
_READ: Final = """SELECT r.id FROM evaluation_result r JOIN evaluation_run run ON run.id = r.run_id
WHERE run.space_id = ANY (%(spaces)s) AND EXISTS (
    SELECT FROM jsonb_array_elements(r.answer -> 'passages') one
    WHERE one::bigint = ANY (%(passages)s))
ORDER BY r.id"""


def cases_resting(gone: Gone) -> int:
    """Count the cases that an erasure takes with it."""
    return len(_cases(gone))


def cases_erase(gone: Gone) -> None:
    """Erase the cases that rest on what is erased with all results of them, and the words of
    answers that were read in it, with an event for each version and run."""
    _answers_erase(gone)
    # Held first: a worker that has just answered such a case waits, and then finds it gone.
    cases = Case.objects.filter(pk__in=_cases(gone)).order_by("pk").select_for_update()
    held = list(cases.values_list("pk", "version"))
    numbers = [case for case, _ in held]
    _files_remove(Run.objects.filter(version__in={version for _, version in held}))
    results = Result.objects.filter(case__in=numbers)
    for run, count in sorted(Counter(results.values_list("run", flat=True)).items()):
        Run.objects.filter(pk=run).update(done=Greatest(F("done") - count, 0))
    results.delete()
    Case.objects.filter(pk__in=numbers).delete()
    counts = Counter(version for _, version in held)
    for version in BenchmarkVersion.objects.filter(pk__in=counts).select_related("benchmark"):
        BenchmarkVersion.objects.filter(pk=version.pk).update(
            erased=F("erased") + counts[version.pk]
        )
        _told(gone, version, "benchmark.cases_erased", cases=counts[version.pk])


def runs_of(person: User) -> Iterable[Row]:
    """Return the runs that a person asked for, for their copy of their data."""
    runs = Run.objects.filter(asked_by=person).order_by("pk")
    return runs.values(
        "id", "mode", "note", "state", "created_at",
        in_space=F("space__slug"),
        of_benchmark=F("version__benchmark__name"),
        of_version=F("version__number"),
    ).iterator(chunk_size=2_000)  # fmt: skip


def trainings_of(person: User) -> Iterable[Row]:
    """Return the trainings on decisions that a person started, for their copy of their data."""
    rows = LearnedWeights.objects.filter(started_by=person).order_by("pk")
    return rows.values(
        "id", "backend", "state", "created_at", in_space=F("space__slug")
    ).iterator(chunk_size=2_000)  # fmt: skip


def register() -> None:
    """Let erasures, and copies of a person's data, reach what is kept here."""
    also_erase(Keeper(THINGS, count=cases_resting, erase=cases_erase))
    also_export(Section("runs", "runs of benchmarks that this person asked for", runs_of))
    also_export(Section("trainings", "trainings that this person started", trainings_of))


def _cases(gone: Gone) -> list[int]:
    return _numbers(
        _CASES,
        spaces=list(gone.spaces),
        documents=list(gone.documents),
        questions=list(gone.questions),
        people=list(gone.people),
    )


def _answers_erase(gone: Gone) -> None:
    passages = list(
        Passage.objects.filter(document__in=gone.documents).values_list("pk", flat=True)
    )
    if not passages:
        return
    numbers = _numbers(_READ, spaces=list(gone.spaces), passages=passages)
    results = Result.objects.filter(pk__in=numbers)
    counts = Counter(results.values_list("run", flat=True))
    results.update(answer={"text": Result.ERASED})
    _files_remove(Run.objects.filter(pk__in=counts))
    runs = Run.objects.filter(pk__in=counts).select_related("version__benchmark")
    for run in runs.order_by("pk"):
        _told(
            gone, run.version, "run.answers_erased",
            run=run.pk, mode=run.mode, answers=counts[run.pk],
        )  # fmt: skip


def _files_remove(runs: QuerySet[Run]) -> None:
    """Remove the files of runs that may hold what is erased; those that are being written begin
    anew. Once more when all is erased: until then a file that is asked for holds it still."""
    # Not above: every process registers what this module does, and few erase.
    from apps.evaluation.services.run_exports import export_remove

    numbers = list(runs.values_list("pk", flat=True))

    def remove() -> None:
        for export in RunExport.objects.filter(run__in=numbers, removed_at=None).order_by("pk"):
            export_remove(export, because="it may hold what was erased")

    remove()
    transaction.on_commit(remove)


def _numbers(query: str, **given: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return [number for (number,) in cursor.fetchall()]


def _told(gone: Gone, version: BenchmarkVersion, action: str, **more: Any) -> None:
    benchmark = version.benchmark
    record(
        space=benchmark.space,
        action=action,
        actor=gone.actor,
        actor_label=gone.actor_label,
        subject=benchmark,
        payload={
            "benchmark": benchmark.pk,
            "name": benchmark.name,
            "version": version.number,
            "because": gone.what,
            **more,
        },
    )
