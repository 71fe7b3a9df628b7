"""The servers that a management command works with."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from memweb import embedded
from memweb.embedded import EmbeddedError


def start() -> None:
    """Start the embedded servers that the settings ask for; without any, do nothing.

    Raises EmbeddedError.
    """
    if settings.EMBEDDED_POSTGRES or settings.EMBEDDED_REDIS:
        embedded.start(
            settings.VAR_DIR, postgres=settings.EMBEDDED_POSTGRES, redis=settings.EMBEDDED_REDIS
        )


def stop() -> None:
    """End this process's use of the embedded servers."""
    embedded.stop(settings.VAR_DIR)


def environment() -> dict[str, str]:
    """Return the environment for child processes, which use the servers of this process."""
    addresses = {"MEMWEB_VAR": str(settings.VAR_DIR), "PYTHONUNBUFFERED": "1"}
    urls = embedded.runtime_urls(settings.VAR_DIR)
    if settings.EMBEDDED_POSTGRES:
        addresses["DATABASE_URL"] = urls.database
    if settings.EMBEDDED_REDIS:
        addresses["REDIS_URL"] = urls.redis
    return os.environ | addresses


def migrate() -> bool:
    """Apply the migrations that are missing; tell whether there were any.

    Raises EmbeddedError when an external database cannot be reached.
    """
    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        detail = " ".join(str(error).split())
        raise EmbeddedError(f"The database cannot be used: {detail}.") from error
    finally:
        connection.close()
    return True
