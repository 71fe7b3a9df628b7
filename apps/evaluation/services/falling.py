"""Whether a measure of a run is worse than the baseline's by more than the baseline's interval.

The interval is the one that the baseline keeps with each of its shares. Runs are told apart by
version and mode: the shares of two versions, or of two modes, are of different things.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.evaluation.models import Run
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.kinds.measures import Measure


@dataclass(frozen=True)
class Fall:
    """A measure that got worse: its value in the baseline, the end of the baseline's interval that
    it passed, and its value in the run. ``measure`` is a key of its kind's measures."""

    measure: str
    before: float
    bound: float
    after: float
    baseline: Run
    run: Run

    @property
    def measured(self) -> Measure:
        return kind_of(self.run.version.benchmark.kind).measures[self.measure]

    @property
    def label(self) -> str:
        return self.measured.label

    @property
    def verb(self) -> str:
        """Which way it went: less of what is right, or more of what is wrong."""
        return "fell" if self.measured.up else "rose"

    def said(self, value: float) -> str:
        """Write a value of the measure."""
        return self.measured.said(value)

    @property
    def sentence(self) -> str:
        """Say it for people."""
        return (
            f"{self.label} {self.verb} from {self.said(self.before)} to "
            f"{self.said(self.after)}, past {self.said(self.bound)}, where the interval of run "
            f"{self.baseline.pk} ends.{self._of_others}"
        )

    @property
    def _of_others(self) -> str:
        """Say that the baseline's figures are of cases, too, that are no longer there."""
        count = self.baseline.erased
        if not count:
            return ""
        were = "1 case that was" if count == 1 else f"{count:,} cases that were"
        return f" The figures of run {self.baseline.pk} are of {were} erased since, too."


def fall_of(baseline: Run, run: Run, measure: str) -> Fall | None:
    """Return how a measure got worse; None where it did not, or where one of the runs has none."""
    measures = kind_of(run.version.benchmark.kind).measures
    before, after = _share(baseline, measure), _share(run, measure)
    if before is None or after is None or measure not in measures:
        return None
    (value, low, high), (now, _, _) = before, after
    is_worse = now < low if measures[measure].up else now > high
    bound = low if measures[measure].up else high
    return Fall(measure, value, bound, now, baseline, run) if is_worse else None


def falls_of(baseline: Run, run: Run, measures: Iterable[str] = ()) -> list[Fall]:
    """Return every measure that got worse, of those that are named or else of all."""
    names = tuple(measures) or tuple(kind_of(run.version.benchmark.kind).measures)
    found = (fall_of(baseline, run, measure) for measure in names)
    return [one for one in found if one is not None]


def why_not_comparable(baseline: Run, run: Run) -> str:
    """Say why a run cannot be held against the baseline; empty where it can."""
    if baseline.version_id != run.version_id:
        return f"Run {baseline.pk} is of version {baseline.version.number}, which has other cases."
    if baseline.mode != run.mode:
        return f"Run {baseline.pk} was asked in another mode ({baseline.mode})."
    return ""


def _share(run: Run, measure: str) -> tuple[float, float, float] | None:
    found = run.figures.get("shares", {}).get(measure)
    if not found or found["value"] is None:
        return None
    low, high = found.get("interval") or (found["value"], found["value"])
    return found["value"], low, high
