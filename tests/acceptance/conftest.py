"""Celery workers of their own for tests that end them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from resource import RLIMIT_AS, setrlimit

import pytest
from django.conf import settings

from tests.acceptance.workers import database_url, kill

DELAY = 0.2  # seconds a passage: the second call of the head takes eight of them
LEASE = 4


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return a function that starts a Celery worker with beat in a process group of its own, or
    the module that is named with its arguments."""
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "MEMWEB_VAR": str(tmp_path),
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "LEASE_SECONDS": str(LEASE),
        "SWEEP_SECONDS": "1",
        "SCRIPTED_DELAY": str(DELAY),
        "SLICE_SECONDS": "1",
    }

    def start(
        memory: int | None = None, module: Sequence[str] = (), **more: str
    ) -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        queues = ("--queues", "write,maintain", "--concurrency", "1", "--loglevel", "WARNING")
        celery = ("celery", "--app", "memweb", "--skip-checks", "worker", "--beat", *queues)
        command = [sys.executable, "-X", "faulthandler", "-m", *(module or celery)]
        with log:
            worker = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=environment | more,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(setrlimit, RLIMIT_AS, (memory, memory)) if memory else None,
            )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        kill(worker)
    for log in sorted(tmp_path.glob("worker-*.log")):  # shown where a test fails
        print(log.read_text(errors="replace"))
