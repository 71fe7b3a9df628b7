"""The servers that a management command works with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from memweb import embedded
from memweb.embedded import EmbeddedError, processes
from memweb.serving.between import refuse_if_between
from memweb.serving.looks import Frozen, is_stopped, tree
from memweb.serving.roles import as_owner


def start() -> None:
    """Start the embedded servers that the settings ask for; without any, do nothing.

    Raises EmbeddedError.
    """
    if settings.EMBEDDED_POSTGRES or settings.EMBEDDED_REDIS:
        embedded.start(
            settings.VAR_DIR, postgres=settings.EMBEDDED_POSTGRES, redis=settings.EMBEDDED_REDIS
        )


def revive(frozen: Frozen) -> list[str]:
    """Start again the embedded servers that have ended, and end and start those that are frozen;
    return a line for each that was frozen.

    One that runs is asked nothing: it may have no connection left. Raises EmbeddedError.
    """
    wanted = settings.EMBEDDED_POSTGRES + settings.EMBEDDED_REDIS
    if not wanted:
        return []
    processes.reap()  # a killed server is let go only when its last thread has ended
    lines = []
    running = [(server, tree(server.pid)) for server in embedded.running(settings.VAR_DIR)]
    seen = [frozen.among(family) for _, family in running]  # each is looked at each time
    if any(seen):
        # Starting one again may take a minute, in which nobody would look at the other: one that is
        # stopped as well, and was seen so a moment later, is not waited for.
        for server, family in running:
            if any(map(is_stopped, family)):
                lines.append(_ended(server, family))
    if lines or len(running) < wanted:
        processes.reap()
        start()
    return lines


def _ended(server: psutil.Process, family: Sequence[psutil.Process]) -> str:
    """End a frozen server with all its processes; return what is said of it."""
    line = f"{server.name()} (process {server.pid}) was frozen; it is started again."
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    for process in family:
        processes.wait_gone(process, 5.0)
    return line


def stop() -> None:
    """End this process's use of the embedded servers."""
    embedded.stop(settings.VAR_DIR)


def environment() -> dict[str, str]:
    """Return the environment for child processes, which use the servers of this process. None of
    them is told who owns the tables."""
    addresses = {"MEMWEB_VAR": str(settings.VAR_DIR), "PYTHONUNBUFFERED": "1"}
    urls = embedded.runtime_urls(settings.VAR_DIR)
    if settings.EMBEDDED_POSTGRES:
        addresses["DATABASE_URL"] = urls.database
    if settings.EMBEDDED_REDIS:
        addresses["REDIS_URL"] = urls.redis
    owner = ("DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE")
    return {name: value for name, value in os.environ.items() if name not in owner} | addresses


def migrate() -> bool:
    """Apply the migrations that are missing, as the owner of the tables; tell whether there were
    any. Of several processes that do so at once, each waits for the one before.

    Raises EmbeddedError when an external database cannot be reached, and when it stands between
    migrations that are no longer there.
    """
    try:
        with as_owner(alone=True):
            refuse_if_between()
            executor = MigrationExecutor(connection)
            if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
                executor.check_replacements()  # by what name an older database has them
                return False
            call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        detail = " ".join(str(error).split())
        raise EmbeddedError(f"The database cannot be used: {detail}.") from error
    finally:
        connection.close()
    return True
