"""A PostgreSQL and an in-RAM memory of a measurement's own, which may be killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections

from apps.evaluation.bench.temporary_database import in_use
from memweb import embedded
from memweb.embedded import postgres_server
from memweb.embedded.layout import layout_for
from memweb.settings import database_from_url

PATIENCE = 60.0  # seconds to start
MEGABYTE = 1_000_000


def megabytes(process: psutil.Process) -> float | None:
    """Return the memory of a process and its children, shared pages counted once; None where this
    system does not tell."""
    try:
        those = [process, *process.children(recursive=True)]
        return float(round(sum(one.memory_full_info().pss for one in those) / MEGABYTE, 1))
    except (psutil.AccessDenied, psutil.NoSuchProcess, AttributeError):
        return None


def kill(process: psutil.Process) -> None:
    """End a process and its children as a loss of power would."""
    those = [process, *process.children(recursive=True)]
    for one in those:
        one.kill()
    psutil.wait_procs(those, timeout=PATIENCE)


class OwnPostgres:
    """The product's own PostgreSQL with its own settings, in a folder that is thrown away."""

    def __init__(self, var: Path) -> None:
        self._var = var
        url = embedded.start(var, redis=False).owner  # it makes the tables and their indexes
        self.connection = connections[DEFAULT_DB_ALIAS].copy()
        self.connection.settings_dict |= database_from_url(url)
        with in_use(self.connection):
            call_command("migrate", interactive=False, verbosity=0)

    @property
    def process(self) -> psutil.Process:
        found = postgres_server.postmaster(layout_for(self._var))
        assert found is not None
        return found

    def kill_and_start(self) -> None:
        """Kill the server with all its processes and start it on the same data."""
        kill(self.process)
        self.connection.close()
        embedded.start(self._var, redis=False)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Give a server of PostgreSQL that nobody else uses; it and its data are removed at the end."""
    var = Path(tempfile.mkdtemp(prefix="memweb-bench-"))
    outside = layout_for(var).outside
    try:
        server = OwnPostgres(var)
        try:
            with in_use(server.connection):
                yield server
        finally:
            server.connection.close()
    finally:
        embedded.stop(var)
        for folder in (var, outside):
            shutil.rmtree(folder, ignore_errors=True)


class OwnRam:
    """A process with a ``RamMemory``; its methods are called by name."""

    def __init__(self, embedder: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="memweb-bench-"))
        address = str(self._folder / "socket")
        command = [sys.executable, "-m", "apps.evaluation.bench.ram_memory", address, embedder]
        self._child = subprocess.Popen(command, cwd=settings.BASE_DIR)  # noqa: S603
        self.process = psutil.Process(self._child.pid)
        self._client = self._connected(address)

    def _connected(self, address: str) -> Any:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return Client(address, "AF_UNIX")
            except (FileNotFoundError, ConnectionRefusedError):
                if self._child.poll() is not None or time.monotonic() > until:
                    self.close()
                    raise
                time.sleep(0.05)

    def __call__(self, method: str, *arguments: Any) -> Any:
        """Call a method of the memory. Raises EOFError when its process is gone."""
        self._client.send((method, arguments))
        return self._client.recv()

    def close(self) -> None:
        """End the process, which forgets everything."""
        if self._child.poll() is None:
            kill(self.process)
        self._child.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
