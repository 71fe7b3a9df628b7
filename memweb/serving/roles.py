"""The roles of the database: migrations run as the owner of the tables, everything else as the
application's role, which reads and writes rows and may only add to the event log and its seals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from memweb import embedded

MIGRATING = 5_213_021_937_604_411_120  # the number of an advisory lock
EVENTS = "audit_event"
CHANGES = "audit_rowchange"  # written by triggers alone
ADDED_TO = (EVENTS, "provenance_entry", "provenance_checkpoint", "provenance_key")
# May the role of this connection do more with the event log than read it and add to it?
ALTERS_EVENTS = f"""
SELECT r.rolsuper
    OR pg_has_role(r.oid, c.relowner, 'MEMBER')
    OR has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(r.oid, c.oid, 'UPDATE')
    OR has_parameter_privilege(r.oid, 'session_replication_role', 'SET')
FROM pg_roles r, pg_class c
WHERE r.rolname = current_user AND c.oid = to_regclass('{EVENTS}')
"""  # noqa: S608 the name is ours
_LACKS = f"""
SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace
               AND relkind IN ('r', 'p') AND NOT has_table_privilege(%(role)s, oid, 'SELECT'))
    OR has_table_privilege(%(role)s, '{EVENTS}', 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR has_table_privilege(%(role)s, '{CHANGES}', 'INSERT')
"""  # noqa: S608 the name is ours


@contextmanager
def as_owner(*, alone: bool = False) -> Iterator[None]:
    """Let everything that asks for the default connection be the owner of the tables.

    Afterwards the application's role is granted what it needs of new tables. Without an owner in
    the settings, and on a connection that is already somebody else's, nothing changes. Of those who
    want to be ``alone`` with the database, one is let in after the other.
    """
    own = connections[DEFAULT_DB_ALIAS]
    application = str(settings.DATABASES[DEFAULT_DB_ALIAS]["USER"])
    wait = _alone if alone else nullcontext
    if settings.OWNER_DATABASE is None or own.settings_dict["USER"] != application:
        with wait():
            yield
        return
    owner = _other(own, settings.OWNER_DATABASE)
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        with wait():
            yield
            grant(application)
    finally:
        connections[DEFAULT_DB_ALIAS] = own
        owner.close()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the database's lock for migrations, which goes with the session if it is lost. The
    session that has it already gets it again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def administrator() -> BaseDatabaseWrapper:
    """Return a new connection of the role that may make databases, as far as one is known."""
    own = connections[DEFAULT_DB_ALIAS]
    if settings.EMBEDDED_POSTGRES:
        return _other(own, {"USER": embedded.SUPERUSER})
    return _other(own, settings.OWNER_DATABASE or {})


def _other(own: BaseDatabaseWrapper, login: dict[str, object]) -> BaseDatabaseWrapper:
    """Return a connection to the same database with another login."""
    other = own.copy()
    keys = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    other.settings_dict |= {key: login[key] for key in keys if key in login}
    return other


def grant(application: str) -> None:
    """Let the application's role read and write rows of every table, and of the event log only
    read and add. Runs as the owner; does nothing where nothing is missing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regclass(%s) IS NULL OR current_user = %s", [ADDED_TO[-1], application]
        )
        if cursor.fetchone()[0]:
            return
        cursor.execute(_LACKS, {"role": application})
        if not cursor.fetchone()[0]:
            return
        for statement in _statements():
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(application)))


def _statements() -> list[str]:
    rights = "SELECT, INSERT, UPDATE, DELETE"
    if connection.pg_version >= 170000:  # type: ignore[attr-defined]  # PostgreSQL's backend
        rights += ", MAINTAIN"  # to ANALYZE after loading facts
    added_to = ", ".join(ADDED_TO)
    return [
        "GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {{role}}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE ALL ON {added_to}, {CHANGES}, django_migrations FROM {{role}}",
        f"GRANT SELECT, INSERT ON {added_to} TO {{role}}",
        f"GRANT SELECT ON {CHANGES}, django_migrations TO {{role}}",
    ]


def may_alter_events() -> bool:
    """Tell whether the application's role could change or remove events, or switch off what
    refuses that."""
    with connection.cursor() as cursor:
        cursor.execute(ALTERS_EVENTS)
        row = cursor.fetchone()
    return bool(row and row[0])
