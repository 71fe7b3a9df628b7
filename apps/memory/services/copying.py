"""Many rows at once by COPY, which the triggers and constraints of their table see as any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models
from psycopg import sql

CHUNK = 10_000  # rows of one COPY


def copy_rows(
    model: type[models.Model],
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
    copied: Callable[[int], None] | None = None,
) -> None:
    """Write rows of the ``columns``, given with their types; ``copied`` is told how many came.

    A type that psycopg does not know, as a vector, is given as ``bytea`` and comes as the bytes
    in which PostgreSQL receives it.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    source, done = iter(rows), 0
    while chunk := list(islice(source, CHUNK)):
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(columns.values()))
            for row in chunk:
                copy.write_row(row)
        done += len(chunk)
        if copied is not None:
            copied(done)


# PostgreSQL's name for the type of a column where that is not the one by which psycopg knows it.
_TYPES = {
    "bigint": "int8", "integer": "int4", "timestamp with time zone": "timestamptz",
    "double precision": "float8",
}  # fmt: skip


def columns(model: type[models.Model], *names: str) -> dict[str, str]:
    """Return columns of a table with their types, as ``copy_rows`` takes them."""
    by_name = {field.column: field for field in model._meta.concrete_fields}
    return {name: _type(by_name[name]) for name in names}


def _type(field: models.Field[Any, Any]) -> str:
    plain = str(field.db_type(connection)).partition("(")[0]
    if plain == "varchar":
        return "text"
    return "bytea" if plain == "halfvec" else _TYPES.get(plain, plain)


def new_ids(model: type[models.Model], number: int) -> list[int]:
    """Take that many ids from the sequence of a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, number],
        )
        return [pk for (pk,) in cursor.fetchall()]
