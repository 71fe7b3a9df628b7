"""The pages of webhooks, and the events of what is done there."""

from __future__ import annotations

import re
import zipfile

import pytest
from django.db import transaction

from apps.audit.models import Event
from apps.provenance.services.also_kept import Gone, erase_above
from apps.provenance.services.person_data import person_export
from apps.webhooks.models import Attempt, Delivery, Endpoint, Feed
from apps.webhooks.services import (
    KINDS,
    EndpointRefused,
    deliveries_run,
    endpoint_make,
    follow,
    secret_of,
)
from apps.webhooks.services import endpoints as own

LIST = "/s/atlas/settings/webhooks/"


@pytest.fixture
def owner(space, alice, sign_in):
    return sign_in(alice)


def sent(**more):
    given = {"name": "Desk", "address": "https://example.org/hooks?key=s3cret"}
    return given | {"kinds": ["fact.accepted", "run.finished"]} | more


def test_an_owner_makes_one_and_sees_its_secret_once(owner):
    page = owner.post(LIST, sent(once="abc"))
    endpoint = Endpoint.objects.get()
    assert secret_of(endpoint.salt) in page.content.decode()
    assert endpoint.site == "http://testserver"
    again = owner.post(LIST, sent(once="abc"))
    assert secret_of(endpoint.salt) in again.content.decode()
    assert Endpoint.objects.count() == 1
    for address in (LIST, f"{LIST}{endpoint.pk}/"):
        assert secret_of(endpoint.salt) not in owner.get(address).content.decode()
    event = Event.objects.get(action="webhook.made")
    assert event.payload == {
        "endpoint": endpoint.pk, "name": "Desk", "host": "example.org",
        "kinds": ["fact.accepted", "run.finished"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "\u200b"}, "Write a name"),
        ({"name": "x" * 81}, "at most 80"),
        ({"address": "https://10.0.0.1/"}, "inside of a private network"),
        ({"address": "http://example.org/"}, "must begin with https"),
        ({"address": "https://example.org/" + "x" * 500}, "at most 500"),
        ({"kinds": []}, "Choose at least one event"),
        ({"kinds": ["fact.invented"]}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(owner, given, says):
    page = owner.post(LIST, sent(**given))
    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Endpoint.objects.exists()


def test_names_are_taken_once_and_there_is_a_limit(owner, space, alice, monkeypatch):
    owner.post(LIST, sent())
    page = owner.post(LIST, sent())
    assert page.status_code == 422
    assert "of that name already" in page.content.decode()
    monkeypatch.setattr(own, "MOST", 1)
    assert "at most 1 webhooks" in owner.post(LIST, sent(name="Two")).content.decode()
    with pytest.raises(EndpointRefused, match="no event 'x'"):
        endpoint_make(
            space=space, actor=alice, name="Three", address="https://example.org/", kinds=["x"],
            site="x",
        )  # fmt: skip


def test_it_is_changed_with_an_event_that_holds_no_secret_path(owner):
    owner.post(LIST, sent())
    endpoint = Endpoint.objects.get()
    page = f"{LIST}{endpoint.pk}/"
    assert owner.post(page, sent(address="http://[::1]/")).status_code == 422
    assert owner.post(page, sent()).status_code == 302
    assert not Event.objects.filter(action="webhook.changed").exists()
    owner.post(page, sent(name="Post", address="https://other.example/x?key=s3cret"))
    event = Event.objects.get(action="webhook.changed")
    assert event.payload["changed"] == {
        "name": ["Desk", "Post"], "host": ["example.org", "other.example"],
    }  # fmt: skip
    assert "s3cret" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_its_secret_is_changed_and_shown_once(owner):
    owner.post(LIST, sent())
    old = Endpoint.objects.get()
    page = owner.post(f"{LIST}{old.pk}/secret/").content.decode()
    new = Endpoint.objects.get()
    assert secret_of(new.salt) in page
    assert secret_of(old.salt) not in page
    assert (new.old_salt, bool(new.old_until)) == (old.salt, True)


def test_the_log_of_messages_shows_what_was_sent_and_answered(owner, receiver, make, happen):
    receiver.answer = (500, b"<script>alert(1)</script>", {})
    endpoint = make(receiver)
    happen()
    follow()
    deliveries_run()
    one = Delivery.objects.get()
    page = owner.get(f"{LIST}{endpoint.pk}/").content.decode()
    assert "answered 500." in page
    assert "next try" in page
    assert "Nothing was sent" not in page
    assert (
        "No message is like that" in owner.get(f"{LIST}{endpoint.pk}/?state=done").content.decode()
    )
    assert owner.get(f"{LIST}{endpoint.pk}/?state=nonsense&page=x").status_code == 200
    page = owner.get(f"{LIST}{endpoint.pk}/messages/{one.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert one.message_id in page
    assert "run.finished" in page
    part = owner.get(f"{LIST}{endpoint.pk}/messages/{one.pk}/", headers={"HX-Request": "true"})
    assert "<h1>" not in part.content.decode()


def test_a_test_and_a_replay_are_sent_from_the_pages(owner, receiver, make):
    endpoint = make(receiver)
    page = owner.post(f"{LIST}{endpoint.pk}/test/")
    one = Delivery.objects.get()
    assert page.url == f"{LIST}{endpoint.pk}/messages/{one.pk}/"
    assert "It waits for a worker" in owner.get(page.url).content.decode()
    deliveries_run()
    assert "Send it again" in owner.get(page.url).content.decode()
    owner.post(f"{page.url}again/")
    deliveries_run()
    assert len(receiver.got) == 2
    assert Attempt.objects.count() == 2


def test_it_is_switched_and_removed(owner, receiver, make, happen):
    endpoint = make(receiver)
    happen()
    follow()
    owner.post(f"{LIST}{endpoint.pk}/off/")
    assert Delivery.objects.get().state == "cancelled"
    assert "switched off" in owner.post(f"{LIST}{endpoint.pk}/test/", follow=True).content.decode()
    owner.post(f"{LIST}{endpoint.pk}/on/")
    assert Endpoint.objects.get().is_on
    owner.post(f"{LIST}{endpoint.pk}/remove/")
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()
    assert Feed.objects.exists()
    told = Event.objects.filter(action__startswith="webhook.").order_by("pk")
    assert [event.action for event in told] == [
        "webhook.made", "webhook.switched_off", "webhook.switched_on", "webhook.removed",
    ]  # fmt: skip


def test_nobody_but_owners_and_nobody_of_another_space_gets_there(
    space, bob, dave, mallory, sign_in, owner, make, receiver
):
    endpoint = make(receiver)
    for person, status in ((bob, 403), (dave, 403), (mallory, 404)):
        assert sign_in(person).get(LIST).status_code == status
    other = f"/s/elsewhere/settings/webhooks/{endpoint.pk}/"
    assert sign_in(mallory).get(other).status_code == 404
    assert sign_in(mallory).post(f"{other}remove/").status_code == 404
    assert Endpoint.objects.exists()
    assert "Webhooks" in owner.get("/s/atlas/settings/").content.decode()


def test_an_erasure_of_a_person_takes_what_they_made(space, alice, bob, receiver, make, happen):
    make(receiver)
    happen()
    follow()

    with transaction.atomic():
        erase_above(Gone("person 7", [space.pk], people=[bob.pk], actor=bob))
        assert Endpoint.objects.exists()
        erase_above(Gone(f"person {alice.pk}", [space.pk], people=[alice.pk], actor=bob))
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()
    event = Event.objects.get(action="webhook.removed")
    assert event.payload["because"] == f"person {alice.pk}"
    assert "Desk" not in str(event.payload)
    assert "127.0.0.1" not in str(event.payload)


def test_a_person_gets_what_they_made(alice, receiver, make, tmp_path):

    make(receiver, kinds=list(KINDS)[:1])
    with (tmp_path / "copy.zip").open("wb") as out:
        person_export(person=alice, actor=alice, out=out)
    with zipfile.ZipFile(tmp_path / "copy.zip") as made:
        data = made.read("data.json").decode()
    assert re.search(r'"webhooks": \[\s*\{"id": \d+, "name": "Desk"', data)
