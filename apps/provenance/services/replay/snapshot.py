"""One view of the database, the same from the first statement to the last, that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.pq import TransactionStatus

Parameters = Sequence[Any] | Mapping[str, Any]
AT_ONCE: Final = 2_000
_NUMBERS = count()


class Snapshot:
    """Reads through one connection of psycopg, inside the transaction that it is in."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw

    def all(self, query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with psycopg.Cursor(self._raw) as cursor:
            cursor.execute(query, parameters or None, binary=True)
            return cursor.fetchall()

    def one(self, query: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, if there is one."""
        return next(iter(self.all(query, parameters)), None)

    def value(self, query: str, parameters: Parameters = ()) -> Any:
        """Return the only value of a query; None where it has no row."""
        row = self.one(query, parameters)
        return row[0] if row else None

    def stream(self, query: str, parameters: Parameters = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, of which few are held at a time."""
        with psycopg.ServerCursor(self._raw, f"verify_{next(_NUMBERS)}") as cursor:
            cursor.execute(query, parameters or None, binary=True)
            while rows := cursor.fetchmany(AT_ONCE):
                yield from rows

    @contextmanager
    def by_index(self) -> Iterator[None]:
        """Let statements follow indexes: each of many small ones would else read whole tables."""
        ways = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")
        self._raw.execute("".join(f"SET LOCAL {one} = off;" for one in ways))
        try:
            yield
        finally:
            if self._raw.info.transaction_status == TransactionStatus.INTRANS:
                self._raw.execute("".join(f"SET LOCAL {one} TO DEFAULT;" for one in ways))

    def share(self) -> str:
        """Return the name under which another connection sees the same."""
        return str(self.value("SELECT pg_export_snapshot()"))


@contextmanager
def snapshot(shared: str = "") -> Iterator[Snapshot]:
    """Open a view of what is committed now, or the one that was ``shared``, on a new connection."""
    own = connections[DEFAULT_DB_ALIAS].copy()
    own.settings_dict["OPTIONS"] = {
        name: value for name, value in own.settings_dict["OPTIONS"].items() if name != "pool"
    }
    own.ensure_connection()
    try:
        raw = cast("psycopg.Connection[Any]", own.connection)
        with raw.transaction():
            raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if shared:
                raw.execute(f"SET TRANSACTION SNAPSHOT '{shared}'")
            raw.execute("SET LOCAL timezone = 'UTC'; SET LOCAL statement_timeout = 0")
            yield Snapshot(raw)
    finally:
        own.close()


def view_of_caller() -> Snapshot:
    """Return a view of what the caller's own transaction sees, uncommitted changes of its own
    included."""
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    raw.execute("SET LOCAL timezone = 'UTC'")
    return Snapshot(raw)
