"""Processes that bring the same database up to date at the same time: one after the other."""

from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.db import connection

from memweb.serving import roles, servers

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def migrated() -> None:
    call_command("migrate", interactive=False, verbosity=0)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("migrate", [servers.migrate, migrated])
def test_it_waits_for_who_migrates_already(migrate):
    ended = threading.Event()

    def second():
        try:
            migrate()
            ended.set()
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with roles.as_owner(alone=True):
        thread.start()
        for _ in range(500):
            if waits_for_a_lock() or ended.wait(0.02):
                break
        assert waits_for_a_lock()
        assert not ended.is_set()
    thread.join(timeout=60)
    assert ended.is_set()


@pytest.mark.django_db(transaction=True)
def test_it_lets_others_in_after_a_failure():
    def fail():
        with roles.as_owner(alone=True):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)
