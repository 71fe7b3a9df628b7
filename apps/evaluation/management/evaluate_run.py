"""``manage.py evaluate run``: a benchmark of a space, run here and held against an earlier run."""

from __future__ import annotations

import difflib
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any, Final

from apps.accounts.commands import space_named
from apps.accounts.models import Space
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.tables import columns
from apps.evaluation.models import Benchmark, BenchmarkVersion, Run
from apps.evaluation.services.falling import falls_of, why_not_comparable
from apps.evaluation.services.kinds import ALL_MEASURES, kind_of
from apps.evaluation.services.runs import RunRefused, mode_of, run_request, run_run

HELP = "Run a benchmark of a space, and hold it against an earlier run."
NEEDS_DATABASE = True
FELL: Final = 3  # the exit status where a measure fell
LOOK_SECONDS: Final = 1.0


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--space", required=True, help="the short name of the space")
    parser.add_argument("--benchmark", required=True, help="its name")
    parser.add_argument(
        "--version-number", type=int, help="default: the one of --against, or the newest"
    )
    parser.add_argument(
        "--mode", default="memory", help="what the head has at hand (default: memory)"
    )
    parser.add_argument(
        "--against", metavar="RUN", help="'baseline', or the number of a run of this benchmark"
    )
    parser.add_argument(
        "--measure",
        action="append",
        choices=list(ALL_MEASURES),
        help="watch this one (may be repeated; default: all)",
    )


def run(options: Mapping[str, Any], tell: Callable[[str], object]) -> dict[str, Any]:
    """Ask for the run, do it here, and compare it. Raises EvaluationError."""
    benchmark = _benchmark(space_named(options["space"]), options["benchmark"])
    against = _against(benchmark, options["against"])
    version = _version(benchmark, against, options["version_number"])
    measures = kind_of(benchmark.kind).measures
    if lacking := [one for one in options["measure"] or () if one not in measures]:
        raise EvaluationError(
            f"A run of {benchmark.name} has no {lacking[0]}. It has: {', '.join(measures)}."
        )
    if against:
        planned = Run(version=version, mode=options["mode"])
        if why := why_not_comparable(against, planned):
            raise EvaluationError(why)
    done = _done(benchmark, version, options["mode"], tell)
    falls = falls_of(against, done, options["measure"] or ()) if against else []
    return {
        "space": benchmark.space.slug,
        "benchmark": benchmark.name,
        "version": version.number,
        "sha256": version.sha256,
        "mode": done.mode,
        "run": done.pk,
        "made_of": done.made_of,
        "figures": done.figures,
        "against": against.pk if against else None,
        "fell": [
            {"measure": one.measure, "before": one.before, "bound": one.bound, "after": one.after,
             "said": one.sentence}
            for one in falls
        ],
    }  # fmt: skip


def table(report: Mapping[str, Any]) -> str:
    """Return the measures with their intervals, for people to read."""
    said = f"Run {report['run']} of {report['benchmark']}, version {report['version']}"
    rows = [["measure", "share", "from", "to", "of"]]
    for name, share in report["figures"]["shares"].items():
        if share["value"] is None:
            continue
        low, high = share["interval"] or (share["value"], share["value"])
        rows.append(
            [name, *map(ALL_MEASURES[name].said, (share["value"], low, high)), f"{share['n']:,}"]
        )
    return f"{said}\n\n{columns(rows)}"


def failure(report: Mapping[str, Any]) -> str:
    """Say what fell; empty where nothing did."""
    return " ".join(one["said"] for one in report["fell"])


def _benchmark(space: Space, name: str) -> Benchmark:
    known = Benchmark.objects.filter(space=space, archived_at=None).select_related(
        "space", "baseline__version"
    )
    found = known.filter(name=name).first()
    if found is None:
        names = list(known.values_list("name", flat=True))
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        there = ", ".join(map(repr, names)) or "none"
        raise EvaluationError(
            f"The space {space.slug!r} has no benchmark {name!r}.{hint} There are: {there}."
        )
    return found


def _against(benchmark: Benchmark, said: str | None) -> Run | None:
    if said is None:
        return None
    if said == "baseline":
        if benchmark.baseline is None:
            raise EvaluationError(f"The benchmark {benchmark.name!r} has no baseline: pin a run.")
        return benchmark.baseline
    runs = Run.objects.filter(version__benchmark=benchmark).select_related("version")
    is_number = said.isascii() and said.isdigit() and len(said) < 19
    found = runs.filter(pk=int(said)).first() if is_number else None
    if found is None:
        raise EvaluationError(
            f"The benchmark {benchmark.name!r} has no run {said!r}. Say 'baseline' or the number "
            "of one of its runs."
        )
    if found.state != Run.State.DONE:
        raise EvaluationError(f"Run {found.pk} is not done, so nothing can be held against it.")
    return found


def _version(benchmark: Benchmark, against: Run | None, number: int | None) -> BenchmarkVersion:
    if number is None and against is not None:
        return against.version
    versions = benchmark.versions.all()
    found = (versions if number is None else versions.filter(number=number)).first()
    if found is None:
        said = "versions" if number is None else f"version {number}"
        raise EvaluationError(f"The benchmark {benchmark.name!r} has no {said}.")
    return found


def _done(
    benchmark: Benchmark, version: BenchmarkVersion, mode: str, tell: Callable[[str], object]
) -> Run:
    """Return a run after it was done, by this process or by a worker that was quicker."""
    try:
        mode_of(benchmark.kind, mode)
        row = run_request(version=version, actor=None, mode=mode, why=Run.Why.COMMAND)
    except RunRefused as error:
        raise EvaluationError(str(error)) from error
    tell(f"Run {row.pk}: {row.total:,} cases.")
    while row.is_open:
        row = run_run(run_id=row.pk)
        if row.is_open:  # a worker is at it
            time.sleep(LOOK_SECONDS)
    if row.state != Run.State.DONE:
        why = row.error if row.state == Run.State.FAILED else "It was cancelled."
        raise EvaluationError(f"Run {row.pk} came to no end: {why}")
    return row
