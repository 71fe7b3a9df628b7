from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.services import record


@pytest.fixture
def event(space: Space, alice: User) -> Event:
    return record(space=space, actor=alice, action="space.created", subject=space)


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
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert Event.objects.get().actor_label == "alice"


def test_it_refuses_an_unknown_action(space: Space, alice: User) -> None:
    with pytest.raises(KeyError):
        record(space=space, actor=alice, action="space.exploded")


def test_it_refuses_an_event_by_nobody(space: Space) -> None:
    with pytest.raises(ValueError, match="actor"):
        record(space=space, actor=None, action="space.created")


@pytest.mark.django_db(transaction=True)
def test_it_refuses_an_event_outside_a_transaction() -> None:
    from tests import factories

    with pytest.raises(RuntimeError, match="transaction"):
        record(
            space=factories.make_space("lone"),
            actor=factories.make_user("eve"),
            action="space.created",
        )
