"""The role that web and workers have in the database: it adds to the event log and reads it, and
can do nothing else with it. These tests act as that role, over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import errors

from apps.audit.models import Event
from apps.audit.services import record
from memweb import embedded
from memweb.serving import roles
from memweb.testing import EXTERNAL
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(EXTERNAL, reason="the roles are those of the embedded database"),
]


@pytest.fixture
def application() -> Iterator[psycopg.Connection]:
    """A connection to the tests' database as the application's role, with an event in the log."""
    roles.grant(embedded.APPLICATION)
    with transaction.atomic():
        record(
            space=factories.make_space("atlas"),
            actor=factories.make_user("alice"),
            action="space.created",
            payload={"name": "Atlas"},
        )
    parameters = connection.get_connection_params() | {"user": embedded.APPLICATION}
    parameters.pop("cursor_factory", None)
    with psycopg.connect(**parameters) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor_label = 'somebody else'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE audit_event CASCADE",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_change",
        "ALTER TABLE audit_event ALTER COLUMN action DROP NOT NULL",
        "ALTER TABLE audit_event OWNER TO memweb",
        "DROP TABLE audit_event CASCADE",
        "DROP TRIGGER audit_event_no_change ON audit_event",
        "CREATE TRIGGER t BEFORE INSERT ON audit_event EXECUTE FUNCTION audit_event_append_only()",
        "CREATE RULE r AS ON INSERT TO audit_event DO INSTEAD NOTHING",
        "CREATE OR REPLACE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$",
        "SET session_replication_role = replica",
        "SET ROLE memweb_owner",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE memweb SUPERUSER",
        "GRANT ALL ON audit_event TO memweb",
        "CREATE TABLE public.other (id int)",
        "DELETE FROM django_migrations",
        "COPY audit_event TO PROGRAM 'cat'",
    ],
)
def test_it_may_not(application: psycopg.Connection, statement: str) -> None:
    if statement.startswith("GRANT"):  # PostgreSQL only warns of rights that one cannot give
        application.execute(statement)
        application.commit()
        statement = "DELETE FROM audit_event"
    with pytest.raises((errors.InsufficientPrivilege, errors.WrongObjectType)):
        application.execute(statement)
    application.rollback()
    assert Event.objects.get().actor_label == "alice"


def test_it_reads_and_adds_events(application: psycopg.Connection) -> None:
    names = ", ".join(field.column for field in Event._meta.fields if not field.primary_key)
    application.execute(f"INSERT INTO audit_event ({names}) SELECT {names} FROM audit_event")
    assert application.execute("SELECT count(*) FROM audit_event").fetchone() == (2,)


def test_it_reads_and_writes_every_other_table(application: psycopg.Connection) -> None:
    limited = {*roles.ADDED_TO, roles.CHANGES, "django_migrations"}
    tables = set(connection.introspection.table_names()) - limited
    for table in sorted(tables):
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            query = "SELECT has_table_privilege(%s, %s)"
            assert application.execute(query, [table, right]).fetchone() == (True,), (table, right)
    application.execute("ANALYZE memory_entity")


def test_it_is_told_apart_from_one_that_could_alter_the_log(
    application: psycopg.Connection,
) -> None:
    assert application.execute(roles.ALTERS_EVENTS).fetchone() == (False,)
    assert roles.may_alter_events()  # the tests' own connection is the superuser's
    with connection.cursor() as cursor:
        cursor.execute("GRANT memweb_owner TO memweb")
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'audit_event'")
        (owner,) = cursor.fetchone()
        cursor.execute("ALTER TABLE audit_event OWNER TO memweb_owner")
        try:
            assert application.execute(roles.ALTERS_EVENTS).fetchone() == (True,)
        finally:
            cursor.execute(f"ALTER TABLE audit_event OWNER TO {owner}")
            cursor.execute("REVOKE memweb_owner FROM memweb")
