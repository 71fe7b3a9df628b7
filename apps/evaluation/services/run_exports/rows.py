"""What a file says of a run and of each of its results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from apps.evaluation.models import Result, Run

_AT_ONCE: Final = 2_000


def about(run: Run) -> dict[str, Any]:
    """Return what a run was and what came of it, as JSON has it."""
    version = run.version
    return {
        "run": run.pk,
        "space": run.space.slug,
        "benchmark": version.benchmark.name,
        "kind": version.benchmark.kind,
        "version": version.number,
        "cases": version.size,
        "cases_erased": version.erased,
        "sha256": version.sha256,
        "licence": version.licence,
        "state": run.state,
        "asked_by": run.asked_by.label if run.asked_by else None,
        "why": run.why,
        "note": run.note,
        "mode": run.mode,
        "setup": run.setup,
        "made_of": run.made_of,
        "code": run.code,
        "seed": run.seed,
        "known_at": run.known_at.isoformat(),
        "events": run.events,
        "asked_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "seconds": run.seconds,
        "figures": run.figures,
    }


def results(run: Run) -> Iterator[Result]:
    """Yield the results of a run with their cases, in the order of the cases."""
    rows = Result.objects.filter(run=run).select_related("case").order_by("case_id")
    yield from rows.iterator(chunk_size=_AT_ONCE)


def result_said(result: Result) -> dict[str, Any]:
    """Return a result with its case, as JSON has it."""
    case = result.case
    return {
        "number": case.number,
        "key": case.key,
        "kind": case.kind,
        "relation": case.relation,
        "text": case.text,
        "given": case.given,
        "expected": case.expected,
        "outcome": result.outcome,
        "diagnosis": result.diagnosis,
        "abstained": result.did_abstain,
        "f1": result.f1,
        "score": result.score,
        "claims": result.claims,
        "cited": result.cited,
        "supporting": result.supporting,
        "facts": result.facts,
        "seconds": result.seconds,
        "answer": result.answer,
    }
