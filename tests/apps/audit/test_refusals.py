"""What people are refused stands in the log, and nobody can flood it with that."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.actions import sentence_of
from apps.audit.models import Event
from apps.audit.refusals import LONGEST_PATH, LOOKED_AT, MOST, refusal_record
from apps.audit.services import record
from tests import factories
from tests.threads import at_once


def refused(space: Space | None = None, **given: object) -> list[Event]:
    events = Event.objects.filter(action="access.refused", space=space, **given)
    return list(events.order_by("pk"))


def test_it_tells_of_a_role_that_lacks(space: Space, carol: User, sign_in) -> None:
    answer = sign_in(carol).get("/s/atlas/settings/?secret=1")
    assert answer.status_code == 403
    (event,) = refused(space)
    assert event.actor == carol
    assert event.payload == {
        "path": "/s/atlas/settings/", "method": "GET", "status": 403, "needed": ["owner"],
    }  # fmt: skip
    assert event.request == answer["X-Request-ID"]
    assert sentence_of(event.action, event.payload) == (
        "was refused /s/atlas/settings/: this needs the role owner"
    )


def test_it_tells_a_space_of_an_outsider(space: Space, mallory: User, sign_in) -> None:
    client = sign_in(mallory)
    assert client.get("/s/atlas/memory/").status_code == 404
    (event,) = refused(space)
    assert (event.actor, event.payload["status"], event.payload["needed"]) == (mallory, 404, [])


def test_it_tells_of_nothing_that_nobody_was_refused(
    space: Space, mallory: User, alice: User, client: Client, sign_in
) -> None:
    assert sign_in(mallory).get("/s/nowhere/").status_code == 404
    assert sign_in(alice).get(reverse("facts:triple", args=["atlas", 999])).status_code == 404
    assert sign_in(alice).get("/no/such/page/").status_code == 404
    assert client.get("/s/atlas/").status_code == 302
    assert not Event.objects.filter(action="access.refused").exists()


def test_it_tells_the_site_of_what_belongs_to_no_space(alice: User, sign_in) -> None:
    assert sign_in(alice).get("/admin/login/").status_code == 403
    (event,) = refused(None)
    assert (event.actor, event.payload["path"]) == (alice, "/admin/login/")


def test_it_tells_of_a_form_without_its_token(space: Space, alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/s/atlas/settings/", {"name": "x"}).status_code == 403
    assert [event.payload["path"] for event in refused(None)] == ["/s/atlas/settings/"]


def test_it_tells_once_a_minute_of_the_same(space: Space, carol: User, bob: User, sign_in) -> None:
    client = sign_in(carol)
    for _ in range(3):
        client.get("/s/atlas/settings/")
        client.post("/s/atlas/settings/")
    assert len(refused(space)) == 1
    sign_in(bob).get("/s/atlas/settings/")
    assert len(refused(space)) == 2


def test_it_tells_again_a_minute_later(space: Space, carol: User, monkeypatch) -> None:
    tell = partial(refusal_record, actor=carol, space=space, path="/x/", method="GET", status=403)
    assert tell() is not None
    assert tell() is None
    now = timezone.now()
    monkeypatch.setattr("apps.audit.refusals.timezone.now", lambda: now + timedelta(seconds=61))
    assert tell() is not None


def test_it_takes_no_more_of_one_person_however_many_addresses(
    space: Space, mallory: User, sign_in
) -> None:
    client = sign_in(mallory)
    for number in range(MOST + 15):
        assert client.get(reverse("facts:triple", args=["atlas", number])).status_code == 404
    assert len(refused(space)) == MOST


def test_it_takes_no_more_of_one_person_over_many_spaces(mallory: User, sign_in) -> None:
    client = sign_in(mallory)
    for number in range(MOST + 5):
        factories.make_space(f"space-{number}")
        assert client.get(f"/s/space-{number}/").status_code == 404
    assert Event.objects.filter(action="access.refused").count() == MOST


def test_it_looks_at_few_events_of_somebody_who_does_much(
    space: Space, carol: User, django_assert_num_queries
) -> None:
    with transaction.atomic():
        for _ in range(LOOKED_AT + 5):
            payload = factories.recorded("question.retried")
            record(space=space, actor=carol, action="question.retried", payload=payload)
    given = {"space": space, "path": "/x/", "method": "GET", "status": 403}
    with django_assert_num_queries(5):  # a savepoint, its end, the lock, the newest, the event
        assert refusal_record(actor=carol, **given) is not None


def test_it_cuts_a_long_address(space: Space, carol: User) -> None:
    given = {"space": space, "method": "GET", "status": 403}
    assert refusal_record(actor=carol, path="/" + "x" * 5000, **given) is not None
    assert refusal_record(actor=carol, path="/" + "x" * 6000, **given) is None
    assert len(refused(space)[0].payload["path"]) == LONGEST_PATH


@pytest.mark.django_db(transaction=True)
def test_it_tells_once_of_twenty_refusals_at_once() -> None:
    space, carol = factories.make_space("atlas"), factories.make_user("carol")
    tell = partial(refusal_record, actor=carol, space=space, path="/x/", method="GET", status=403)
    at_once(*[tell] * 20)
    assert len(refused(space)) == 1
