"""What the pages of runs show: lists of runs, their results, and one case in several runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet

from apps.accounts.models import Space
from apps.audit.models import Event
from apps.evaluation.models import Benchmark, BenchmarkVersion, Case, Result, Run, RunExport

MOST_COUNTED: Final = 10_000
MOST_EARLIER: Final = 20
MOST_FILES: Final = 6
MOST_MOMENTS: Final = 50
OUTCOMES: Final = tuple(Result.Outcome.values)

if TYPE_CHECKING:
    ResultPaginator = Paginator[Result]
else:  # Django's own class takes no parameter
    ResultPaginator = Paginator


class ResultPages(ResultPaginator):
    """Pages of results: all of them where their number is known, else as many as are counted up
    to ``MOST_COUNTED``."""

    def __init__(self, results: QuerySet[Result], size: int, *, known: int | None = None) -> None:
        super().__init__(results, size)
        self._known = known

    @cached_property
    def count(self) -> int:
        if self._known is not None:
            return self._known
        rows: QuerySet[Result] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_COUNTED].count()

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than are counted."""
        return self._known is None and self.count >= MOST_COUNTED


@dataclass(frozen=True)
class Wanted:
    """Which results to see; what is empty filters nothing. ``outcome`` may be ``failed``, which is
    every outcome but ``right``."""

    outcome: str = ""
    kind: str = ""
    relation: str = ""
    diagnosis: str = ""
    words: str = ""

    @property
    def is_all(self) -> bool:
        return self == Wanted()


def runs_of(space: Space, benchmark: Benchmark | None = None) -> QuerySet[Run]:
    """Return the runs of a space or of one benchmark, the newest first, without the single cases
    that were asked again."""
    runs = Run.objects.filter(space=space, only=None)
    if benchmark is not None:
        runs = runs.filter(version__benchmark=benchmark)
    return runs.select_related("version__benchmark", "asked_by")


def results_of(run: Run, wanted: Wanted) -> QuerySet[Result]:
    """Return the results of a run that are wanted, in the order of the cases; of a run that is
    under way the newest first."""
    results = Result.objects.filter(run=run)
    if wanted.outcome == "failed":
        results = results.exclude(outcome=Result.Outcome.RIGHT)
    elif wanted.outcome:
        results = results.filter(outcome=wanted.outcome)
    if wanted.diagnosis:
        results = results.filter(diagnosis=wanted.diagnosis)
    narrowed = {name: value for name, value in _of_cases(wanted).items() if value}
    if narrowed:
        results = results.filter(case__version=run.version_id, **narrowed)
    # The rows of a version's cases were made in the order of their numbers.
    return results.select_related("case").order_by("-case_id" if run.is_open else "case_id")


def _of_cases(wanted: Wanted) -> Mapping[str, str]:
    return {
        "case__kind": wanted.kind,
        "case__relation": wanted.relation,
        "case__text__icontains": wanted.words,
    }


def outcomes_so_far(run: Run) -> dict[str, int]:
    """Return how many results of a run have which outcome; none are left out."""
    rows = Result.objects.filter(run=run).order_by().values_list("outcome").annotate(Count("pk"))
    return dict.fromkeys(OUTCOMES, 0) | dict(rows)


def names_covered(version: BenchmarkVersion, what: str) -> list[str]:
    """Return the kinds, or relations, of a version's cases, the most frequent first."""
    return [str(one["name"]) for one in version.covers.get(what, ())]


def case_in_runs(case: Case, *, other_than: Run | None = None) -> list[Result]:
    """Return what came of a case in other runs, the newest first: of this version, and of other
    versions of the benchmark that have the same case."""
    same = Case.objects.filter(
        version__benchmark=case.version.benchmark_id,
        key=case.key,
        text=case.text,
        given=case.given,
        expected=case.expected,
    )
    results = Result.objects.filter(case__in=same).select_related("run", "case", "run__version")
    if other_than is not None:
        results = results.exclude(run=other_than)
    return list(results.order_by("-run_id")[:MOST_EARLIER])


def asked_again(case: Case) -> Run | None:
    """Return the newest run that asks this case alone, if there is one."""
    runs = Run.objects.filter(version=case.version_id, only=case.number)
    return runs.order_by("-pk").first()


def erasures_of(version: BenchmarkVersion) -> list[Event]:
    """Return the newest events that tell of cases of a version being erased, the newest first."""
    rows = Event.objects.filter(
        space=version.benchmark.space_id, action="benchmark.cases_erased",
        payload__benchmark=version.benchmark_id, payload__version=version.number,
    )  # fmt: skip
    return list(rows.order_by("-pk")[:MOST_EARLIER])


def runs_over_time(benchmark: Benchmark, mode: str, most: int) -> list[Run]:
    """Return the newest finished runs of a benchmark in one mode, the oldest of them first."""
    runs = Run.objects.filter(
        version__benchmark=benchmark, only=None, mode=mode, state=Run.State.DONE
    ).select_related("version")
    return list(runs.order_by("-pk")[:most])[::-1]


def moments_of(benchmark: Benchmark, also: Run | None = None) -> list[Run]:
    """Return the runs whose moment another run can ask the memory at: the newest of a benchmark,
    and one more that is wanted."""
    found = list(runs_of(benchmark.space, benchmark).order_by("-pk")[:MOST_MOMENTS])
    return found if also is None or also in found else [*found, also]


def exports_of(run: Run) -> list[RunExport]:
    """Return the newest files of a run's results that a worker wrote, or is to write."""
    return list(RunExport.objects.filter(run=run).select_related("requested_by")[:MOST_FILES])


def figure_of(figures: Mapping[str, Any], measure: str) -> Mapping[str, Any] | None:
    """Return a measure of a run with its interval; None where the run has none."""
    found: Mapping[str, Any] | None = (figures.get("shares") or {}).get(measure)
    return found if found and found.get("value") is not None else None
