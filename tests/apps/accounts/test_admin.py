from __future__ import annotations

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
