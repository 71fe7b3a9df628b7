"""Databases that exist for one measurement, beside the product's own on the same server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors, sql

from apps.evaluation.measuring.errors import EvaluationError
from memweb.serving.roles import administrator

PREFIX = "memweb_bench_"


@contextmanager
def temporary_database(label: str) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a new, migrated database, which is dropped afterwards.

    One that a killed process left behind under the same label is dropped first. Raises
    EvaluationError when another process uses it, or when the role may not make databases.
    """
    name = f"{PREFIX}{label}"
    server, made = administrator(), administrator()
    made.settings_dict["NAME"] = name
    try:
        _make(server, name)
        try:
            made.ensure_connection()  # so that no other process takes it for one left behind
            with in_use(made):
                call_command("migrate", interactive=False, verbosity=0)
            yield made
        finally:
            made.close()
            _execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    finally:
        server.close()


@contextmanager
def in_use(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Let everything that asks for the default connection have this one."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = database
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before
        ContentType.objects.clear_cache()


def _make(server: BaseDatabaseWrapper, name: str) -> None:
    try:
        _execute(server, "DROP DATABASE IF EXISTS {}", name)
        _execute(server, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
    except DatabaseError as error:
        if isinstance(error.__cause__, errors.ObjectInUse):
            raise EvaluationError(
                f"The database {name} is in use: another measurement is running."
            ) from error
        if isinstance(error.__cause__, errors.InsufficientPrivilege):
            raise EvaluationError(
                "The measurement needs a database of its own, and the role of DATABASE_URL may "
                "not make one (CREATEDB)."
            ) from error
        raise


def _execute(server: BaseDatabaseWrapper, statement: str, name: str) -> None:
    with server.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
