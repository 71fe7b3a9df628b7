from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.dashboard.services import LastOwner, role_revoke, space_create

Open = Callable[[User], Client]


def test_it_opens_a_space_with_relations_and_roles(alice: User) -> None:
    made = space_create(actor=alice, name="Ferry Lines")
    assert made.slug == "ferry-lines"
    assert made.relations.count() == 95
    assert set(made.memberships.values_list("role", flat=True)) == {"owner", "reviewer", "asker"}
    assert Event.objects.filter(space=made, action="space.created").count() == 1


def test_it_finds_a_free_address(alice: User) -> None:
    assert space_create(actor=alice, name="Ferry").slug == "ferry"
    assert space_create(actor=alice, name="Ferry").slug == "ferry-2"


def test_it_says_when_a_name_gives_no_address(alice: User, sign_in: Open) -> None:
    response = sign_in(alice).post("/new/", {"name": "日本"})
    assert response.status_code == 422
    assert "Latin letter" in response.content.decode()
    assert not Space.objects.filter(name="日本").exists()


@pytest.mark.parametrize("address", ["/new/", "/s/atlas/settings/"])
def test_it_takes_no_name_that_nobody_sees(
    address: str, space: Space, alice: User, sign_in: Open
) -> None:
    response = sign_in(alice).post(address, {"name": "\u200b\u2060"})
    assert response.status_code == 422
    assert "can be seen" in response.content.decode()
    assert Space.objects.get().name == "Atlas"


def test_it_grants_and_revokes_roles(
    space: Space, alice: User, mallory: User, sign_in: Open
) -> None:
    client = sign_in(alice)
    client.post("/s/atlas/settings/grant/", {"username": "Mallory", "role": "asker"})
    assert space.memberships.filter(user=mallory, role="asker").exists()
    client.post("/s/atlas/settings/revoke/", {"user": mallory.pk, "role": "asker"})
    assert not space.memberships.filter(user=mallory).exists()
    actions = Event.objects.filter(space=space).values_list("action", flat=True)
    assert set(actions) == {"membership.granted", "membership.revoked"}


def test_it_refuses_an_unknown_name(space: Space, alice: User, sign_in: Open) -> None:
    response = sign_in(alice).post(
        "/s/atlas/settings/grant/", {"username": "nobody", "role": "asker"}
    )
    assert response.status_code == 422
    assert "no account of that name" in response.content.decode()


def test_it_keeps_the_last_owner(space: Space, alice: User, sign_in: Open) -> None:
    with pytest.raises(LastOwner):
        role_revoke(space=space, actor=alice, user=alice, role="owner")
    sign_in(alice).post("/s/atlas/settings/revoke/", {"user": alice.pk, "role": "owner"})
    assert space.memberships.filter(user=alice, role="owner").exists()


def test_it_records_what_was_changed(space: Space, alice: User, sign_in: Open) -> None:
    data = {"name": "Atlas of Ferries", "description": "", "self_review": "on"}
    assert sign_in(alice).post("/s/atlas/settings/", data).status_code == 302
    space.refresh_from_db()
    assert space.self_review
    payload = Event.objects.get(action="space.changed").payload
    assert payload["before"]["name"] == "Atlas"
    assert payload["after"]["name"] == "Atlas of Ferries"


def test_it_leads_from_every_page_to_a_new_space(space: Space, bob: User, sign_in: Open) -> None:
    client = sign_in(bob)
    page = client.get("/", follow=True).content.decode()  # straight to the only space
    assert 'href="/new/"' in page
    assert 'href="/?all"' in page
    assert 'href="/new/"' in client.get("/?all").content.decode()


def test_it_says_its_own_version_under_a_form_that_has_one(
    space: Space, alice: User, sign_in: Open, settings: pytest.FixtureRequest
) -> None:
    page = sign_in(alice).get("/s/atlas/settings/").content.decode()
    assert f"memweb {settings.VERSION}</footer>" in page  # type: ignore[attr-defined]
