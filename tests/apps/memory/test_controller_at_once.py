"""Several who write to the memory at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Event
from apps.memory.controller import ConflictError, MemoryController
from apps.memory.models import Entity, FactSchedule, Triple
from apps.memory.services import schedules_upkeep, volatility_learn
from tests import factories
from tests.apps.memory.writing import triple_input


@pytest.mark.django_db(transaction=True)
def test_it_writes_one_triple_when_two_write_the_same_at_once() -> None:
    space = factories.make_space("busy")
    people = [factories.make_user(f"writer{n}") for n in range(4)]
    factories.make_relation(space, "place of birth", single_valued=True)
    start = threading.Barrier(len(people))
    results: list[bool] = []
    errors: list[BaseException] = []

    def work(actor: User, backwards: bool) -> None:
        try:
            start.wait()
            for n in range(5):
                names = (f"Ada {n}", f"Lindenau {n}")
                subject, object_ = reversed(names) if backwards else names
                given = triple_input(space, subject, "place of birth", object_)
                results.append(MemoryController(space).write(given, actor=actor).created)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=(actor, n % 2 == 1)) for n, actor in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert results.count(True) == 10
    assert Triple.objects.count() == 10
    assert Entity.objects.count() == 10
    assert Event.objects.filter(action="entity.created").count() == 10


@pytest.mark.django_db(transaction=True)
def test_the_clock_waits_for_no_answer_that_has_read_facts() -> None:
    space = factories.make_space("busy")
    held, free = (
        factories.make_triple(space, name, "employer", "Brook") for name in ("Ada", "Ben")
    )
    schedules_upkeep()
    memory = MemoryController(space)
    memory.mark_read([held.pk, free.pk])
    found: list[object] = []

    def work() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            found.append(schedules_upkeep())
            Triple.objects.update(recorded_at=timezone.now() - timedelta(days=5000))
            found.append(volatility_learn())
        except BaseException as error:
            found.append(error)
        finally:
            connections.close_all()

    with transaction.atomic():
        FactSchedule.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == [1, 1]
    assert schedules_upkeep() == 2
    assert volatility_learn() == 1


@pytest.mark.django_db(transaction=True)
def test_it_lets_only_one_of_two_contradicting_writers_through() -> None:
    space = factories.make_space("busy")
    actor = factories.make_user("writer")
    factories.make_relation(space, "place of birth", single_valued=True)
    start = threading.Barrier(3)
    outcomes: list[str] = []

    def work(place: str) -> None:
        try:
            start.wait()
            given = triple_input(space, "Ada", "place of birth", place)
            MemoryController(space).write(given, actor=actor)
            outcomes.append("written")
        except ConflictError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(f"Place {n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "written"]
    assert Triple.objects.count() == 1
