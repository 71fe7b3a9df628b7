"""The roles of the embedded database: one that owns the tables, and one for web and workers.

Neither is a superuser. What an older memweb made as the superuser is handed to the owner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

    Connect = Callable[[str], psycopg.Connection[TupleRow]]

# What belongs to an extension stays with it, and a column's sequence goes with its table.
_FOREIGN_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND c.relowner <> %(owner)s::regrole
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
"""
_FOREIGN_ROUTINES = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> %(owner)s::regrole
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
"""


def prepare(connect: Connect, database: str, *, owner: str, application: str) -> None:
    """Make roles and database if absent, with pgvector, and let the owner own what is in it.

    ``connect`` opens a database as the superuser. Repeating changes nothing.
    """
    from psycopg import sql

    with connect("postgres") as connection:
        for role in (owner, application):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if known.fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(
                        sql.Identifier(role)
                    )
                )
        names = {"base": sql.Identifier(database), "owner": sql.Identifier(owner)}
        found = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {base} OWNER {owner}").format(**names))
        elif found[0] != owner:
            connection.execute(sql.SQL("ALTER DATABASE {base} OWNER TO {owner}").format(**names))
    with connect(database) as connection, connection.transaction():
        # The owner may not make an extension that is not marked as trusted.
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        _hand_over(connection, owner)


def _hand_over(connection: psycopg.Connection[TupleRow], owner: str) -> None:
    from psycopg import sql

    for query, statement in (
        (_FOREIGN_TABLES, "ALTER TABLE {} OWNER TO {}"),
        (_FOREIGN_ROUTINES, "ALTER ROUTINE {} OWNER TO {}"),
    ):
        for (name,) in connection.execute(query, {"owner": owner}).fetchall():
            # The server has quoted the name itself, with the types of a routine's arguments.
            connection.execute(sql.SQL(statement).format(sql.SQL(name), sql.Identifier(owner)))
