"""Tokens: who makes them, what they open, and that they are nowhere to be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import AccessToken, Role, Space, User
from apps.accounts.tokens import TokenNotMade, token_make, token_revoke
from apps.audit.models import Event
from tests import factories

ME = "/api/v1/me"


def call(token: str, address: str = ME):
    return Client().get(address, headers={"authorization": f"Bearer {token}"})


def test_it_opens_what_the_person_may(space: Space, bob: User) -> None:
    _, text = token_make(user=bob, name="nightly import")
    answer = call(text)
    assert answer.status_code == 200
    said = answer.json()
    assert said["username"] == "bob"
    assert said["spaces"] == [{"slug": "atlas", "name": "Atlas", "roles": ["reviewer"]}]


def test_it_is_kept_as_a_hash_alone(bob: User) -> None:
    row, text = token_make(user=bob, name="x")
    assert text.startswith("memweb_")
    assert text not in str(AccessToken.objects.filter(pk=row.pk).values().get())
    assert text not in str(list(Event.objects.values()))


def test_it_ends(bob: User) -> None:
    row, text = token_make(user=bob, name="x", days=1)
    assert call(text).status_code == 200
    AccessToken.objects.filter(pk=row.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    refused = call(text)
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Bearer"
    assert refused["Content-Type"] == "application/problem+json"
    assert AccessToken.objects.filter(pk=row.pk).exists()  # what it did stands in the log


def test_it_can_be_revoked(bob: User) -> None:
    row, text = token_make(user=bob, name="x")
    assert token_revoke(token=row, actor=bob)
    assert not token_revoke(token=row, actor=bob)
    assert call(text).status_code == 401
    assert Event.objects.filter(action="token.revoked", actor=bob).count() == 1


def test_it_falls_with_its_person(bob: User) -> None:
    _, text = token_make(user=bob, name="x")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert call(text).status_code == 401


@pytest.mark.parametrize("sent", ["", "memweb_", "x" * 5000, "memweb_ä", "a b", "\x7f"])
def test_it_refuses_what_is_no_token(db: None, sent: str) -> None:
    assert call(sent).status_code == 401


def test_it_opens_one_space_alone(space: Space, alice: User) -> None:
    factories.grant(factories.make_space("other"), alice, Role.OWNER)
    _, text = token_make(user=alice, name="x", space=space)
    assert call(text, "/api/v1/spaces/atlas").status_code == 200
    assert call(text, "/api/v1/spaces/other").status_code == 404
    assert [one["slug"] for one in call(text, "/api/v1/spaces").json()["items"]] == ["atlas"]


def test_it_has_no_roles_beyond_its_own(space: Space, alice: User) -> None:
    factories.grant(space, alice, Role.ASKER)
    _, text = token_make(user=alice, name="x", space=space, roles=[Role.ASKER])
    assert call(text).json()["spaces"][0]["roles"] == ["asker"]
    assert call(text, "/api/v1/spaces/atlas/members").status_code == 403


def test_it_loses_a_role_with_its_person(space: Space, bob: User) -> None:
    _, text = token_make(user=bob, name="x", space=space, roles=[Role.REVIEWER])
    bob.memberships.all().delete()
    assert call(text, "/api/v1/spaces/atlas").status_code == 404


def test_it_is_not_made_with_more_than_its_person_has(space: Space, bob: User, mallory: User):
    for given in (
        {"user": bob, "space": space, "roles": [Role.OWNER]},
        {"user": mallory, "space": space},
        {"user": bob, "days": 0},
        {"user": bob, "days": 400},
        {"user": bob, "roles": ["king"]},
        {"user": bob, "name": " "},
    ):
        with pytest.raises(TokenNotMade):
            token_make(**{"name": "x", **given})
    assert not AccessToken.objects.exists()


def test_the_account_page_shows_it_once(space: Space, bob: User, sign_in) -> None:
    client = sign_in(bob)
    made = client.post("/account/tokens/", {"name": "import", "space": "atlas", "days": "7"})
    assert made.status_code == 201
    text = made.context["text"]
    assert text in made.content.decode()
    page = client.get("/account/").content.decode()
    assert "import" in page
    assert text not in page
    row = AccessToken.objects.get()
    assert row.space == space
    client.post(f"/account/tokens/{row.pk}/end/")
    assert call(text).status_code == 401


def test_the_account_page_says_what_is_wrong(space: Space, bob: User, sign_in) -> None:
    client = sign_in(bob)
    for form in ({"days": "7"}, {"name": "x", "days": "9999"}, {"name": "x", "days": "7",
                 "space": "atlas", "roles": "owner"}):  # fmt: skip
        assert client.post("/account/tokens/", form).status_code == 422
    assert not AccessToken.objects.exists()


def test_nobody_revokes_the_tokens_of_others(alice: User, bob: User, sign_in) -> None:
    row, text = token_make(user=bob, name="x")
    assert sign_in(alice).post(f"/account/tokens/{row.pk}/end/").status_code == 404
    assert call(text).status_code == 200


def test_it_notes_its_last_use_once_a_minute(bob: User, django_assert_num_queries) -> None:
    row, text = token_make(user=bob, name="x")
    call(text)
    first = AccessToken.objects.get(pk=row.pk).last_used_at
    assert first is not None
    call(text)
    assert AccessToken.objects.get(pk=row.pk).last_used_at == first
