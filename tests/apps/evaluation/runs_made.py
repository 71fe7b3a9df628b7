"""Benchmarks and runs for tests, over a small memory that the scripted heads can answer from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, BenchmarkVersion, Case, Run
from apps.evaluation.services.runs import run_request, run_run_next
from apps.memory.models import Triple
from tests import factories

BORN = (("Ada Brook", "Lindenau"), ("Ben Hollis", "Halden"), ("Cleo Marsh", "Corvo"))


def make_memory(space: Space) -> list[Triple]:
    """Give a space who was born where."""
    return [factories.make_triple(space, who, "place of birth", where) for who, where in BORN]


def born(who: str, *right: str, **more: Any) -> dict[str, Any]:
    """Return a case that asks where somebody was born."""
    return {"text": f"Where was {who} born?", "expected": [[one] for one in right], **more}


def make_version(
    space: Space, actor: User, cases: Sequence[dict[str, Any]], **fields: Any
) -> BenchmarkVersion:
    """Return a version of a benchmark of questions, unless another ``kind`` is given."""
    kind = fields.pop("kind", Benchmark.Kind.QUESTIONS)
    benchmark = fields.pop("benchmark", None) or Benchmark.objects.create(
        space=space, name=fields.pop("name", "Births"), kind=kind, created_by=actor
    )
    version = BenchmarkVersion.objects.create(
        benchmark=benchmark,
        number=benchmark.versions.count() + 1,
        origin="file",
        size=len(cases),
        sha256=hashlib.sha256(repr(cases).encode()).hexdigest(),
        created_by=actor,
        **fields,
    )
    Case.objects.bulk_create(
        Case(
            version=version,
            number=number,
            **{"key": f"case-{number}", "kind": "single", "relation": "place of birth", **case},
        )
        for number, case in enumerate(cases, start=1)
    )
    return version


def run_to_its_end(version: BenchmarkVersion, actor: User, **given: Any) -> Run:
    """Return a run of a version after a worker has done it."""
    run = run_request(version=version, actor=actor, **given)
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    return run
