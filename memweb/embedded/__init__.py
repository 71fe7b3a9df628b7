"""PostgreSQL with pgvector and Redis from Python packages, for a machine that has neither.

``runtime_urls`` only computes addresses. ``start`` starts what is not running yet and counts this
process as a user of it; ``stop`` takes it off the count, and the last user stops the servers.
The count is a shared ``flock``, which the kernel releases however a process ends, so a killed
process leaves no wrong count behind: the next user finds the servers running and adopts them.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from memweb.embedded.errors import EmbeddedError
from memweb.embedded.layout import Layout, layout_for, prepare

if TYPE_CHECKING:
    import psutil

__all__ = ["EmbeddedError", "Urls", "running", "runtime_urls", "start", "stop"]

DATABASE = "memweb"
# The role of web and workers, and the role that owns the tables and changes them.
APPLICATION, OWNER, SUPERUSER = "memweb", "memweb_owner", "postgres"


@dataclass(frozen=True)
class Urls:
    """Addresses in the form of DATABASE_URL (libpq) and REDIS_URL (redis-py).

    ``database`` is the application's, whose role may not alter the event log; ``owner`` is of the
    role that owns the tables, ``superuser`` of the one that made the cluster.
    """

    database: str
    owner: str
    superuser: str
    redis: str


@dataclass(frozen=True)
class _Use:
    """This process's share in the servers of one ``var``."""

    descriptor: int
    pid: int


_uses: dict[Path, _Use] = {}


def runtime_urls(var: Path) -> Urls:
    """Return the addresses that the embedded servers of ``var`` have or would have.

    Starts nothing and writes nothing. Both are unix sockets: no port can be taken, and only the
    owner of the folder gets in. Raises EmbeddedError when the record in ``var`` is unreadable.
    """
    layout = layout_for(var)
    where = f"/{DATABASE}?host={quote(str(layout.sockets), safe='')}"
    return Urls(
        database=f"postgresql://{APPLICATION}@{where}",
        owner=f"postgresql://{OWNER}@{where}",
        superuser=f"postgresql://{SUPERUSER}@{where}",
        redis=f"unix://{quote(str(layout.redis_socket))}",
    )


def start(var: Path, *, postgres: bool = True, redis: bool = True) -> Urls:
    """Start the servers of ``var`` that do not run yet and keep them for this process.

    Repeating is harmless. At the end of the process ``stop`` is called by itself. Raises
    EmbeddedError with one sentence when a server cannot be started.
    """
    var = var.resolve()
    layout = layout_for(var)
    try:
        prepare(layout)
        with _one_at_a_time(layout):
            fresh = var not in _uses
            if fresh:
                _uses[var] = _Use(_lock(layout.var / "users.lock", fcntl.LOCK_SH), os.getpid())
            try:
                _ensure_running(layout, postgres, redis)
            except BaseException:
                if fresh:
                    _leave(layout)
                raise
    except OSError as error:
        raise EmbeddedError(_sentence(error, var)) from error
    atexit.register(stop, var)
    return runtime_urls(var)


def running(var: Path) -> list[psutil.Process]:
    """Return the servers of ``var`` that run, without asking them anything: they may be frozen."""
    from memweb.embedded import postgres_server, redis_server

    layout = layout_for(var.resolve())
    found = (postgres_server.postmaster(layout), redis_server.running(layout))
    return [process for process in found if process is not None]


def stop(var: Path) -> None:
    """End this process's use of the servers of ``var``; the last user stops them."""
    var = var.resolve()
    use = _uses.get(var)
    if use is None or use.pid != os.getpid():  # a forked child does not own what it inherited
        return
    layout = layout_for(var)
    with _one_at_a_time(layout):
        _leave(layout)


def _ensure_running(layout: Layout, postgres: bool, redis: bool) -> None:
    # Imported here: settings import this package in processes that only need the addresses.
    from memweb.embedded import postgres_server, redis_server

    if postgres:
        postgres_server.ensure_running(layout, DATABASE, owner=OWNER, application=APPLICATION)
    if redis:
        redis_server.ensure_running(layout)


def _leave(layout: Layout) -> None:
    from memweb.embedded import postgres_server, redis_server

    use = _uses.pop(layout.var)
    try:
        # Asks whether anybody else is left: a shared lock becomes exclusive only without others.
        fcntl.flock(use.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        try:
            redis_server.stop(layout)
        finally:
            postgres_server.stop(layout)
    finally:
        os.close(use.descriptor)


@contextlib.contextmanager
def _one_at_a_time(layout: Layout) -> Iterator[None]:
    descriptor = _lock(layout.var / "start.lock", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, kind: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, kind)
    return descriptor


def _sentence(error: OSError, var: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {error.filename or var} is full; free some space."
    return f"The embedded servers cannot use {error.filename or var}: {error.strerror or error}."
