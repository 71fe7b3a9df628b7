"""The report of ``evaluate extraction`` for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.evaluation.measuring.tables import columns, three

ROWS = {
    "mentions": "mentions, exact span",
    "mentions_typed": "mentions, span and type",
    "relations_gold_entities": "relations between gold entities",
    "end_to_end": "end to end, best threshold",
    "end_to_end_at_review_threshold": "end to end, review threshold",
}
SCORES = ("precision", "recall", "F1")


def table(report: Mapping[str, Any]) -> str:
    """Return the figures, the calibration, some thresholds and all relations."""
    parts = [
        _about(report),
        _figures(report),
        _calibration(report),
        _thresholds(report),
        _relations(report),
        *report["notes"],
    ]
    return "\n\n".join(parts)


def _about(report: Mapping[str, Any]) -> str:
    return (
        f"{report['file']}: {report['documents']:,} documents, {report['words']:,} words, "
        f"{report['facts']:,} facts\n"
        f"write head {report['head']} {report['version']}, "
        f"asked for {report['relations_asked']} relations: "
        f"{report['seconds']:.1f} s, {report['words_per_second']:,.0f} words a second"
    )


def _figures(report: Mapping[str, Any]) -> str:
    rows = [["", *SCORES, "95 % interval of F1"]]
    for key, name in ROWS.items():
        low, high = report["intervals_95"].get(key, {}).get("f1", (None, None))
        sure = "-" if low is None else f"{low:.3f} to {high:.3f}"
        rows.append([name, *three(report[key]), sure])
    return columns(rows)


def _calibration(report: Mapping[str, Any]) -> str:
    rows = [["score", "right", "predictions"]]
    rows += [
        [f"{row['score']:.3f}", f"{row['right']:.3f}", f"{row['count']:,}"]
        for row in report["reliability"]
    ]
    return (
        f"Calibration error {report['calibration_error']:.3f}; "
        f"{report['calibration_error_at_review_threshold']:.3f} at the review threshold and above\n"
        f"{columns(rows, left=0)}"
    )


def _thresholds(report: Mapping[str, Any]) -> str:
    rows = [["threshold", *SCORES]]
    rows += [[f"{row['threshold']:.2f}", *three(row)] for row in report["curve"][4::5]]
    return (
        f"Best threshold {report['best_threshold']:.2f}, "
        f"review threshold {report['review_threshold']:.2f}\n"
        f"{columns(rows, left=0)}"
    )


def _relations(report: Mapping[str, Any]) -> str:
    rows = [["property", "relation", *SCORES, "gold"]]
    ordered = sorted(report["by_relation"].items(), key=lambda item: (-item[1]["gold"], item[0]))
    rows += [[pid, one["name"], *three(one), str(one["gold"])] for pid, one in ordered]
    return f"Relations, end to end at the best threshold\n{columns(rows, left=2)}"
