"""Makers of benchmarks, versions, cases, runs and results for tests. Each saves what it returns."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, BenchmarkVersion, Case, Result, Run
from apps.evaluation.services.runs.figures import figures_of

KINDS = ("single", "inverse", "absent")


def make_benchmark(space: Space, actor: User, name: str = "Places", **fields: Any) -> Benchmark:
    given = {"kind": "questions", **fields}
    return Benchmark.objects.create(space=space, name=name, created_by=actor, **given)


def questions(count: int) -> list[dict[str, Any]]:
    """Return so many cases of three kinds in turn; of the third nothing is right but abstaining."""
    return [
        {
            "key": f"q{n}",
            "kind": KINDS[n % 3],
            "relation": "located in" if n % 2 else "capital of",
            "text": f"Where does place {n} lie?",
            "expected": [] if n % 3 == 2 else [[f"Country {n}", f"Land {n}"]],
        }
        for n in range(count)
    ]


def make_version(
    benchmark: Benchmark, cases: Sequence[dict[str, Any]], number: int = 1, **fields: Any
) -> BenchmarkVersion:
    """Return a version whose cases are numbered from 1 on."""
    data = json.dumps(list(cases), sort_keys=True).encode()
    counts = {
        what: Counter(case.get(what, "") for case in cases if case.get(what))
        for what in ("kind", "relation")
    }
    version = BenchmarkVersion.objects.create(
        benchmark=benchmark,
        number=number,
        created_by=benchmark.created_by,
        size=len(cases),
        sha256=hashlib.sha256(data).hexdigest(),
        covers={
            what: [{"name": name, "n": n} for name, n in found.most_common()]
            for what, found in counts.items()
        },
        **{"origin": "file", **fields},
    )
    rows = [Case(version=version, number=n, **case) for n, case in enumerate(cases, 1)]
    Case.objects.bulk_create(rows, batch_size=5_000)
    return version


def make_run(version: BenchmarkVersion, actor: User | None, **fields: Any) -> Run:
    """Return a run, done unless it is said otherwise, with no results."""
    given = {
        "state": "done",
        "mode": "memory",
        "setup": {"backend": "encoder"},
        "made_of": {"head": "encoder", "version": "abc1234", "hashes": {"weights": "f" * 64}},
        "code": "1.0",
        "known_at": timezone.now(),
        "events": 17,
        **fields,
    }
    space = version.benchmark.space
    return Run.objects.create(space=space, version=version, asked_by=actor, **given)


def result_of(run: Run, case: Case, outcome: str = "right", **fields: Any) -> Result:
    """Return a result that is not saved: an answer with one cited fact, or an abstention."""
    abstains = outcome == "abstained" or (outcome == "right" and not case.expected)
    names = case.expected[0] if case.expected and outcome == "right" else ["Somewhere"]
    answered = outcome not in ("abstained", "refused") and not abstains
    given = {
        "did_abstain": abstains,
        "f1": 1.0 if outcome == "right" else 0.5 if outcome == "partly" else 0.0,
        "score": 0.9 if outcome == "right" else 0.4,
        "claims": int(answered),
        "cited": int(answered),
        "facts": int(answered),
        "supporting": int(answered and outcome == "right"),
        "seconds": 0.02,
        "diagnosis": "misread" if outcome in ("wrong", "partly") else "",
        "answer": {"text": str(names[0]) if answered else "I don't know.", "gold": 1},
        **fields,
    }
    return Result(run=run, case=case, outcome=outcome, **given)


def make_results(run: Run, outcomes: Iterable[str], **fields: Any) -> list[Result]:
    """Save a result of each case in turn, as far as there are outcomes, and the run's figures
    where it is done."""
    cases = Case.objects.filter(version=run.version).order_by("number")
    rows = [
        result_of(run, case, outcome, **fields)
        for case, outcome in zip(cases, outcomes, strict=False)
    ]
    Result.objects.bulk_create(rows, batch_size=5_000)
    run.done = len(rows)
    run.seconds = 0.02 * len(rows)
    run.figures = figures_of(run) if run.state == "done" else {}
    run.save(update_fields=["done", "seconds", "figures"])
    return rows


def make_finished(
    version: BenchmarkVersion, actor: User, outcomes: Iterable[str], **fields: Any
) -> Run:
    """Return a run that is done, with results and figures."""
    run = make_run(version, actor, **fields)
    make_results(run, outcomes)
    return run


def file_of(response: Any) -> bytes:
    """Return what a response sends, and close its file; not the response, whose end closes the
    connection of the test too."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    for close in response._resource_closers:
        close()
    return data
