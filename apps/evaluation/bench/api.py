"""What the way over HTTP costs: ``bench api``.

A web server of its own reads a made-up memory. Reads by the controller and by the API take turns,
so that what disturbs the machine meets both; then several clients read at once, facts are proposed
one by one and in one call, and all facts are exported and fetched.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psutil
from django.conf import settings

from apps.accounts.models import Membership, Role, Space, User
from apps.accounts.tokens import token_make
from apps.curation.services import import_run_next
from apps.evaluation.bench import made_up_memory
from apps.evaluation.bench.options import machine, number
from apps.evaluation.bench.own_servers import OwnPostgres, kill, own_postgres
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.tables import columns
from apps.memory.models import Triple
from apps.memory.services import read_call
from apps.provenance.services.exports import export_run_next

HELP = "what a read over HTTP costs beside the controller's own, calls at once, writes, an export"
NEEDS_DATABASE = False  # it has servers of its own
FACTS, READS, BLOCK, CLIENTS, SECONDS = 200_000, 400, 20, 8, 10.0
ROWS, ALONE = 1_000, 20  # proposed in one call, and one by one
MOST_MORE_MS, READS_A_SECOND, TIMES_FASTER, EXPORT_MB = 15.0, 200, 5.0, 300
PATIENCE = 60.0
MEGABYTE = 1_000_000


class Program:
    """A client that keeps its connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Make a call; return its status and its body."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1{path}", text, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def length(self, path: str) -> int:
        """Fetch a file piece by piece; return its bytes."""
        self._connection.request("GET", f"/api/v1{path}", headers=self._headers)
        answer, found = self._connection.getresponse(), 0
        while piece := answer.read(1 << 16):
            found += len(piece)
        return found


class Peak:
    """The most memory that a process had meanwhile, beyond what it had before."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._ended = process, threading.Event()
        self.before = self.most = process.memory_info().rss

    def __enter__(self) -> Peak:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)

    @property
    def megabytes(self) -> float:
        return round(float(self.most) / MEGABYTE, 1)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench api``."""
    facts = number(1_000, 10_000_000, "facts")
    parser.add_argument("--facts", type=facts, default=FACTS, help=f"of the memory ({FACTS:,})")
    reads = number(20, 100_000, "reads")
    parser.add_argument("--reads", type=reads, default=READS, help=f"of each kind ({READS})")


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure, and return the figures. Raises EvaluationError."""
    before = os.getloadavg()[0]
    with own_postgres() as server:
        space = made_up_memory.fill(options["facts"], 1, tell).space
        person = User.objects.create_user("bench")
        for role in Role.values:
            Membership.objects.create(space=space, user=person, role=role)
        _, token = token_make(user=person, name="a measurement")
        with _web(server) as (port, process):
            tell("reads ...")
            reads = _reads(space, Program(port, token), options["reads"])
            found: dict[str, Any] = {"reads": reads}
            tell(f"{CLIENTS} clients ...")
            found["at_once"] = _at_once(space, port, token)
            tell("writes ...")
            found["writes"] = _writes(Program(port, token))
            tell("an export ...")
            found["export"] = _export(port, token, process)
    return {"facts": options["facts"], **found, "machine": machine(), "load_before": before}


@contextmanager
def _web(server: OwnPostgres) -> Iterator[tuple[int, psutil.Process]]:
    """Serve the database in use; give the port and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = server.connection.settings_dict
    login = f"{quote(at['USER'])}:{quote(at['PASSWORD'])}"
    address = f"postgresql://{login}@/{quote(at['NAME'])}"
    address += f"?host={quote(str(at['HOST']), safe='')}"
    if at["PORT"]:
        address += f"&port={at['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": address,
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody is rung for
        "API_CALLS_PER_MINUTE": "100000000",
        "API_CALLS_AT_ONCE": "1000000",
        "LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "memweb.serving.uvicorn_web", "--port", str(port)]
    child = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)  # noqa: S603
    try:
        _await(port, child)
        yield port, psutil.Process(child.pid)
    finally:
        if child.poll() is None:
            kill(psutil.Process(child.pid))
        child.wait()


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise EvaluationError("The web server did not start.")


