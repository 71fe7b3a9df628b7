"""The figures of ``bench memory`` as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from apps.evaluation.measuring.scoring import percentile
from apps.evaluation.measuring.tables import columns

READ_TARGET = (2.5, 3.5)  # milliseconds of an exact read, p50 and p95, at 300,000 facts
LOAD_TARGET = 5_600  # facts a second


def latency(values: Sequence[float]) -> dict[str, float]:
    """Return the mean, the percentiles and the slowest of some milliseconds."""
    return {
        "mean": round(fmean(values), 3),
        "p50": round(percentile(values, 0.50), 3),
        "p95": round(percentile(values, 0.95), 3),
        "slowest": round(max(values), 3),
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the two memories side by side, with ratios, for people to read."""
    machine = report["machine"]
    load, reads, near = report["load"], report["reads_ms"], report["near"]
    rows = [["", "memweb", "in RAM", "memweb / in RAM"]]
    for kind in ("by id", "by name"):
        for part in ("p50", "p95", "slowest"):
            ours, theirs = (reads[f"{whose} {kind}"][part] for whose in ("memweb", "ram"))
            rows.append(_row(f"exact read {kind}, {part} ms", ours, theirs, "{:.2f}"))
    ours, theirs = load["memweb_facts_per_second"], load["ram_facts_per_second"]
    rows.append(_row("facts loaded a second, found by name", ours, theirs, "{:,.0f}"))
    ours = load["memweb_with_vectors_facts_per_second"]
    rows.append(_row("the same, with vectors and index", ours, theirs, "{:,.0f}"))
    memory = report["megabytes"]
    rows.append(_row("memory of the server, MB", memory["memweb"], memory["ram"], "{:,.0f}"))
    kept = report["kept_after_kill"]
    rows.append(_row(f"of {report['writes']} writes kept", kept["memweb"], kept["ram"], "{:.0f}"))
    found = [["near names", f"nearest found of {near['names']}", "p50 ms", "p95 ms"]]
    found += [
        [label, str(one["found"]), f"{one['p50']:.2f}", f"{one['p95']:.2f}"]
        for label, one in near.items()
        if label != "names"
    ]
    return "\n\n".join(
        [
            f"{report['facts']:,} facts of {report['entities']:,} entities; the fastest of "
            f"{report['rounds']} for each read; {machine['date']}, {machine['cores']} cores, load "
            f"{machine['load_before']} before and {machine['load_after']} after",
            columns(rows),
            f"Targets at 300,000 facts: exact reads {READ_TARGET[0]} and {READ_TARGET[1]} ms, "
            f"{LOAD_TARGET:,} facts a second found by name. The job that gives names their vectors "
            f"does {load['memweb_job_names_per_second']:,} a second with this embedder.",
            columns(found),
        ]
    )


def _row(what: str, ours: float | None, theirs: float | None, form: str) -> list[str]:
    cells = ["-" if one is None else form.format(one) for one in (ours, theirs)]
    ratio = f"{ours / theirs:.2f}" if ours is not None and theirs else "-"
    return [what, *cells, ratio]
