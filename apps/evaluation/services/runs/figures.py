"""The figures of a run: shares with intervals, what they are of, and what is drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.evaluation.models import Result, Run
from apps.evaluation.services.kinds import Kind, kind_of
from apps.evaluation.services.kinds.measures import COLUMNS, COUNTS, Side
from apps.evaluation.services.runs.curves import (
    calibration,
    latencies,
    nth_ms,
    precision_recall,
    risk_coverage,
)
from apps.evaluation.services.runs.intervals import shares_of

MOST_NAMES: Final = 200  # of each breakdown
_GROUPS: Final = ("kind", "relation", "source", "reviewer")
_BY_FACTS: Final = ("kind", "relation")
GOOD: Final = ("right", "ok")  # verdicts on a proposal
Outcome = Result.Outcome


def figures_of(run: Run) -> dict[str, Any]:
    """Return the figures of a run's results, as ``Run.figures`` keeps them.

    ``shares`` has for each measure of the kind its ``value`` and ``interval``, None where there is
    nothing that it could be of, and ``n``, of how many things it is. ``by`` breaks the counts down,
    the most frequent first; sources and reviewers by their numbers. ``facts`` does so with what is
    counted by facts: how many were stated, found, proposed and right. ``diagnoses`` says how many
    cases failed for which reason.
    """
    kind = kind_of(run.version.benchmark.kind)
    read = _read(run, kind)
    counts = Counter(side.outcome for side in read.sides)
    return {
        "n": len(read.sides),
        **{outcome.value: counts[outcome.value] for outcome in Outcome},
        "diagnoses": dict(read.diagnoses.most_common()),
        "shares": shares_of(read.sides, run.seed, kind.measures),
        "by": {name: _listed(found) for name, found in read.by.items()},
        "latency_ms": {"p50": nth_ms(read.seconds, 0.50), "p95": nth_ms(read.seconds, 0.95)},
        "latencies": latencies(read.seconds),
        "calibration": calibration(read.scored),
        **(_of_facts(read) if kind.by_facts else
           {"risk_coverage": risk_coverage(read.scored, len(read.sides))}),
    }  # fmt: skip


def _of_facts(read: _Read) -> dict[str, Any]:
    stated = sum(side.gold for side in read.sides)
    return {
        "facts": {name: _tallied(found) for name, found in read.facts.items()},
        "precision_recall": precision_recall(read.scored, read.found, stated),
    }


def told_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the log keeps of figures: counts and shares, and nothing that names anybody."""
    keys = ("n", *(outcome.value for outcome in Outcome), "latency_ms")
    shares = {name: one["value"] for name, one in figures["shares"].items()}
    return {**{key: figures[key] for key in keys}, "shares": shares}


@dataclass
class _Read:
    """What all results of a run come to, read once."""

    sides: list[Side] = field(default_factory=list)
    scored: list[tuple[float, bool]] = field(default_factory=list)
    found: list[tuple[float, bool]] = field(default_factory=list)  # of proposals: what is stated
    seconds: list[float] = field(default_factory=list)
    diagnoses: Counter[str] = field(default_factory=Counter)
    by: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {name: defaultdict(Counter) for name in _GROUPS}
    )
    facts: dict[str, dict[str, list[int]]] = field(
        default_factory=lambda: {name: defaultdict(lambda: [0] * 4) for name in _BY_FACTS}
    )

    def add(self, side: Side, seconds: float, diagnosis: str) -> None:
        """Take one result in."""
        self.sides.append(side)
        self.seconds.append(seconds)
        if diagnosis:
            self.diagnoses[diagnosis] += 1

    def answered(self, side: Side, score: float | None) -> None:
        """Note how sure an answer was."""
        if score is not None and not side.did_abstain and side.outcome != Outcome.REFUSED:
            self.scored.append((score, side.outcome == Outcome.RIGHT))

    def sort(self, side: Side, names: Mapping[str, Sequence[str]]) -> None:
        """Count it under what it is of."""
        for group, those in names.items():
            for name in those:
                self.by[group][name][side.outcome] += 1

    def tally(
        self, kind: str, tally: Mapping[str, Sequence[int]], proposed: Sequence[Sequence[Any]]
    ) -> None:
        """Count its facts, under its kind and under their relations."""
        self.scored += [(score, verdict in GOOD) for _, score, verdict in proposed]
        self.found += [(score, verdict == "right") for _, score, verdict in proposed]
        for relation, counts in tally.items():
            for table, name in (("kind", kind), ("relation", relation)):
                row = self.facts[table][name]
                row[:] = [a + b for a, b in zip(row, counts, strict=True)]


def _read(run: Run, of: Kind) -> _Read:
    """Read all results once."""
    counts = [f"answer__{name}" for name in (*COUNTS, *of.numbers)]
    others = (
        "score", "seconds", "diagnosis", "answer__tally", "answer__proposed", "case__kind",
        "case__relation", "case__rests_on", "case__expected",
    )  # fmt: skip
    found = Result.objects.filter(run=run).order_by("pk").values_list(*COLUMNS, *counts, *others)
    read = _Read()
    for row in found.iterator(chunk_size=5000):
        counted = len(COLUMNS) + len(counts)
        score, seconds, why, tally, proposed, kind, relation, rests_on, expected = row[counted:]
        side = _side(row[:counted], not _answerable(expected))
        read.add(side, seconds, why)
        read.sort(
            side,
            {
                "kind": [kind],
                "relation": [relation] if relation else [],
                "source": [str(pk) for pk in rests_on.get("documents", ())],
                "reviewer": [str(pk) for pk in rests_on.get("people", ())],
            },
        )
        if of.by_facts:
            read.tally(kind, tally or {}, proposed or ())
        else:
            read.answered(side, score)
    return read


def _side(row: Sequence[Any], nothing_due: bool) -> Side:
    """Return what is counted of a result; what its answer does not say is nothing."""
    outcome, abstained, f1, *counts = row
    found = [one or 0 for one in counts]
    own = len(COLUMNS) - 3 + len(COUNTS)
    return Side._make(
        [outcome, abstained, round(f1, 6), *found[:own], nothing_due, tuple(found[own:])]
    )


def _answerable(expected: Sequence[Any]) -> bool:
    """Tell whether something is right but abstaining; of a text, whether it states a fact."""
    return any(
        not isinstance(one, dict) or one.get("mood", "stated") in ("stated", "ended")
        for one in expected
    )


def _listed(found: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    rows = [
        {
            "name": name,
            "n": counts.total(),
            "right": counts[Outcome.RIGHT],
            "wrong": counts[Outcome.WRONG],
            "abstained": counts[Outcome.ABSTAINED],
        }
        for name, counts in found.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["n"])), str(row["name"])))[:MOST_NAMES]


def _tallied(found: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    names = ("stated", "found", "proposed", "right")
    rows = [
        {"name": name, **dict(zip(names, counts, strict=True))} for name, counts in found.items()
    ]
    ordered = sorted(rows, key=lambda row: (-int(str(row["stated"])), -int(str(row["proposed"])),
                                            str(row["name"])))  # fmt: skip
    return ordered[:MOST_NAMES]