def _asked(space: Space, most: int) -> list[dict[str, str]]:
    """Return reads that each find something."""
    rows = Triple.objects.filter(space=space).order_by("pk")
    step = max(1, rows.count() // most)
    names = rows.values_list("subject__name", "relation__name")[::step]
    return [{"subject": subject, "relation": relation} for subject, relation in names][:most]


def _reads(space: Space, program: Program, most: int) -> dict[str, Any]:
    asked = _asked(space, most)
    own: list[float] = []
    over: list[float] = []
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        for one in block:
            began = time.perf_counter()
            read_call(space=space, subject=one["subject"], relation=one["relation"])
            own.append(1000 * (time.perf_counter() - began))
        for one in block:
            began = time.perf_counter()
            status, body = program("POST", f"/spaces/{space.slug}/reads", one)
            over.append(1000 * (time.perf_counter() - began))
            _check(status, body, 200)
    figures = {"controller": _spread(own), "http": _spread(over)}
    more = round(figures["http"]["p95_ms"] - figures["controller"]["p95_ms"], 2)
    return figures | {"more_p95_ms": more, "target_ms": MOST_MORE_MS}


def _spread(times: Sequence[float]) -> dict[str, float]:
    hundredths = statistics.quantiles(times, n=100)
    return {"p50_ms": round(hundredths[49], 2), "p95_ms": round(hundredths[94], 2)}


def _check(status: int, body: bytes, wanted: int) -> None:
    if status != wanted:
        raise EvaluationError(f"The API answered {status}: {body[:200].decode()}")


def _at_once(space: Space, port: int, token: str) -> dict[str, Any]:
    asked, taken = _asked(space, 500), list[float]()
    until = time.monotonic() + SECONDS

    def read(first: int) -> None:
        program, at = Program(port, token), first
        while time.monotonic() < until:
            began = time.perf_counter()
            one = asked[at % len(asked)]
            _check(*program("POST", f"/spaces/{space.slug}/reads", one), 200)
            taken.append(1000 * (time.perf_counter() - began))
            at += 1

    threads = [threading.Thread(target=read, args=(50 * n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = round(len(taken) / SECONDS, 1)
    return {"clients": CLIENTS, "reads_a_second": rate, **_spread(taken), "target": READS_A_SECOND}


def _writes(program: Program) -> dict[str, Any]:
    def rows(name: str, many: int) -> dict[str, Any]:
        return {
            "triples": [
                {"subject": f"{name} {n}", "relation": "place of birth", "object": "Lindenau"}
                for n in range(many)
            ]
        }

    began = time.perf_counter()
    for n in range(ALONE):
        _check(*program("POST", "/spaces/bench/writes", rows(f"Alone {n}", 1)), 201)
    alone = (time.perf_counter() - began) / ALONE
    began = time.perf_counter()
    _check(*program("POST", "/spaces/bench/writes", rows("Together", ROWS)), 202)
    answered = time.perf_counter() - began
    while import_run_next() is not None:
        pass
    whole = time.perf_counter() - began
    return {
        "one_by_one_ms": round(1000 * alone, 1),
        "in_one_call_ms": round(1000 * whole / ROWS, 2),
        "answered_s": round(answered, 2),
        "times_faster": round(alone * ROWS / whole, 1),
        "target": TIMES_FASTER,
    }


def _export(port: int, token: str, web: psutil.Process) -> dict[str, Any]:
    asked = {"scope": "space", "format": "jsonl"}
    status, body = Program(port, token)("POST", "/spaces/bench/exports", asked)
    _check(status, body, 202)
    address = f"/spaces/bench/exports/{json.loads(body)['id']}/file"
    with Peak(psutil.Process()) as writing:
        while export_run_next() is not None:
            pass
    program = Program(port, token)  # the web server closes a connection that idles
    with Peak(web) as fetching:
        size = program.length(address)
    return {
        "megabytes": round(size / MEGABYTE, 1),
        "worker_mb": writing.megabytes,
        "worker_mb_before": round(writing.before / MEGABYTE, 1),
        "web_mb": fetching.megabytes,
        "web_mb_before": round(fetching.before / MEGABYTE, 1),
        "target_mb": EXPORT_MB,
    }


def table(report: dict[str, Any]) -> str:
    """Return the report for people to read."""
    reads, many = report["reads"], report["at_once"]
    writes, export = report["writes"], report["export"]
    rows = [
        ("", "p50 ms", "p95 ms", "target"),
        ("read by the controller", *_shown(reads["controller"]), ""),
        ("read over HTTP", *_shown(reads["http"]), f"{reads['more_p95_ms']:+} of +{MOST_MORE_MS}"),
        (
            f"{many['clients']} clients at once", *_shown(many),
            f"{many['reads_a_second']}/s of {READS_A_SECOND}/s",
        ),
    ]  # fmt: skip
    told = [
        f"{report['facts']:,} facts",
        columns(rows),
        f"a fact proposed alone {writes['one_by_one_ms']} ms, one of {ROWS:,} in one call "
        f"{writes['in_one_call_ms']} ms: {writes['times_faster']} times faster "
        f"(target {TIMES_FASTER})",
        f"an export of {export['megabytes']} MB: {export['worker_mb']} MB in the process that "
        f"writes it, {export['web_mb']} MB in the web server that sends it (target {EXPORT_MB})",
    ]
    return "\n".join(told)


def _shown(spread: Mapping[str, float]) -> tuple[str, str]:
    return f"{spread['p50_ms']:.2f}", f"{spread['p95_ms']:.2f}"
