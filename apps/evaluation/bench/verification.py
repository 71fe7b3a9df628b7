"""How fast a log is verified, and how much memory that takes: ``bench verification``.

Each size has a server of its own with so many events, each of which tells of two rows; a process of
its own verifies all of it, alone and then with the help of others.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from django.db import connection

from apps.accounts.models import Space
from apps.audit.rows import SEALED
from apps.evaluation.bench.options import machine, number
from apps.evaluation.bench.own_servers import own_postgres
from apps.evaluation.bench.used import LOGIN, own_megabytes, own_seconds, server_seconds
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.tables import columns
from apps.provenance.services import sequencer
from apps.provenance.services.replay import ALL, verify
from memweb.child import set_up

HELP = "how fast a log and the rows that it tells of are verified, and how much memory that takes"
NEEDS_DATABASE = False  # it has servers of its own
SIZES = "100000,1000000"
EVENTS_A_SECOND = 20_000
MOST_GROWTH = 1.1  # of the memory, from the smallest size to the largest
_ROWS = """
INSERT INTO memory_entity (id, space_id, name, normalised, type, kind, description, embedded_by,
                           created_at)
SELECT n, %(space)s, 'Name ' || n, 'name ' || n, 'PER', 'item', '', '', now()
FROM generate_series(1, %(count)s) n;
INSERT INTO memory_alias (id, entity_id, space_id, name, normalised, created_at)
SELECT n, n, %(space)s, 'Alias ' || n, 'alias ' || n, now()
FROM generate_series(1, %(count)s) n"""
_EVENTS = """
INSERT INTO audit_event (id, space_id, actor_label, action, subject_type, subject_id, payload,
                         created_at, transaction, request)
SELECT %(first)s + n * 4 + 3, %(space)s, 'Ada Brook', 'entity.created', 'memory.entity', n,
       jsonb_build_object('name', 'Name ' || n), now(), %(first)s + n * 4, md5(n::text)
FROM generate_series(1, %(count)s) n"""
_CHANGES = """
INSERT INTO audit_rowchange (id, transaction, space, "table", row, op, by, after, private_after)
SELECT %(first)s + r.id * 4 + %(nth)s, %(first)s + r.id * 4, %(space)s, %(table)s, r.id, 'insert',
       current_user,
       audit_public(to_jsonb(r), %(private)s, %(hashed)s, %(digits)s, %(omitted)s),
       audit_private(to_jsonb(r), %(private)s, %(hashed)s)
FROM {table} r"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench verification``."""
    parser.add_argument(
        "--events", default=SIZES, metavar="N,N", help=f"sizes of the logs ({SIZES})"
    )


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure, and return the figures. Raises EvaluationError."""
    read = number(1_000, 10_000_000, "events")
    try:
        sizes = [read(size) for size in options["events"].split(",")]
    except ArgumentTypeError as error:
        raise EvaluationError(f"--events: {error}.") from error
    before = os.getloadavg()[0]
    results = []
    for size in sizes:
        with own_postgres() as server:
            tell(f"{size:,} events ...")
            make_log(size)
            tell(f"{size:,} events are sealed ...")
            sequencer.seal()
            for processes in (1, os.cpu_count() or 1):
                tell(f"{size:,} events are verified, with {processes} processes ...")
                before_it = server_seconds(server)
                result = _measured(size, processes)
                used = result.pop("own_seconds") + server_seconds(server) - before_it
                results.append(result | {"processor_us": round(used / size * 1e6, 1)})
    least, most = min(results, key=_events), max(results, key=_events)
    growth = most["megabytes"] / least["megabytes"]
    return {
        "machine": machine() | {"load_before": round(before, 2)},
        "runs": results,
        "speed_met": max(one["events_a_second"] for one in results) >= EVENTS_A_SECOND,
        "memory_ratio": round(growth, 3),
        "memory_met": growth <= MOST_GROWTH,
    }


def _events(result: Mapping[str, Any]) -> int:
    return int(result["events"])


def make_log(count: int) -> None:
    """Write entities with an alias each and, in the way of triggers, what the log keeps of them:
    an event with two changes in a transaction of its own."""
    space = Space.objects.create(slug="many", name="Many")
    by_table = {one.table: one for one in SEALED}
    with connection.cursor() as cursor:
        for table in ("memory_entity", "memory_alias", "audit_event"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("INSERT INTO audit_event (space_id, actor_label, action, subject_type,"
                       " payload, created_at, transaction) SELECT %s, 'bench', 'log.opened', '',"
                       " '{\"rows\": 1}', now(), transaction FROM audit_rowchange"
                       " WHERE \"table\" = 'accounts_space'", [space.pk])  # fmt: skip
        cursor.execute("SELECT nextval('audit_event_id_seq')")
        given = {"first": cursor.fetchone()[0], "space": space.pk, "count": count}
        for statement in (*_ROWS.split(";"), _EVENTS):
            cursor.execute(statement, given)
        for nth, table in enumerate(("memory_entity", "memory_alias"), start=1):
            one = by_table[table]
            lists = {
                name: list(getattr(one, name))
                for name in ("private", "hashed", "digits", "omitted")
            }
            cursor.execute(
                _CHANGES.format(table=table), given | lists | {"nth": nth, "table": table}
            )
        cursor.execute(
            "SELECT setval('audit_event_id_seq', %(first)s + (%(count)s + 1) * 4)", given
        )
        for table in ("memory_entity", "memory_alias", "audit_event"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE")


def _measured(size: int, processes: int) -> dict[str, Any]:
    login = {name: connection.settings_dict[name] for name in LOGIN}
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=set_up) as pool:
        return pool.submit(_verified, login, size, processes).result()


def _verified(login: dict[str, Any], size: int, processes: int) -> dict[str, Any]:
    """Verify in this process, and return how fast, and how much memory it took at most."""
    connection.settings_dict |= login
    began = own_seconds()
    report = verify(ALL, processes=processes)
    if not report.holds:
        raise EvaluationError(report.findings[0].sentence)
    return {
        "events": size,
        "processes": processes,
        "seconds": report.seconds,
        "events_a_second": round(size / report.seconds),
        "leaves_a_second": round(size / report.leaf_seconds),
        "own_seconds": own_seconds() - began,
        "megabytes": own_megabytes(),
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    at = report["machine"]
    rows = [["events", "processes", "seconds", "events/s", "leaves/s", "µs of processors", "MB"]]
    rows += [
        [
            f"{one['events']:,}",
            str(one["processes"]),
            f"{one['seconds']:.1f}",
            f"{one['events_a_second']:,}",
            f"{one['leaves_a_second']:,}",
            f"{one['processor_us']:.0f}",
            f"{one['megabytes']:.0f}",
        ]
        for one in report["runs"]
    ]
    met = {True: "met", False: "missed"}
    return "\n\n".join(
        [
            f"{at['date']}, {at['cores']} cores, load {at['load_before']} before",
            columns(rows),
            f"At least {EVENTS_A_SECOND:,} events/s: {met[report['speed_met']]}. Memory at the "
            f"largest size {report['memory_ratio']:.2f} times that at the smallest, at most "
            f"{MOST_GROWTH}: {met[report['memory_met']]}.",
        ]
    )
