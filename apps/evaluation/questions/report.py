"""The report of ``evaluate questions`` for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.evaluation.measuring.tables import columns, share


def table(report: Mapping[str, Any]) -> str:
    """Return the figures of each kind, of all questions, and those of abstention and citation."""
    rows = [["kind", "n", "exact match", "F1", "wrong", "abstained", "cited", "p50 ms", "p95 ms"]]
    rows += [_row(kind, one) for kind, one in report["kinds"].items()]
    rows.append(_row("all", report))
    abstention = report["abstention"]
    parts = [
        f"{report['facts']:,} facts about {report['entities']:,} entities, "
        f"loaded in {report['seconds_loading']:.1f} s\n"
        f"read head {report['head']} {report['version']}",
        columns(rows),
        f"Abstention: precision {share(abstention['precision'])}, "
        f"recall {share(abstention['recall'])}; "
        f"answered of what has an answer: {share(abstention['answered'])}\n"
        f"Readings offered where it abstained: {share(report['perhaps_offered'])} of all "
        f"questions, one of them right: {share(report['perhaps_right'])}\n"
        f"Citations that support a right answer: {share(report['citation_precision'])} "
        f"of {report['citations']:,}",
        *report["notes"],
    ]
    return "\n\n".join(parts)


def _row(name: str, one: Mapping[str, Any]) -> list[str]:
    return [
        name,
        f"{one['n']:,}",
        share(one["exact_match"]),
        share(one["f1"]),
        share(one["wrong"]),
        share(one["abstained"]),
        share(one["citation_precision"]),
        f"{one['latency_ms']['p50']:.1f}",
        f"{one['latency_ms']['p95']:.1f}",
    ]
