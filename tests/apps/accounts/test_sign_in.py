from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import SignInTries, Space, User
from tests import factories

URL = "/sign-in/"


def test_it_signs_in_and_goes_to_the_only_space(client: Client, space: Space, bob: User) -> None:
    response = client.post(URL, {"username": "bob", "password": "correct-horse"})
    assert response.status_code == 302
    response = client.get(response["Location"])
    assert response["Location"] == reverse("dashboard:space", args=["atlas"])


def test_it_refuses_a_wrong_password(client: Client, bob: User) -> None:
    response = client.post(URL, {"username": "bob", "password": "wrong"})
    assert response.status_code == 422
    assert "do not belong together" in response.content.decode()


def test_it_makes_repeated_failures_wait(client: Client, bob: User) -> None:
    for _ in range(6):
        client.post(URL, {"username": "bob", "password": "wrong"})
    response = client.post(URL, {"username": "BOB", "password": "correct-horse"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many failed tries" in response.content.decode()
    SignInTries.objects.update(last_at=timezone.now() - timedelta(minutes=20))
    response = client.post(URL, {"username": "bob", "password": "correct-horse"})
    assert response.status_code == 302
    assert not SignInTries.objects.exclude(kind="address").exists()


def test_it_counts_nothing_as_a_success_that_was_no_try(client: Client, bob: User) -> None:
    for _ in range(5):
        client.post(URL, {"username": "bob", "password": "wrong"})
    client.post(URL, {"username": "bob", "password": ""})
    assert client.post(URL, {"username": "bob", "password": "wrong"}).status_code == 429


def test_it_does_not_redirect_to_another_site(client: Client, bob: User) -> None:
    data = {"username": "bob", "password": "correct-horse", "next": "https://evil.example/"}
    assert "evil" not in client.post(URL, data)["Location"]


def test_it_survives_a_name_with_a_nul(client: Client, db: None) -> None:
    assert client.post(URL, {"username": "b\x00b", "password": "x"}).status_code == 422


def test_it_signs_out_by_post_only(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").status_code == 302


def test_it_lists_several_spaces(client: Client, space: Space, bob: User) -> None:
    factories.grant(factories.make_space("second"), bob, "asker")
    client.force_login(bob)
    page = client.get("/").content.decode()
    assert "Atlas" in page
    assert "Second" in page


@pytest.mark.parametrize("name", ["Bob", "BOB"])
def test_it_refuses_two_accounts_that_differ_in_case(bob: User, name: str) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        factories.make_user(name)


def test_it_is_the_admin_sites_door_too(client: Client, alice: User) -> None:
    factories.make_user("root", is_staff=True, is_superuser=True)
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/sign-in/?next=/admin/"
    data = {"username": "root", "password": "correct-horse", "next": "/admin/"}
    assert client.post(URL, data)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.post("/admin/login/", data).status_code == 405
    client.force_login(alice)
    assert client.get("/admin/", follow=True).status_code == 403


def test_it_survives_an_address_that_is_none(client: Client, db: None) -> None:
    data = {"username": "bob", "password": "wrong"}
    assert client.post(URL, data, REMOTE_ADDR="unknown").status_code == 422
    assert SignInTries.objects.get(kind="address").key == "0.0.0.0"


def test_it_does_not_go_round_in_circles(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert client.get(f"{URL}?next={URL}")["Location"] == "/"
