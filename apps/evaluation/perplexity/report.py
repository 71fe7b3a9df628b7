"""The rows and columns of ``evaluate perplexity``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.evaluation.measuring.tables import columns, share
from apps.evaluation.perplexity.memories import SAID
from worker.training.causal.perplexity.measures import (
    MEASURES,
    added,
    bits_per_byte,
    compared,
    perplexity,
    perplexity_interval,
)
from worker.training.causal.perplexity.measures import share as part

Row = Mapping[str, Any]
OF_MEMORY = ("own_positions", "gold_positions", "gold_queries")
CALLED = {
    "base": "base, without adapter",
    "off": "adapter, reading switched off",
    "own_positions": "positions by the model",
    "gold_positions": "gold positions",
    "gold_queries": "gold queries",
    "gold_answers": "gold answers",
}


def figures(rows: Sequence[Row], memories: Sequence[str]) -> dict[str, Any]:
    """Return all figures of some documents; those of the first memory stand at the top too."""
    off = [row["off"] for row in rows]
    found = {name: _of_memory(rows, name, off) for name in memories}
    first = found[memories[0]]
    return {
        "memory": memories[0],
        **{measure: first["rows"]["own_positions"][measure] for measure in MEASURES},
        "calls": first["calls"],
        "controls": _controls(rows, off),
        "documents": len(rows),
        "tokens": sum(row["tokens"] for row in rows),
        "places": sum(row["places"] for row in rows),
        "tokens_left_out": sum(row["left_out"] for row in rows),
        "base": _alone([row["base"] for row in rows]),
        "off": _alone(off),
        "gold_answers": _both_ways([row["gold_answers"] for row in rows], off, "given"),
        "memories": found,
    }


def _of_memory(rows: Sequence[Row], name: str, off: Sequence[Row]) -> dict[str, Any]:
    of = [row["memories"][name] for row in rows]
    counts = added(one["calls"] for one in of)
    return {
        "holds": SAID[name],
        "rows": {
            row: _both_ways([o[row] for o in of], off, "priced" if row == OF_MEMORY[0] else "given")
            for row in OF_MEMORY
        },
        "calls": calls(counts),
    }


def _both_ways(rows: Sequence[Row], off: Sequence[Row], main: str) -> dict[str, Any]:
    other = "given" if main == "priced" else "priced"
    return {
        **compared([row[main] for row in rows], off),
        f"decisions_{other}": compared([row[other] for row in rows], off),
    }


def _alone(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        measure: {
            "perplexity": perplexity([row[measure] for row in rows]),
            "interval_95": perplexity_interval([row[measure] for row in rows]),
            "bits_per_byte": bits_per_byte([row[measure] for row in rows]),
        }
        for measure in MEASURES
    }


def calls(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return shares of calls. ``query_right`` and ``target_in_results`` are over the calls at
    gold positions, those of ``own`` over the calls that the model began at one."""
    places, right = counts["places"], counts["begun_right"]
    return {
        "recall": part(right, places),
        "precision": part(right, counts["begun"]),
        "query_right": part(counts["query_right"], counts["asked"]),
        "target_in_results": part(counts["target"], counts["asked"]),
        "own": {
            "begun": counts["begun"],
            "kept": counts["own_results"],
            "query_right": part(counts["own_query_right"], right),
            "target_in_results": part(counts["own_target"], right),
        },
        "diagnosis": {
            key: part(counts[key], places) for key in ("found", "write", "missing", "read")
        },
    }


def _controls(rows: Sequence[Row], off: Sequence[Row]) -> dict[str, Any]:
    """Return TARGET of the controls against reading switched off."""
    wrong, kept, empty = (
        compared([row["controls"][name] for row in rows], off, ["target"])["target"]
        for name in ("wrong_answers", "empty_answers", "empty_memory")
    )
    return {"wrong_answers": wrong, "empty_answers": {**empty, "left_in_the_text": kept}}


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    head = (
        f"{report['file']}: {report['documents']} documents, {report['tokens']:,} tokens, "
        f"{report['places']} places to read; base {report['base_name']}, adapter "
        f"{report['adapter']}; perplexity, and its ratio to reading switched off with a 95 % "
        "interval"
    )
    parts = [head, _first_rows(report)]
    for name, one in report["memories"].items():
        parts.append(f"Memory {name}: {one['holds']}\n{_memory_rows(one)}\n{_calls(one['calls'])}")
    return "\n\n".join([*parts, _control_rows(report["controls"]), *report["notes"]])


def _heading() -> list[str]:
    cells = [""]
    for measure in MEASURES:
        cells += [measure.upper(), "bits/byte", "ratio", "95 %"]
    return cells


def _first_rows(report: Mapping[str, Any]) -> str:
    rows = [_heading()]
    for name in ("base", "off"):
        cells = [CALLED[name]]
        for measure in MEASURES:
            one = report[name][measure]
            cells += [_number(one["perplexity"]), _number(one["bits_per_byte"]), "", ""]
        rows.append(cells)
    rows.append(_row(CALLED["gold_answers"], report["gold_answers"]))
    return columns(rows)


def _memory_rows(one: Mapping[str, Any]) -> str:
    rows = [_heading(), *(_row(CALLED[name], one["rows"][name]) for name in OF_MEMORY)]
    priced = one["rows"]["gold_positions"]["decisions_priced"]
    rows.append(_row("gold positions, decisions of the model", priced))
    return columns(rows)


def _row(name: str, row: Mapping[str, Any]) -> list[str]:
    cells = [name]
    for measure in MEASURES:
        one = row[measure]
        cells += [_number(one["on"]), _number(one["bits_per_byte_on"]), _number(one["ratio"])]
        cells.append(_interval(one["interval_95"]))
    return cells


def _calls(one: Mapping[str, Any]) -> str:
    own, why = one["own"], one["diagnosis"]
    return (
        f"calls: recall {share(one['recall'])}, precision {share(one['precision'])}; at gold "
        f"positions right query {share(one['query_right'])}, target in results "
        f"{share(one['target_in_results'])}; at its own {share(own['query_right'])} and "
        f"{share(own['target_in_results'])}\n"
        f"targets: found {share(why['found'])}, not in the memory {share(why['write'])}, "
        f"no call {share(why['missing'])}, not brought by the query {share(why['read'])}"
    )


def _control_rows(controls: Mapping[str, Any]) -> str:
    rows = [["controls, TARGET", "on", "off", "ratio", "95 %"]]
    empty = controls["empty_answers"]
    for name, one in (
        ("answers of other facts", controls["wrong_answers"]),
        ("no answers: calls taken out", empty),
        ("no answers: calls left in the text", empty["left_in_the_text"]),
    ):
        numbers = [_number(one[key]) for key in ("on", "off", "ratio")]
        rows.append([name, *numbers, _interval(one["interval_95"])])
    return columns(rows)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if value < 10_000 else f"{value:.3g}"


def _interval(interval: Sequence[float] | None) -> str:
    return "-" if interval is None else " to ".join(_number(end) for end in interval)
