"""Benchmarks, runs and results for tests, saved as they are at the end of a run."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils import timezone

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, BenchmarkVersion, Case, Result, Run


def make_version(
    space: Space, actor: User, *cases: dict[str, Any], name: str = "Places", **fields: Any
) -> BenchmarkVersion:
    """Return the next version of a benchmark with these cases, by default one of one question."""
    benchmark, _ = Benchmark.objects.get_or_create(
        space=space, name=name, defaults={"kind": "questions", "created_by": actor}
    )
    number = benchmark.versions.count() + 1
    cases = cases or ({},)
    version = BenchmarkVersion.objects.create(
        benchmark=benchmark, number=number, size=len(cases), created_by=actor,
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        **{"origin": "memory", **fields},
    )  # fmt: skip
    for at, case in enumerate(cases, 1):
        row = {
            "key": f"single-{at}", "kind": "single", "text": "Where was Ada Brook born?",
            "expected": [["Lindenau"]], **case,
        }  # fmt: skip
        Case.objects.create(version=version, number=at, **row)
    return version


def make_run(version: BenchmarkVersion, asked_by: User | None = None, **fields: Any) -> Run:
    """Return a run that is done, without results."""
    now = timezone.now()
    row = {
        "state": "done", "mode": "memory", "setup": {"backend": "scripted"}, "known_at": now,
        "finished_at": now, **fields,
    }  # fmt: skip
    return Run.objects.create(
        space=version.benchmark.space, version=version, asked_by=asked_by, **row
    )


def make_result(run: Run, case: Case, outcome: str = "right", **fields: Any) -> Result:
    row = {"f1": float(outcome == "right"), "answer": {"text": "Lindenau."}, **fields}
    return Result.objects.create(run=run, case=case, outcome=outcome, **row)


def figures(right: float, low: float, high: float, n: int = 100) -> dict[str, Any]:
    """Return a run's figures whose share of right answers is this, with its interval."""
    share = {"value": right, "interval": [low, high], "n": n}
    return {"n": n, "right": round(right * n), "shares": {"right": share}}
