from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import Space, User
from apps.audit.models import Event, RowChange
from apps.audit.services import record


@pytest.fixture
def event(space: Space, alice: User) -> Event:
    payload = {"name": space.name}
    return Event.objects.get(
        pk=record(space=space, actor=alice, action="space.created", subject=space, payload=payload)
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor_label = 'somebody else'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE audit_event CASCADE",
    ],
)
def test_it_refuses_to_change_the_log(event: Event, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE stops at pending keys
        with pytest.raises(DatabaseError, match=r"append-only|foreign key"), transaction.atomic():
            cursor.execute(statement)
    assert Event.objects.get().actor_label == "alice"


def test_it_refuses_an_unknown_action(space: Space, alice: User) -> None:
    with pytest.raises(KeyError):
        record(space=space, actor=alice, action="space.exploded")


def test_it_refuses_an_event_by_nobody(space: Space) -> None:
    with pytest.raises(ValueError, match="actor"):
        record(space=space, actor=None, action="space.created", payload={"name": "Atlas"})


@pytest.mark.django_db(transaction=True)
def test_it_refuses_an_event_outside_a_transaction() -> None:
    from tests import factories

    with pytest.raises(RuntimeError, match="transaction"):
        record(
            space=factories.make_space("lone"),
            actor=factories.make_user("eve"),
            action="space.created",
            payload={"name": "Lone"},
        )


def test_what_is_private_can_be_erased_and_its_hash_stays(event: Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase_events(%s, %s)", [[event.pk], [b"h" * 32]])
    event.refresh_from_db()
    assert (event.actor_label, event.payload, event.salt) == ("", {}, None)
    assert (bytes(event.erased or b""), event.action) == (b"h" * 32, "space.created")


@pytest.mark.parametrize(
    "change",
    ["action = 'space.changed'", "created_at = now()", "erased = 'short'", "salt = id::text::uuid"],
)
def test_erasing_changes_nothing_else(event: Event, change: str) -> None:
    erased = {
        "actor_label": "''",
        "payload": "'{}'",
        "salt": "NULL",
        "erased": "decode(repeat('ab', 32), 'hex')",
    }
    column, _, value = change.partition(" = ")
    changed = ", ".join(f"{name} = {one}" for name, one in (erased | {column: value}).items())
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute(f"UPDATE audit_event SET {changed} WHERE id = {event.pk}")


def test_erased_once_is_erased(event: Event) -> None:
    with connection.cursor() as cursor:
        for hash_ in (b"h" * 32, b"i" * 32):
            cursor.execute("SELECT audit_erase_events(%s, %s)", [[event.pk], [hash_]])
    event.refresh_from_db()
    assert bytes(event.erased or b"") == b"h" * 32


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_rowchange SET row = 7",
        "DELETE FROM audit_rowchange",
        "TRUNCATE audit_rowchange",
    ],
)
def test_it_refuses_to_change_kept_changes(event: Event, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)


def test_a_change_loses_what_is_private_and_nothing_else(event: Event) -> None:
    change = RowChange.objects.get(table="accounts_space")
    hash_ = b"h" * 32
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase_changes(%s, %s)", [[change.pk], [hash_]])
    erased = RowChange.objects.get(pk=change.pk)
    assert (erased.private_after, erased.salt, bytes(erased.erased or b"")) == (None, None, hash_)
    assert (erased.after, erased.row) == (change.after, change.row)
