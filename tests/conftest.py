"""The people of every test: alice owns the space, bob reviews, carol asks, dave audits, and
mallory is an outsider with a space of her own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Role, Space, User
from memweb.testing import EXTERNAL
from tests import factories


@pytest.fixture(autouse=True, scope="session")
def _flush_what_was_filled() -> Iterator[None]:
    """Tests with real transactions empty all tables afterwards, the event log included.

    Only tables with rows are emptied, row by row: to truncate all makes every file of theirs anew.
    """
    original = DatabaseOperations.sql_flush

    def sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):  # type: ignore[no-untyped-def]
        if reset_sequences:
            emptied = original(
                self, style, tables, reset_sequences=True, allow_cascade=allow_cascade
            )
        else:
            emptied = [f"DELETE FROM {name};" for name in _filled(self, tables)]
        return [
            "SET session_replication_role = replica;",  # past triggers and foreign keys
            *emptied,
            "SET session_replication_role = DEFAULT;",
        ]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.sql_flush = original  # type: ignore[method-assign]


def _filled(operations: DatabaseOperations, tables: Iterable[str]) -> list[str]:
    """Return the quoted names of the tables that hold a row."""
    names = [operations.quote_name(table) for table in tables]
    looks = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    with operations.connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return [name for (name,) in cursor.fetchall()]


if not EXTERNAL:

    @pytest.fixture(scope="session")
    def django_db_modify_db_settings_xdist_suffix() -> None:
        """Keep the database's name: every process of a test run has a cluster of its own."""


@pytest.fixture(scope="module")
def rows_of_the_module(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Return a context in which a fixture of a module makes rows, once for all tests of the file.

    Every test finds them as they were made, since what it does is undone; they are gone after the
    last. Fixtures hand out keys, not objects, which a test may change. It is not for files with
    tests that commit.
    """
    with django_db_blocker.unblock():
        everything = transaction.atomic()
        everything.__enter__()
    yield django_db_blocker.unblock
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        everything.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _fast_passwords(settings: pytest.FixtureRequest) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring that one test lets fail keeps no other test's ring from being tried."""
    monkeypatch.setattr("apps.common.jobs.bell._Silence.until", 0.0)


@pytest.fixture
def alice(db: None) -> User:
    return factories.make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return factories.make_user("bob")


@pytest.fixture
def carol(db: None) -> User:
    return factories.make_user("carol")


@pytest.fixture
def dave(db: None) -> User:
    return factories.make_user("dave")


@pytest.fixture
def mallory(db: None) -> User:
    user = factories.make_user("mallory")
    factories.grant(factories.make_space("elsewhere"), user, *Role.values)
    return user


@pytest.fixture
def space(alice: User, bob: User, carol: User, dave: User) -> Space:
    space = factories.make_space("atlas", name="Atlas")
    factories.grant(space, alice, Role.OWNER)
    factories.grant(space, bob, Role.REVIEWER)
    factories.grant(space, carol, Role.ASKER)
    factories.grant(space, dave, Role.AUDITOR)
    return space


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Return a client in which the user is signed in."""

    def open_client(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return open_client
