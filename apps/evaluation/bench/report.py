"""The figures of ``bench questions``, and the tables that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from apps.evaluation.bench.clock import PARTS, SEARCH_DATABASE
from apps.evaluation.measuring.scoring import percentile
from apps.evaluation.measuring.tables import columns

GROWTH_TARGET = 2.0  # from the smallest memory to the largest
P95_TARGET = 100.0  # milliseconds
TITLES = dict(zip(PARTS, ("entity search", "embedding", "database", "rest"), strict=True))


@dataclass(frozen=True)
class Timing:
    """The milliseconds of one question, in all and by part."""

    kind: str
    total: float
    parts: Mapping[str, float]
    right: bool


def figures(timings: Sequence[Timing]) -> dict[str, Any]:
    """Return the speed of one size, where its time goes, and each kind of question."""
    totals = [one.total for one in timings]
    mean = fmean(totals)
    kinds = dict.fromkeys(one.kind for one in timings)
    return {
        "n": len(timings),
        "questions_per_second": round(1000 / mean, 2),
        "latency_ms": _latency(totals),
        "split_ms": {
            part: _latency([one.parts[part] for one in timings])
            | {"share": round(fmean(one.parts[part] for one in timings) / mean, 4)}
            for part in PARTS
        },
        "entity_search_database_ms": round(fmean(o.parts[SEARCH_DATABASE] for o in timings), 3),
        "right": _right(timings),
        "kinds": {
            kind: {
                "n": len(those),
                "right": _right(those),
                "latency_ms": _latency([one.total for one in those]),
            }
            for kind in kinds
            for those in [[one for one in timings if one.kind == kind]]
        },
    }


def _latency(values: Sequence[float]) -> dict[str, float]:
    return {
        "mean": round(fmean(values), 3),
        "p50": round(percentile(values, 0.50), 3),
        "p95": round(percentile(values, 0.95), 3),
    }


def _right(timings: Sequence[Timing]) -> float:
    return round(fmean(one.right for one in timings), 4)


def growth(sizes: Sequence[tuple[int, Sequence[Timing]]]) -> dict[str, Any] | None:
    """Return by how much the largest memory is slower than the smallest; None for one size."""
    if len(sizes) < 2:
        return None
    (small, first), (large, last) = sizes[0], sizes[-1]
    before, after = (_latency([one.total for one in those]) for those in (first, last))
    return {
        "from": small,
        "to": large,
        **{key: round(after[key] / before[key], 3) for key in before},
        "parts": {part: _ratio(_mean(last, part), _mean(first, part)) for part in PARTS},
        "target": GROWTH_TARGET,
    }


def _mean(timings: Sequence[Timing], part: str) -> float:
    return fmean(one.parts[part] for one in timings)


def _ratio(after: float, before: float) -> float | None:
    return round(after / before, 3) if before > 0 else None


def table(report: Mapping[str, Any]) -> str:
    """Return the sizes, their kinds of question and the growth for people to read."""
    machine, grown = report["machine"], report["growth"]
    rows = [["facts", "questions/s", "p50 ms", "p95 ms", *(f"{t} ms" for t in TITLES.values())]]
    rows += [_row(size) for size in report["sizes"]]
    parts = [
        f"{report['questions']:,} questions of each size in turn, read head {report['head']} "
        f"{report['version']}; {machine['date']}, {machine['threads']} of {machine['cores']} "
        f"cores, load {machine['load_before']} before and {machine['load_after']} after",
        columns(rows, left=0),
        "Parts are means. Entity search has its own statements in it; the database is all others.",
        columns(_kinds(report["sizes"])),
    ]
    if grown is not None:
        parts.append(
            f"From {grown['from']:,} to {grown['to']:,} facts: mean {grown['mean']:.2f}, "
            f"p50 {grown['p50']:.2f}, p95 {grown['p95']:.2f} times "
            f"(target: under {grown['target']:g}); p95 target: under {P95_TARGET:g} ms"
        )
    return "\n\n".join(parts)


def _row(size: Mapping[str, Any]) -> list[str]:
    latency = size["latency_ms"]
    return [
        f"{size['facts']:,}",
        f"{size['questions_per_second']:.1f}",
        f"{latency['p50']:.1f}",
        f"{latency['p95']:.1f}",
        *(f"{size['split_ms'][part]['mean']:.1f}" for part in PARTS),
    ]


def _kinds(sizes: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the p50 and p95 of each kind, and how many answers were right, side by side."""
    rows = [["kind", *(f"{size['facts']:,}: p50, p95, right" for size in sizes)]]
    for kind in sizes[0]["kinds"]:
        cells = []
        for size in sizes:
            one = size["kinds"].get(kind)
            latency = one["latency_ms"] if one else {}
            cells.append(
                f"{latency['p50']:.1f}, {latency['p95']:.1f}, {one['right']:.2f}" if one else "-"
            )
        rows.append([kind, *cells])
    return rows
