"""Sealing: dense indices in the order of commits, and leaves that hold what was recorded."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection, transaction

from apps.accounts.models import Space, User
from apps.audit.models import Event, RowChange
from apps.audit.services import record
from apps.provenance.merkle import root_of
from apps.provenance.models import Entry, Log, Sequencer
from apps.provenance.rows import entries, with_changes
from apps.provenance.services import sequencer
from apps.provenance.services.sequencer import hashes_of, log_of, seal, tree_of
from tests import factories

CHANGED = {"before": {"name": "Atlas"}, "after": {"name": "R"}}
pytestmark = pytest.mark.django_db(transaction=True)


def _event(space: Space | None, user: User, action: str = "space.changed") -> Event:
    with transaction.atomic():
        payload = factories.recorded(action)
        number = record(space=space, actor=user, action=action, payload=payload)
    return Event.objects.get(pk=number)


def _order(space: Space | None) -> list[int]:
    found = Entry.objects.filter(log__space=space).order_by("index")
    assert [entry.index for entry in found] == list(range(len(found)))
    return [entry.event_id for entry in found]


def test_events_stand_in_the_order_of_their_commits(space: Space, alice: User) -> None:
    begun, committed = threading.Event(), threading.Event()
    numbers: list[int] = []

    def late() -> None:
        with transaction.atomic():
            numbers.append(_event(space, alice).pk)
            begun.set()
            assert committed.wait(10)
        connection.close()

    other = threading.Thread(target=late)
    other.start()
    assert begun.wait(10)
    second = _event(space, alice).pk
    assert numbers[0] < second
    committed.set()
    other.join()
    seal()
    order = _order(space)
    assert order[-2:] == [second, numbers[0]]


def test_what_is_not_committed_comes_later(space: Space, alice: User) -> None:
    first = _event(space, alice).pk
    begun, go_on = threading.Event(), threading.Event()
    numbers: list[int] = []

    def late() -> None:
        with transaction.atomic():
            numbers.append(_event(space, alice).pk)
            begun.set()
            assert go_on.wait(10)
        connection.close()

    other = threading.Thread(target=late)
    other.start()
    assert begun.wait(10)
    for _ in range(6):  # the bound may not pass a number that is still to come
        seal()
    assert first in _order(space)
    go_on.set()
    other.join()
    third = _event(space, alice).pk
    seal()
    assert _order(space)[-2:] == [numbers[0], third]
    for _ in range(6):
        seal()
    assert Sequencer.objects.get().sealed_to >= third
    assert seal() == 0


def test_a_log_for_each_space_and_one_for_the_site(space: Space, alice: User) -> None:
    here, nowhere = _event(space, alice).pk, _event(None, alice).pk
    seal()
    assert here in _order(space)
    assert here not in _order(None)
    assert nowhere in _order(None)


def test_the_tree_stands_over_the_leaves(space: Space, alice: User) -> None:
    for _ in range(300):
        _event(space, alice)
    seal()
    log = log_of(space)
    rows = [event for _, event in entries(log, 0, log.size)]
    assert tree_of(log).root() == root_of(hashes_of(log, rows))
    _event(space, alice)
    before = tree_of(log).root()
    seal()
    log.refresh_from_db()
    assert tree_of(log).root() != before
    assert tree_of(log).root(log.size - 1) == before


def test_a_change_is_kept_by_the_database_and_belongs_to_its_event(
    space: Space, alice: User
) -> None:
    seal()
    size = log_of(space).size
    with transaction.atomic():
        Space.objects.filter(pk=space.pk).update(name="Renamed", self_review=True)
        event = record(space=space, actor=alice, action="space.changed", payload=CHANGED)
    change = RowChange.objects.filter(table="accounts_space").last()
    assert change is not None
    assert (change.op, change.row, change.space) == ("update", space.pk, space.pk)
    assert change.transaction == Event.objects.get(pk=event).transaction
    assert change.before is not None
    assert change.after is not None
    assert (change.before["self_review"], change.after["self_review"]) == (False, True)
    assert change.private_after["name"] == "Renamed"
    assert "name" not in change.after
    seal()
    log = log_of(space)
    (leaf_event,) = [row for _, row in entries(log, size, log.size)]
    with_it = list(hashes_of(log, [leaf_event]))
    assert tree_of(log).leaf(size) == with_it[0]
    without = leaf_event._replace(transaction=None)
    assert list(hashes_of(log, [without])) != with_it


def test_a_long_transaction_is_sealed_in_parts(
    space: Space, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 2)
    seal()
    before = log_of(space).size
    with transaction.atomic():
        for number in range(7):
            for name in ("A", "B")[: number % 3]:
                factories.make_entity(space, f"{name} {number}")
            record(
                space=space, actor=alice, action="space.changed",
                payload=factories.recorded("space.changed"),
            )  # fmt: skip
        factories.make_entity(space, "behind the last event")
    assert seal() == 7
    log = log_of(space)
    events = [event for _, event in entries(log, 0, log.size)]
    counts = [len(list(own)) for _, own in with_changes(events[before:], space.pk)]
    assert counts == [0, 1, 2, 0, 1, 2, 1]
    assert [
        len(list(own)) for _, own in with_changes(events[before + 4 : before + 6], space.pk)
    ] == [1, 2]
    assert tree_of(log).root() == root_of(hashes_of(log, events))


def test_a_row_that_did_not_change_is_no_change(space: Space) -> None:
    before = RowChange.objects.count()
    Space.objects.filter(pk=space.pk).update(name=space.name)
    assert RowChange.objects.count() == before


def test_only_one_seals_at_a_time(space: Space, alice: User) -> None:
    _event(space, alice)
    results: list[int] = []

    def other() -> None:
        results.append(seal(wait=False))
        connection.close()

    with transaction.atomic():
        Sequencer.objects.get_or_create(pk=Sequencer.ONLY)
    with transaction.atomic():
        Sequencer.objects.select_for_update().get(pk=Sequencer.ONLY)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert results == [0]
    assert seal() > 0


def test_a_number_of_another_cluster_does_not_stop_it(space: Space, alice: User) -> None:
    _event(space, alice)
    seal()
    Sequencer.objects.update(seen_id=1, seen_xid=2**40)
    last = _event(space, alice).pk
    for _ in range(5):
        seal()
    assert Sequencer.objects.get().sealed_to >= last


def test_payloads_of_every_kind_are_hashed(space: Space, alice: User) -> None:
    payload = {"float": 0.1, "whole": 1.0, "long": 2**70, "ü": "\u2028\U0001f600", "\ue000": None}
    with transaction.atomic():
        # As of an earlier version, whose schemas were none.
        Event.objects.create(
            space=space, actor=alice, actor_label="alice", action="space.changed", payload=payload
        )
    seal()
    log = log_of(space)
    assert tree_of(log).root() == root_of(
        hashes_of(log, [event for _, event in entries(log, 0, log.size)])
    )
    assert json.loads(json.dumps(payload)) == Event.objects.latest("pk").payload


def test_logs_are_apart(space: Space) -> None:
    assert Log.objects.filter(pk=log_of(space).pk).count() == 1
    assert log_of(None).pk != log_of(space).pk
