"""What the sealed log costs: ``bench provenance``.

The same decisions are made with and without events, kept row changes and sealing, in turns on one
server, so that what disturbs the machine meets both. Then many events are sealed, and proved.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection

from apps.accounts.models import Space, User
from apps.audit import services as audit
from apps.audit.rows import SEALED
from apps.curation import services as curation
from apps.curation.models import Candidate
from apps.evaluation.bench.options import machine, number
from apps.evaluation.bench.own_servers import own_postgres
from apps.evaluation.bench.verification import make_log
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.tables import columns
from apps.memory.models import Relation
from apps.provenance.services import sequencer
from apps.sources import services as sources

HELP = "what events, row changes and sealing cost a decision; sealing and proving many events"
NEEDS_DATABASE = False  # it has servers of its own
DECISIONS, BLOCK, EVENTS, PROOFS = 600, 20, 100_000, 300
MOST_MORE = 0.15  # of a decision's time
SEALED_A_SECOND, PROOF_MS, PROOF_HASHES = 5_000, 10.0, 21


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench provenance``."""
    parser.add_argument(
        "--decisions", type=number(2 * BLOCK, 20_000, "decisions"), default=DECISIONS, metavar="N",
        help=f"half of them with the log ({DECISIONS})",
    )  # fmt: skip
    parser.add_argument(
        "--events", type=number(1_000, 10_000_000, "events"), default=EVENTS, metavar="N",
        help=f"to seal, each with two row changes ({EVENTS})",
    )  # fmt: skip


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure, and return the figures. Raises EvaluationError."""
    before = os.getloadavg()[0]
    with own_postgres():
        tell(f"{options['decisions']} decisions, with and without the log ...")
        decisions = _decisions(options["decisions"])
    with own_postgres():
        tell(f"{options['events']:,} events ...")
        sealed = _sealing(options["events"])
    return {"machine": machine() | {"load_before": round(before, 2)}} | decisions | sealed


def _decisions(count: int) -> dict[str, Any]:
    """Return the seconds of a decision with and without the log, in the middle of the blocks."""
    candidates = iter(_candidates(count))
    reviewer = User.objects.get(username="reviewer")
    seconds: dict[bool, list[float]] = {True: [], False: []}
    sequencer.seal()
    for block in range(count // BLOCK):
        logged = block % 2 == 0
        with _all_as_it_is() if logged else _without_log():
            begun = time.perf_counter()
            for _ in range(BLOCK):
                curation.candidate_accept(candidate=next(candidates), actor=reviewer)
            if logged:
                sequencer.seal()
            seconds[logged].append((time.perf_counter() - begun) / BLOCK)
    with_log, without = (statistics.median(seconds[kind]) for kind in (True, False))
    return {
        "decisions": count,
        "decision_ms": {"with": round(with_log * 1e3, 3), "without": round(without * 1e3, 3)},
        "decision_ratio": round(with_log / without, 3),
        "decision_met": with_log / without <= 1 + MOST_MORE,
    }


def _candidates(count: int) -> list[Candidate]:
    """Return candidates for facts between new names, proposed by somebody from a file."""
    space = Space.objects.create(slug="bench", name="Bench")
    owner = User.objects.create(username="owner")
    User.objects.create(username="reviewer")
    Relation.objects.create(space=space, name="place of birth", template="{s} was born in {o}.")
    rows = (
        {"subject": f"Person {one}", "relation": "place of birth", "object": f"Town {one % 50}"}
        for one in range(count)
    )
    data = "\n".join(map(json.dumps, rows)).encode()
    parsed = sources.document_read(data=data, filename="facts.jsonl", actor=owner)
    document, _ = sources.document_save(
        space=space, actor=owner, data=data, filename="facts.jsonl", parsed=parsed
    )
    curation.candidates_import(space=space, document=document, actor=owner, rows=parsed.rows)
    return list(Candidate.objects.filter(space=space).order_by("pk"))


@contextmanager
def _all_as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _without_log() -> Iterator[None]:
    """Write no event, and keep no row change."""
    _triggers("DISABLE")
    try:
        with mock.patch.object(audit, "append"):
            yield
    finally:
        _triggers("ENABLE")


def _triggers(what: str) -> None:
    with connection.cursor() as cursor:
        for sealed in SEALED:
            for trigger in ("audit_inserted", "audit_updated", "audit_deleted"):
                cursor.execute(f"ALTER TABLE {sealed.table} {what} TRIGGER {trigger}")


def _sealing(count: int) -> dict[str, Any]:
    """Return how fast that many events are sealed, and one of them proved."""
    make_log(count)
    begun = time.perf_counter()
    sealed = sequencer.seal()
    seconds = time.perf_counter() - begun
    log = sequencer.log_of(Space.objects.get(slug="many"))
    times, most = [], 0
    for one in range(PROOFS):
        begun = time.perf_counter()
        proof = sequencer.tree_of(log).inclusion(one * 7919 % log.size)
        times.append(time.perf_counter() - begun)
        most = max(most, len(proof))
    proof_ms = statistics.quantiles(times, n=20)[-1] * 1e3
    return {
        "events": sealed,
        "sealed_a_second": round(sealed / seconds),
        "sealing_met": sealed / seconds >= SEALED_A_SECOND,
        "proof_p95_ms": round(proof_ms, 2),
        "proof_hashes": most,
        "proof_met": proof_ms <= PROOF_MS and most <= PROOF_HASHES,
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    at, decision = report["machine"], report["decision_ms"]
    met = {True: "met", False: "missed"}
    rows = [
        ["", "measured", "target", ""],
        [
            "a decision with events and sealing, against one without",
            f"{report['decision_ratio']:.2f} ({decision['with']:.1f} and "
            f"{decision['without']:.1f} ms)",
            f"at most {1 + MOST_MORE:.2f}",
            met[report["decision_met"]],
        ],
        [
            f"events sealed a second, of {report['events']:,}",
            f"{report['sealed_a_second']:,}",
            f"at least {SEALED_A_SECOND:,}",
            met[report["sealing_met"]],
        ],
        [
            "proof of one of them, p95",
            f"{report['proof_p95_ms']:.1f} ms, {report['proof_hashes']} hashes",
            f"at most {PROOF_MS:g} ms, {PROOF_HASHES} hashes",
            met[report["proof_met"]],
        ],
    ]
    return "\n\n".join(
        [f"{at['date']}, {at['cores']} cores, load {at['load_before']} before", columns(rows)]
    )
