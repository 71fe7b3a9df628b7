"""What the evaluation pages show of benchmarks and runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery

from apps.accounts.models import Space
from apps.evaluation.measuring.annotated import fact_said
from apps.evaluation.models import Benchmark, BenchmarkVersion, Case, Run
from apps.sources.models import Document

_TITLES: Final = {
    "kind": "Kind",
    "relation": "Relation",
    "age": "Recorded",
    "source": "Document",
}
MOST_BARS: Final = 12
FACTS_LISTED: Final = 8  # of a case, before the others are folded away
_NOWHERE: Final = "no document"


@dataclass(frozen=True)
class Listed:
    """A benchmark in the list, with its newest version and its newest run that is done."""

    benchmark: Benchmark
    version: BenchmarkVersion | None
    run: Run | None

    @property
    def right(self) -> Mapping[str, Any] | None:
        """The share of the last run that was right, with its interval."""
        return right_of(self.run)

    @property
    def baseline_right(self) -> Mapping[str, Any] | None:
        """The same of the baseline."""
        return right_of(self.benchmark.baseline)


@dataclass(frozen=True)
class Bar:
    """A count of cases, and its share of the largest one in percent."""

    name: str
    n: int
    percent: float
    document: int | None = None

    @property
    def spoken(self) -> str:
        """A kind as people read it."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class Dimension:
    """What cases are counted by."""

    key: str
    title: str
    bars: Sequence[Bar]
    more: int = 0  # that are not shown


@dataclass(frozen=True)
class ShownCase:
    """A case as people read it: its right answers, or the facts that its text states."""

    number: int
    key: str
    kind: str
    relation: str
    text: str
    as_of: str
    side: str  # of a fact, that a question gives
    turns: Sequence[str]
    answers: Sequence[str]
    facts: Sequence[str]
    wrong: Sequence[str]

    @property
    def spoken(self) -> str:
        """Its kind as people read it."""
        return self.kind.replace("_", " ")

    @property
    def first_facts(self) -> Sequence[str]:
        """The facts that stand in the list of cases."""
        return self.facts[:FACTS_LISTED]

    @property
    def more_facts(self) -> Sequence[str]:
        """Those that are folded away there: an annotated document has dozens."""
        return self.facts[FACTS_LISTED:]


def benchmarks_of(space: Space, *, archived: bool = False) -> QuerySet[Benchmark]:
    """Return the benchmarks of a space that are in use, or those that are archived, by name."""
    rows = Benchmark.objects.filter(space=space, archived_at__isnull=not archived)
    return rows.select_related("baseline", "created_by").order_by("name", "pk")


def listed(benchmarks: Iterable[Benchmark]) -> list[Listed]:
    """Return benchmarks with their newest versions and runs, in three queries."""
    rows = list(benchmarks)
    newest = BenchmarkVersion.objects.filter(benchmark=OuterRef("benchmark")).order_by("-number")
    versions = BenchmarkVersion.objects.filter(
        benchmark__in=rows, pk=Subquery(newest.values("pk")[:1])
    )
    runs = Run.objects.filter(version__benchmark__in=rows, only=None, state=Run.State.DONE)
    last_runs = runs.order_by("version__benchmark_id", "-pk").distinct("version__benchmark_id")
    by_version = {one.benchmark_id: one for one in versions}
    by_run = {one.version.benchmark_id: one for one in last_runs.select_related("version")}
    return [Listed(one, by_version.get(one.pk), by_run.get(one.pk)) for one in rows]


def right_of(run: Run | None) -> Mapping[str, Any] | None:
    """Return the share of right answers of a run with its interval; None where there is none."""
    shares = run.figures.get("shares", {}) if run else {}
    found: Mapping[str, Any] | None = shares.get("right")
    return found


def versions_of(benchmark: Benchmark) -> QuerySet[BenchmarkVersion]:
    """Return the versions of a benchmark, the newest first."""
    return benchmark.versions.select_related("created_by")


def runs_of(benchmark: Benchmark) -> QuerySet[Run]:
    """Return the runs of a benchmark, the newest first, without single cases asked again."""
    runs = Run.objects.filter(version__benchmark=benchmark, only=None)
    return runs.select_related("version__benchmark", "asked_by")


def dimensions(space: Space, covers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Dimension]:
    """Return what a version covers as bars; a document is named as it is now."""
    numbers = [one["document"] for one in covers.get("source", ()) if one["document"]]
    rows = Document.objects.filter(space=space, pk__in=numbers)
    titles = dict(rows.values_list("pk", "title"))
    found = []
    for key, title in _TITLES.items():
        items = covers.get(key, ())
        most = max((one["n"] for one in items), default=0)
        bars = [
            Bar(_name(one, titles), one["n"], round(100 * one["n"] / most, 1), one.get("document"))
            for one in items[:MOST_BARS]
        ]
        # That no case rests on a document says nothing of a file.
        if bars and [bar.name for bar in bars] != [_NOWHERE]:
            found.append(Dimension(key, title, bars, len(items) - len(bars)))
    return found


def _name(item: Mapping[str, Any], titles: Mapping[int, str]) -> str:
    if "name" in item:
        return str(item["name"])
    number = item["document"]
    return titles.get(number, f"document {number}") if number else _NOWHERE


def cases_of(
    version: BenchmarkVersion, *, kind: str = "", relation: str = "", words: str = ""
) -> QuerySet[Case]:
    """Return the cases of a version in their order, narrowed by what is given."""
    cases = version.cases.order_by("number")
    if kind:
        cases = cases.filter(kind=kind)
    if relation:
        cases = cases.filter(relation=relation)
    return cases.filter(text__icontains=words) if words else cases


def shown(cases: Iterable[Any]) -> list[ShownCase]:
    """Return cases, kept or new, as people read them."""
    return [_shown(case, number) for number, case in enumerate(cases, start=1)]


def _shown(case: Any, number: int) -> ShownCase:
    facts = [one for one in case.expected if isinstance(one, dict)]
    answers = [one for one in case.expected if not isinstance(one, dict)]
    return ShownCase(
        number=getattr(case, "number", number),
        key=case.key,
        kind=case.kind,
        relation=case.relation,
        text=case.text,
        as_of=case.given.get("as_of", ""),
        turns=case.given.get("turns", ()),
        side=case.given.get("side", ""),
        answers=[" or ".join(names) for names in answers],
        facts=[fact_said(one) for one in facts],
        wrong=[fact_said(one) for one in case.given.get("not", ())],
    )
