"""The programs that ``up`` runs as its children: the web server and the workers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from memweb.queues import GROUPS, THREADS
from memweb.serving.children import Child

# A thread of the model that waits for another one sleeps. Spinning, two of them took 13 times the
# processor time of one as soon as anything else ran beside them.
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
# Django's checks look for mistakes in the code, and the tests run them; in each worker they would
# load every page, a fifth of the time that it takes to start.
_CELERY = (sys.executable, "-m", "celery", "-A", "memweb", "--skip-checks")


def web(host: str, port: int, logs: Path) -> Child:
    """Return the web server."""
    command = [sys.executable, "-m", "memweb.serving.uvicorn_web"]
    command += ["--host", host, "--port", str(port)]
    return Child("web server", command, logs / "web.log", patience=5.0)


def workers(logs: Path) -> list[Child]:
    """Return one worker for each group of queues."""
    return [_worker(group, queues, logs / f"{group}.log") for group, queues in GROUPS.items()]


def worker_name(group: str) -> str:
    """Return the name of the child that serves the group."""
    return f"worker for {group}"


def beat(logs: Path) -> Child:
    """Return the clock that rings for the sweepers; a process of its own, so that its end shows."""
    command = [*_CELERY, "beat", "--loglevel", "WARNING"]
    return Child("clock", command, logs / "clock.log", patience=3.0)


def _worker(group: str, queues: Sequence[str], log: Path) -> Child:
    command = [*_CELERY, "worker", "--concurrency", str(THREADS.get(group, 1))]
    command += ["--pool", "threads"] if group in THREADS else []
    command += ["--queues", ",".join(queues), "--loglevel", "WARNING", "--hostname", f"{group}@%h"]
    command += ["--without-mingle", "--without-gossip"]
    return Child(worker_name(group), command, log, patience=8.0)


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the children: what is not set in ``base`` is set to fit."""
    return QUIET | dict(base) | {"REMAP_SIGTERM": "SIGQUIT"}
