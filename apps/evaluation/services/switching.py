"""What another head, threshold or policy would change: on the benchmarks with a pinned baseline,
which cases would come out otherwise, from runs with it on the same cases and, where they are about
the memory, of the same memory. Nothing here keeps anybody from choosing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, Run
from apps.evaluation.services.comparing import flips_count
from apps.evaluation.services.kinds import KINDS, kind_of
from apps.evaluation.services.runs import RunRefused, run_request
from worker.setups import HeadSetup, HeadSide

MODE: Final = "memory"  # the one that a space's own head answers in


@dataclass(frozen=True)
class WouldFlip:
    """A benchmark with the newest run of the head on the baseline's memory, if there is one; of one
    that is done, how many of the ``shared`` cases it lost and won, and how many came out otherwise
    in any way. ``reweighed``: the head is the baseline's by its setup, and has other weights since.
    """

    benchmark: Benchmark
    baseline: Run
    run: Run | None = None
    lost: int = 0
    won: int = 0
    changed: int = 0
    shared: int = 0
    reweighed: bool = False

    @property
    def is_baseline(self) -> bool:
        return self.run == self.baseline

    @property
    def asks_memory(self) -> bool:
        """Whether its cases are about what the memory holds, as it was at one moment."""
        return kind_of(self.benchmark.kind).asks_memory


class NoSuchBaseline(RunRefused):
    """This benchmark has no baseline that the head could be held against."""


def watched_by(space: Space, side: HeadSide) -> QuerySet[Benchmark]:
    """Return the benchmarks whose baseline a head of this side made, as the space asks it."""
    kinds = [name for name, kind in KINDS.items() if kind.side == side]
    found = Benchmark.objects.filter(
        space=space, archived_at=None, kind__in=kinds, baseline__mode=MODE
    )
    return found.select_related("baseline__version__benchmark").order_by("name", "pk")


def would_flip(space: Space, side: HeadSide, setup: HeadSetup) -> Iterator[WouldFlip]:
    """Yield what a head would change on each of them."""
    for benchmark in watched_by(space, side):
        baseline = benchmark.baseline
        assert baseline is not None
        run, reweighed = _newest(baseline, setup)
        if run is None or run.state != Run.State.DONE or run == baseline:
            yield WouldFlip(benchmark, baseline, run, reweighed=reweighed)
            continue
        lost, won, changed = (flips_count(baseline, run, one) for one in ("worse", "better", ""))
        shared = min(baseline.done, run.done)
        yield WouldFlip(benchmark, baseline, run, lost, won, changed, shared, reweighed)


def flip_run_request(
    *, space: Space, side: HeadSide, setup: HeadSetup, benchmark: str, actor: User
) -> Run:
    """Ask for a run with a head on the baseline's version of a benchmark, by its number as it was
    sent, of the memory as the baseline asked it. Raises RunRefused and jobs.TooManyOpen."""
    numbered = benchmark.isascii() and benchmark.isdigit() and len(benchmark) < 19
    found = watched_by(space, side).filter(pk=int(benchmark)).first() if numbered else None
    if found is None or found.baseline is None:
        raise NoSuchBaseline
    moment = found.baseline.known_at if kind_of(found.kind).asks_memory else None
    return run_request(
        version=found.baseline.version, actor=actor, mode=MODE, setup=setup, known_at=moment
    )


def _newest(baseline: Run, setup: HeadSetup) -> tuple[Run | None, bool]:
    """Return the newest run of the head, by the weights that it was last seen with, on the
    baseline's cases and memory: the baseline where that is one, else one that is done, if any is;
    and whether the head is the baseline's with other weights."""
    kept = {"backend": setup.backend} | setup.as_json()
    weights = _last_weights(baseline, kept)
    is_same = baseline.setup == kept
    if is_same and weights in (None, baseline.made_of):
        return baseline, False
    runs = Run.objects.filter(version=baseline.version_id, mode=MODE, setup=kept, only=None)
    if kind_of(baseline.version.benchmark.kind).asks_memory:
        runs = runs.filter(known_at=baseline.known_at)
    done = runs.filter(state=Run.State.DONE).order_by("-pk")
    if weights is not None:
        done = done.filter(made_of=weights)
    return done.first() or runs.filter(state__in=Run.OPEN).order_by("-pk").first(), is_same


def _last_weights(baseline: Run, kept: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a head was made of when a benchmark of this kind last asked it; None where none
    did."""
    runs = Run.objects.filter(
        space=baseline.space_id, mode=MODE, setup=kept,
        version__benchmark__kind=baseline.version.benchmark.kind,
    )  # fmt: skip
    newest = runs.exclude(made_of={}).order_by("-pk").values_list("made_of", flat=True)
    return newest.first()
