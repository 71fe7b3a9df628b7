from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from apps.accounts.models import User
from tests import factories


def test_it_offers_accounts_and_nothing_that_must_be_audited() -> None:
    assert set(admin.site._registry) == {User}


def test_it_lets_a_superuser_make_an_account(client: Client, db: None) -> None:
    client.force_login(factories.make_user("root", is_staff=True, is_superuser=True))
    data = {
        "username": "erin",
        "usable_password": "true",
        "password1": "a-long-pass-phrase",
        "password2": "a-long-pass-phrase",
    }
    response = client.post("/admin/accounts/user/add/", data)
    assert response.status_code == 302
    assert User.objects.get(username="erin").check_password("a-long-pass-phrase")


def test_it_is_closed_to_others(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/admin/accounts/user/").status_code == 302


def test_it_switches_accounts_off_and_deletes_none(client: Client, alice: User) -> None:
    client.force_login(factories.make_user("root", is_staff=True, is_superuser=True))
    response = client.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


BAD = [("p\u0430ypal", "scripts that look alike"), ("ro\u3164ot", "cannot be seen")]


@pytest.mark.parametrize(("name", "said"), BAD)
def test_it_makes_no_account_that_reads_as_anothers(
    client: Client, db: None, name: str, said: str
) -> None:
    client.force_login(factories.make_user("root", is_staff=True, is_superuser=True))
    password = "a-long-pass-phrase"
    data = {"username": name, "usable_password": "true"}
    data |= {"password1": password, "password2": password}
    response = client.post("/admin/accounts/user/add/", data)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("field", ["username", "first_name", "last_name"])
@pytest.mark.parametrize(("name", "said"), BAD)
def test_it_gives_no_account_such_a_name(
    client: Client, alice: User, field: str, name: str, said: str
) -> None:
    client.force_login(factories.make_user("root", is_staff=True, is_superuser=True))
    url = f"/admin/accounts/user/{alice.pk}/change/"
    data = {"username": "alice", "is_active": "on"}
    data |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    response = client.post(url, data | {field: name})
    assert response.status_code == 200
    assert said in response.content.decode()
    assert client.post(url, data | {"first_name": "Алиса"}).status_code == 302


def test_it_switches_off_an_account_with_a_bad_name_of_before(client: Client, db: None) -> None:
    client.force_login(factories.make_user("root", is_staff=True, is_superuser=True))
    old = factories.make_user("p\u0430ypal")
    data = {"username": old.username, "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    assert client.post(f"/admin/accounts/user/{old.pk}/change/", data).status_code == 302
    old.refresh_from_db()
    assert not old.is_active
