"""What the page of a comparison shows: measures side by side, outcomes crossed, runs over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.evaluation.models import Result, Run
from apps.evaluation.run_selectors import figure_of, runs_over_time
from apps.evaluation.services import charts
from apps.evaluation.services.comparing import (
    Difference,
    Flip,
    OtherWeights,
    Pairs,
    RetiredSince,
    differences_of,
    flips_count,
    flips_of,
    other_weights,
    pair_up,
    retired_between,
)
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.kinds.measures import Measure

PAGE_SIZE: Final = 25
_SCALES: Final = (0.05, 0.1, 0.25, 0.5, 1.0)  # of the pictures of differences
MOST_OVER_TIME: Final = charts.MOST_RUNS


@dataclass(frozen=True)
class Line:
    """A measure in all runs that are compared: the base first, then each difference with its
    picture."""

    measure: Measure
    before: float | None
    others: Sequence[tuple[Run, Difference, str]]


@dataclass(frozen=True)
class Crossed:
    """How many cases came out as the row says in one run, and as the column says in the other."""

    outcome: str
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Compared:
    """Runs against a base run."""

    pairs: Sequence[Pairs]
    lines: Sequence[Line]

    @property
    def partly_shared(self) -> list[Pairs]:
        """Those of another version of the benchmark, of which only the shared cases count."""
        return [one for one in self.pairs if not one.is_same_version]

    @property
    def reweighed(self) -> list[OtherWeights]:
        """Those whose head has the base's setup and other weights."""
        found = (other_weights(one.base, one.other) for one in self.pairs)
        return [one for one in found if one is not None]

    @property
    def retired(self) -> list[RetiredSince]:
        """The relations that were retired between the base and one of the others."""
        return [found for one in self.pairs for found in retired_between(one.base, one.other)]


@dataclass(frozen=True)
class OverTime:
    """A measure of the newest runs of a benchmark in one mode, as a picture and as a table."""

    measure: Measure
    drawing: str
    rows: Sequence[tuple[Run, float, float, float]]


class FlipsPage:
    """The flipped cases of two runs as a paginator takes them: only what is shown is read."""

    size = PAGE_SIZE

    def __init__(self, pairs: Pairs, which: str) -> None:
        self._pairs, self._which = pairs, which

    def count(self) -> int:
        """Return how many there are, up to a limit."""
        return flips_count(self._pairs.base, self._pairs.other, self._which)

    def __getitem__(self, part: slice) -> list[Flip]:
        start, size = part.start or 0, (part.stop or 0) - (part.start or 0)
        return flips_of(self._pairs.base, self._pairs.other, self._which, start, size)


def compared(base: Run, others: Sequence[Run]) -> Compared:
    """Return how runs differ from a base run. Raises CannotCompare where two share no case."""
    pairs = [pair_up(base, other) for other in others]
    columns = [differences_of(one) for one in pairs]
    drawn = [one for column in columns for one in column if not one.measure.plain]
    widest = max((max(abs(one.low), abs(one.high)) for one in drawn), default=0.0)
    most = next(limit for limit in _SCALES if widest <= limit)
    lines = []
    for across in zip(*columns, strict=True):
        beside = [
            (other, one, _drawn(one, most)) for other, one in zip(others, across, strict=True)
        ]
        lines.append(Line(across[0].measure, _of_base(base, across), beside))
    return Compared(pairs, lines)


def flips_page(pairs: Pairs, which: str) -> Any:
    """Return the flipped cases of two runs for a paginator. ``which`` is a key of FLIPS."""
    return FlipsPage(pairs, which)


def crossed(pairs: Pairs) -> list[Crossed]:
    """Return how the outcomes of two runs go together."""
    counts: Counter[tuple[str, str]] = Counter()
    for a, b, count in pairs.kinds:
        counts[a.outcome, b.outcome] += count
    names = [one.value for one in Result.Outcome]
    return [Crossed(row, [(column, counts[row, column]) for column in names]) for row in names]


def over_time(base: Run, measure: str) -> OverTime:
    """Return how a measure went over the runs of the base run's benchmark in its mode."""
    benchmark = base.version.benchmark
    rows = []
    for run in runs_over_time(benchmark, base.mode, MOST_OVER_TIME):
        if found := figure_of(run.figures, measure):
            value = float(found["value"])
            low, high = found.get("interval") or (value, value)
            rows.append((run, value, float(low), float(high)))
    moments = [
        charts.Moment(run.pk, value, low, high, run.pk == benchmark.baseline_id)
        for run, value, low, high in rows
    ]
    measured = kind_of(benchmark.kind).measures[measure]
    return OverTime(
        measured, charts.over_time(moments, measured.label, is_share=not measured.plain), rows
    )


def _of_base(base: Run, across: Sequence[Difference]) -> float | None:
    """Return the base's figure over all of its cases, or that over the shared ones, as where cases
    that it is of were erased."""
    found = None if base.erased else figure_of(base.figures, across[0].name)
    return float(found["value"]) if found else across[0].before


def _drawn(one: Difference, most: float) -> str:
    if one.change is None or one.measure.plain:
        return ""
    return charts.interval(one.change, one.low, one.high, least=-most, most=most)
