"""Webhooks by programs: made, changed, tested and looked at; their secrets are kept nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.api.models import KeptAnswer
from apps.audit.models import Event
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services import secret_of
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas/webhooks"
DESK = {"name": "Desk", "address": "https://desk.example/hooks?k=s3cret", "kinds": ["run.finished"]}


@pytest.fixture
def owner(alice: User, space: Space, program: Program) -> Client:
    return program(alice)


def make(client: Client, **given: Any) -> Any:
    return send(client, AT, DESK, **given)


def test_a_webhook_is_made_once_and_its_secret_kept_nowhere(owner: Client, alice: User) -> None:
    made = make(owner, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    row, secret = Endpoint.objects.get(), made.json()["secret"]
    assert (made["Location"], secret) == (f"{AT}/{row.pk}", secret_of(row.salt))
    assert secret not in json.dumps(KeptAnswer.objects.get().body)
    again = make(owner, Idempotency_Key="one")
    assert (again["Idempotent-Replayed"], again.json()) == ("true", made.json())
    assert [one.actor for one in Event.objects.filter(action="webhook.made")] == [alice]
    shown = owner.get(f"{AT}/{row.pk}").json()
    assert "secret" not in shown
    assert (shown["standing"], shown["kinds"]) == ("on", ["run.finished"])
    send(owner, f"{AT}/{row.pk}/secret", {})
    assert make(owner, Idempotency_Key="one").json()["secret"] is None


def test_a_new_secret_is_shown_once_and_told_again(owner: Client) -> None:
    row = make(owner).json()["webhook"]
    given = {"Idempotency_Key": "new"}
    first = send(owner, f"{AT}/{row['id']}/secret", {}, **given).json()
    assert first["secret"] == secret_of(Endpoint.objects.get().salt)
    assert first["webhook"]["old_secret_until"]
    assert send(owner, f"{AT}/{row['id']}/secret", {}, **given).json() == first


def test_it_is_changed_in_the_version_that_was_read(owner: Client) -> None:
    at = f"{AT}/{make(owner).json()['webhook']['id']}"
    etag = owner.get(at)["ETag"]
    body = {"name": "Hall", "is_on": False}
    done = send(owner, at, body, "patch", If_Match=etag)
    assert (done.status_code, done.json()["name"], done.json()["is_on"]) == (200, "Hall", False)
    assert done.json()["address"] == DESK["address"]
    assert send(owner, at, {"name": "Attic"}, "patch", If_Match=etag).status_code == 412
    assert owner.delete(at).status_code == 204
    assert owner.get(at).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"address": "ftp://desk.example"}, 422),
        ({"address": "https://user:word@desk.example/"}, 422),
        ({"kinds": []}, 400),
        ({"kinds": ["all.of.it"]}, 400),
        ({"secret": "mine"}, 400),
        ({"name": " "}, 400),
    ],
)
def test_what_cannot_be_is_refused(owner: Client, change: dict[str, Any], status: int) -> None:
    answer = send(owner, AT, DESK | change)
    assert answer.status_code == status, answer.content
    assert not Endpoint.objects.exists()


def test_a_name_stands_for_one(owner: Client) -> None:
    make(owner)
    assert make(owner).status_code == 422
    assert Endpoint.objects.count() == 1


def test_a_test_is_sent_and_sent_again(owner: Client) -> None:
    at = f"{AT}/{make(owner).json()['webhook']['id']}"
    sent = send(owner, f"{at}/test", {})
    assert (sent.status_code, sent.json()["kind"], sent.json()["state"]) == (202, "test", "queued")
    row = Delivery.objects.get()
    assert sent["Location"] == f"{at}/messages/{row.pk}"
    assert (sent.json()["body"], sent.json()["attempts"]) == (row.body, [])
    [listed] = owner.get(f"{at}/messages?state=queued").json()["items"]
    assert (listed["id"], listed["message"]) == (row.pk, row.message_id)
    assert owner.get(f"{at}/messages?state=failed").json()["items"] == []
    Delivery.objects.update(state="failed", error="it hangs", finished_at="2026-01-01T00:00:00Z")
    row.tried.create(status=500, answer="no", seconds=0.1)
    shown = owner.get(f"{at}/messages/{row.pk}").json()
    assert [one["status"] for one in shown["attempts"]] == [500]
    again = send(owner, f"{at}/messages/{row.pk}/again", {})
    assert (again.status_code, again.json()["state"]) == (202, "queued")


def test_nothing_is_sent_while_it_is_off(owner: Client) -> None:
    at = f"{AT}/{make(owner).json()['webhook']['id']}"
    send(owner, at, {"is_on": False}, "patch")
    answer = send(owner, f"{at}/test", {})
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert not Delivery.objects.exists()


def test_owners_alone_may(space: Space, bob: User, program: Program, owner: Client) -> None:
    at = f"{AT}/{make(owner).json()['webhook']['id']}"
    client = program(bob)
    for answer in (client.get(AT), make(client), client.get(at), send(client, f"{at}/test", {})):
        assert answer.status_code == 403
