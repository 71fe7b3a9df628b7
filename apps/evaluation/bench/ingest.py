"""How long questions take while a document is read, and what its worker keeps: ``bench ingest``.

The product's own workers run on servers of their own, in a folder that is thrown away. The same
kind of questions is asked one by one, first of the idle product, then while a document is read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.evaluation.bench.memory_report import latency
from apps.evaluation.bench.options import machine, number
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.tables import columns
from memweb import embedded
from memweb.embedded.layout import layout_for

HELP = "answers while a document is read, and the memory of the worker that reads it"
NEEDS_DATABASE = False  # it has servers of its own
FACTS, CHARACTERS, QUESTIONS = 10_000, 300_000, 60
TIMES, PLUS_MS = 2.0, 500.0  # p95 while a document is read: at most so many times it, and this
MEMORY_TIMES = 1.1  # of the worker, at the end against after a tenth of the document


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench ingest``."""
    parser.add_argument(
        "--facts", type=number(100, 1_000_000, "facts"), default=FACTS, metavar="N",
        help=f"in the memory that is asked ({FACTS})",
    )  # fmt: skip
    parser.add_argument(
        "--characters", type=number(1_000, 2_000_000, "characters"), default=CHARACTERS,
        metavar="N", help=f"of the document ({CHARACTERS})",
    )  # fmt: skip
    parser.add_argument(
        "--questions", type=number(5, 1_000, "questions"), default=QUESTIONS, metavar="N",
        help=f"asked before the document is there ({QUESTIONS})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=7, help="of names, facts and text (7)")


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Start servers and workers, ask, and return the figures. Raises EvaluationError."""
    before = os.getloadavg()[0]
    given = {name: options[name] for name in ("facts", "characters", "questions", "seed")}
    var = Path(tempfile.mkdtemp(prefix="memweb-bench-"))
    outside = layout_for(var).outside
    try:
        embedded.start(var)
        found = _session(var, given, tell)
    finally:
        embedded.stop(var)
        for folder in (var, outside):
            shutil.rmtree(folder, ignore_errors=True)
    return {
        "machine": machine() | {"load_before": round(before, 2)},
        **given,
        **figures(found["alone_ms"], found["beside_ms"], found["worker_mb"]),
        "passages": found["passages"],
        "seconds_reading": found["seconds_reading"],
    }


def _session(var: Path, given: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Run ``ingest_session`` in a process whose settings name the servers in ``var``."""
    urls = embedded.runtime_urls(var)
    environment = os.environ | {
        "MEMWEB_VAR": str(var),
        "DATABASE_URL": urls.database,
        "DATABASE_OWNER_URL": urls.owner,
        "REDIS_URL": urls.redis,
    }
    command = [sys.executable, "-m", "apps.evaluation.bench.ingest_session", json.dumps(given)]
    with subprocess.Popen(  # noqa: S603 -- a list, no shell
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = ""
        for said in child.stdout:
            if not said.startswith("{"):
                tell(said.rstrip())
    if child.returncode or not said.startswith("{"):
        raise EvaluationError("The measurement stopped; what stands above says why.")
    found: dict[str, Any] = json.loads(said)
    return found


def figures(
    alone: Sequence[float], beside: Sequence[float], megabytes: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """Return what the milliseconds of the answers and the memory of the worker amount to.

    ``megabytes`` are pairs of the share of the document that was read and the memory then.
    """
    limit = TIMES * latency(alone)["p95"] + PLUS_MS
    first = next((mb for share, mb in megabytes if share >= 0.1), megabytes[0][1])
    return {
        "alone_ms": latency(alone),
        "beside_ms": latency(beside) | {"questions": len(beside)},
        "p95_limit_ms": round(limit, 1),
        "p95_met": latency(beside)["p95"] <= limit,
        "worker_mb": {
            "after_a_tenth": first,
            "end": megabytes[-1][1],
            "most": max(mb for _, mb in megabytes),
        },
        "memory_met": megabytes[-1][1] <= MEMORY_TIMES * first,
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    at, memory = report["machine"], report["worker_mb"]
    rows = [["answers, ms", "p50", "p95", "slowest"]]
    for name, kind in (("alone", "alone_ms"), ("while a document is read", "beside_ms")):
        rows.append([name, *(f"{report[kind][part]:.0f}" for part in ("p50", "p95", "slowest"))])
    met = {True: "met", False: "missed"}
    return "\n\n".join(
        [
            f"{report['characters']:,} characters, {report['passages']} passages, read in "
            f"{report['seconds_reading']:.0f} s beside {report['beside_ms']['questions']} "
            f"questions; {at['date']}, {at['cores']} cores, load {at['load_before']} before",
            columns(rows),
            f"p95 while a document is read: at most {TIMES:g} times that alone and "
            f"{PLUS_MS:g} ms more, {report['p95_limit_ms']:.0f} ms: {met[report['p95_met']]}",
            f"Memory of the worker that reads: {memory['after_a_tenth']:.0f} MB after a tenth, "
            f"{memory['end']:.0f} MB at the end, {memory['most']:.0f} MB at most (target: at the "
            f"end at most {MEMORY_TIMES:g} times that after a tenth): {met[report['memory_met']]}",
        ]
    )
