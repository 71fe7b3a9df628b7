"""Refused accesses of a space, and the site's own log for those who run it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.services import record
from tests import factories

Open = Callable[[User], Client]


@pytest.fixture
def refused(space: Space, bob: User, mallory: User) -> None:
    with transaction.atomic():
        for person, path in ((bob, "/s/atlas/settings/"), (bob, "/s/atlas/audit/"),
                             (mallory, "/s/atlas/")):  # fmt: skip
            record(
                space=space, actor=person, action="access.refused",
                payload={"path": path, "method": "GET", "status": 403, "needed": ["owner"]},
            )  # fmt: skip
        record(space=space, actor=bob, action="space.changed", payload=_changed())
        elsewhere = Space.objects.get(slug="elsewhere")
        record(
            space=elsewhere, actor=bob, action="access.refused",
            payload={"path": "/s/elsewhere/x/", "method": "GET", "status": 404, "needed": []},
        )  # fmt: skip


def _changed() -> dict[str, object]:
    return factories.recorded("space.changed")


@pytest.fixture
def site(alice: User, bob: User) -> Event:
    alice.is_staff = True
    alice.save()
    with transaction.atomic():
        record(
            space=None, actor=bob, action="sign_in.succeeded",
            payload={"address": "10.0.0.7", "browser": "Firefox"},
        )  # fmt: skip
        record(space=None, actor=bob, action="session.left")
        return record_failed()


def record_failed() -> Event:
    record(
        space=None, actor=None, actor_label="sign-in", action="sign_in.failed",
        payload={"name": "root<b>", "address": "10.0.0.8", "browser": "curl"},
    )  # fmt: skip
    return Event.objects.latest("pk")


def test_it_shows_who_was_refused_what(
    refused: None, space: Space, bob: User, dave: User, sign_in: Open
) -> None:
    page = sign_in(dave).get("/s/atlas/audit/refusals/")
    text = page.content.decode()
    assert "was refused /s/atlas/settings/: this needs the role owner" in text
    assert "/s/elsewhere/x/" not in text
    assert text.count("timeline__marker--bad") == 3
    assert "changed the space" not in text
    assert [(one["actor_label"], one["times"]) for one in page.context["people"]] == [
        ("bob", 2), ("mallory", 1),
    ]  # fmt: skip
    only = sign_in(dave).get(f"/s/atlas/audit/refusals/?actor={bob.pk}")
    assert "mallory" not in only.content.decode().split("By person")[1]
    none = sign_in(dave).get("/s/atlas/audit/refusals/?until=2001-01-01").content.decode()
    assert "Nothing was refused" in none


@pytest.mark.parametrize(
    ("query", "field"),
    [("actor=x", "Who"), ("since=x", "From"), ("since=2026-02-02&until=2026-01-01", "To")],
)
def test_it_names_the_filter_that_makes_no_sense(
    refused: None, dave: User, sign_in: Open, query: str, field: str
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/refusals/?{query}")
    assert page.status_code == 422
    assert f">{field}: " in page.content.decode()


def test_only_owners_and_auditors_see_refusals(
    refused: None, alice: User, bob: User, carol: User, mallory: User, sign_in: Open
) -> None:
    codes = [
        sign_in(one).get("/s/atlas/audit/refusals/").status_code
        for one in (alice, bob, carol, mallory)
    ]
    assert codes == [200, 403, 403, 404]


def test_staff_read_the_sites_own_log(
    site: Event, alice: User, space: Space, sign_in: Open
) -> None:
    with transaction.atomic():
        record(space=space, actor=alice, action="space.changed", payload=_changed())
    alices = sign_in(alice)
    text = alices.get("/site-log/").content.decode()
    assert "bob</strong> signed in from 10.0.0.7" in text
    assert "tried to sign in as “root&lt;b&gt;” from 10.0.0.8 and failed" in text
    assert "changed the space" not in text
    event = alices.get(f"/site-log/events/{site.pk}/").content.decode()
    assert "tried to sign in as" in event
    part = alices.get("/site-log/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("kind=sign_in", {"sign_in.succeeded", "sign_in.failed"}),
        ("kind=session", {"session.left"}),
        ("q=10.0.0.8", {"sign_in.failed"}),
        ("until=2001-01-01", set()),
    ],
)
def test_it_filters_the_sites_log(
    site: Event, alice: User, sign_in: Open, query: str, actions: set[str]
) -> None:
    page = sign_in(alice).get(f"/site-log/?{query}").context["page"]
    assert {one.action for one in page.object_list if one.pk <= site.pk} == actions


@pytest.mark.parametrize("query", ["kind=else", "actor=0", "since=x", "q=%00"])
def test_it_refuses_filters_of_the_sites_log(
    site: Event, alice: User, sign_in: Open, query: str
) -> None:
    assert sign_in(alice).get(f"/site-log/?{query}").status_code == 422


def test_nobody_else_sees_the_sites_log(
    site: Event, space: Space, alice: User, bob: User, sign_in: Open
) -> None:
    for address in ("/site-log/", f"/site-log/events/{site.pk}/"):
        assert sign_in(bob).get(address).status_code == 403
        assert Client().get(address).status_code == 302
    with transaction.atomic():
        record(space=space, actor=alice, action="space.changed", payload=_changed())
    in_space = Event.objects.filter(space=space).latest("pk")
    assert sign_in(alice).get(f"/site-log/events/{in_space.pk}/").status_code == 404
    assert sign_in(alice).get(f"/s/atlas/audit/events/{site.pk}/").status_code == 404
