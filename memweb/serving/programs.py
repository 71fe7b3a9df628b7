"""The programs that ``up`` runs as its children: the web server and the workers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from memweb.celery import QUEUES
from memweb.serving.children import Child


def web(host: str, port: int, logs: Path) -> Child:
    """Return the web server."""
    command = [sys.executable, "-m", "uvicorn", "memweb.asgi:application"]
    command += ["--host", host, "--port", str(port), "--log-level", "warning"]
    command += ["--no-proxy-headers", "--lifespan", "off", "--timeout-graceful-shutdown", "3"]
    return Child("web server", command, logs / "web.log", patience=5.0)


def workers(logs: Path) -> list[Child]:
    """Return the workers and, inside the last of them, the clock that rings for the sweepers."""
    return [_worker("worker", "memweb", QUEUES, logs / "worker.log", "--beat")]


def _worker(name: str, node: str, queues: Sequence[str], log: Path, *more: str) -> Child:
    command = [sys.executable, "-m", "celery", "-A", "memweb", "worker", "--concurrency", "1"]
    command += ["--queues", ",".join(queues), "--loglevel", "WARNING", "--hostname", f"{node}@%h"]
    command += ["--without-mingle", "--without-gossip", *more]
    return Child(name, command, log, patience=8.0)
