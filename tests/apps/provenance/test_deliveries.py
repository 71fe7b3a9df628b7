"""Checkpoints reach their destinations, sooner or later."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.provenance.models import Delivery
from apps.provenance.services import deliveries
from apps.provenance.services.checkpoints import checkpoint_now
from apps.provenance.services.deliveries import deliver_due, wait_after
from apps.provenance.services.destinations import DeliveryError
from apps.provenance.services.sequencer import log_of

DONE, WAITING, FAILED = Delivery.State.DONE, Delivery.State.WAITING, Delivery.State.FAILED


class Place:
    """A destination that keeps what it gets, as long as it is well."""

    def __init__(self, label):
        self.label, self.kept, self.tries, self.is_well = label, [], 0, True

    def deliver(self, parcel):
        self.tries += 1
        if not self.is_well:
            raise DeliveryError("away.example did not answer in time.")
        self.kept.append((parcel.log, parcel.size, parcel.note))


@pytest.fixture
def places(monkeypatch):
    found = {"one": Place("one"), "two": Place("two")}
    monkeypatch.setattr(deliveries, "destinations", lambda: dict(found))
    return found


@pytest.fixture
def make(var, db, space, happen):
    """Return a new checkpoint of the space's log."""

    def checkpoint():
        happen(1)
        return checkpoint_now(log_of(space))

    return checkpoint


def pass_time(**by):
    for one in Delivery.objects.filter(state=WAITING):
        Delivery.objects.filter(pk=one.pk).update(due_at=one.due_at - timedelta(**by))


def at(label):
    return list(Delivery.objects.filter(destination=label).order_by("checkpoint_id"))


def test_a_checkpoint_goes_to_the_folder_by_default(make, var):
    made = make()
    assert deliver_due() == 1
    (path,) = (var / "checkpoints" / str(made.log.identity)).iterdir()
    assert path.read_text(encoding="utf-8") == made.note
    delivery = Delivery.objects.get(checkpoint=made)
    assert (delivery.state, delivery.attempts, delivery.error) == (DONE, 1, "")
    assert delivery.delivered_at is not None
    assert deliver_due() == 0


def test_a_destination_that_is_away_keeps_no_other_one_from_its_own(make, places):
    places["one"].is_well = False
    first, second = make(), make()
    assert deliver_due() == 2
    assert places["one"].tries == 1
    delivery, later = at("one")
    assert (delivery.state, delivery.attempts) == (WAITING, 1)
    assert delivery.error == "away.example did not answer in time."
    assert later.due_at == delivery.due_at > timezone.now()
    assert [size for _, size, _ in places["two"].kept] == [first.size, second.size]


def test_a_destination_that_comes_back_gets_all_that_waited(make, places):
    places["one"].is_well = False
    make()
    deliver_due()
    make()
    deliver_due()
    assert places["one"].tries == 1, "what comes later waits with the others"
    places["one"].is_well = True
    pass_time(seconds=31)
    deliver_due()
    assert {one.state for one in at("one")} == {DONE}
    assert places["one"].kept == places["two"].kept


def test_waits_grow_to_six_hours_and_a_checkpoint_is_given_up_in_the_end(make, places):
    places["one"].is_well = False
    make()
    for attempts in range(1, deliveries.MOST_ATTEMPTS + 1):
        begun = timezone.now()
        deliver_due()
        delivery = at("one")[0]
        assert delivery.attempts == attempts
        waits = delivery.due_at - begun
        assert wait_after(attempts) <= waits < wait_after(attempts) + timedelta(minutes=1)
        pass_time(hours=7)
    assert delivery.state == FAILED
    assert sum((wait_after(n) for n in range(1, 31)), timedelta()) > timedelta(days=4)
    assert (wait_after(1), wait_after(2)) == (timedelta(seconds=30), timedelta(minutes=1))
    assert wait_after(10_000) == timedelta(hours=6)


def test_a_destination_that_the_settings_name_no_longer_is_given_up(make, places):
    made = make()
    del places["two"]
    deliver_due()
    given_up = Delivery.objects.get(checkpoint=made, destination="two")
    assert (given_up.state, given_up.attempts) == (FAILED, 0)
    assert given_up.error == "The settings name this destination no longer."


def test_a_worker_that_was_killed_in_a_delivery_loses_it_after_a_while(make, places):
    make()
    assert deliveries._claim("one") is not None
    assert deliveries._claim("one") is None
    assert deliver_due() == 1
    pass_time(seconds=121)
    assert deliver_due() == 1
    assert [(one.state, one.attempts) for one in at("one")] == [(DONE, 2)]


def test_a_clock_that_was_set_back_holds_nothing_up(make, places):
    make()
    Delivery.objects.update(due_at=timezone.now() + timedelta(days=30))
    assert deliver_due() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_deliver_each_checkpoint_once(var, space, happen, places):
    for _ in range(3):
        happen(1)
        checkpoint_now(log_of(space))
    start = threading.Barrier(3)

    def work():
        start.wait(10)
        deliver_due()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    start.wait(10)
    for worker in workers:
        worker.join()
    deliver_due()
    for place in places.values():
        assert (
            len(place.kept)
            == len(set(place.kept))
            == Delivery.objects.filter(destination=place.label).count()
        )
    assert set(Delivery.objects.values_list("state", flat=True)) == {DONE}
