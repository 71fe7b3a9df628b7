from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from tests import factories

Open = Callable[[User], Client]


def test_it_sends_visitors_to_sign_in(client: Client, space: Space) -> None:
    response = client.get("/s/atlas/")
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", ["", "settings/", "audit/", "settings/grant/"])
def test_it_hides_the_space_from_outsiders(
    space: Space, mallory: User, sign_in: Open, path: str
) -> None:
    client = sign_in(mallory)
    assert client.get(f"/s/atlas/{path}").status_code in (404, 405)
    assert client.post(f"/s/atlas/{path}").status_code in (404, 405)
    assert client.get("/s/no-such-space/").status_code == 404


def test_it_refuses_members_without_the_role(
    space: Space, carol: User, bob: User, dave: User, sign_in: Open
) -> None:
    assert sign_in(carol).get("/s/atlas/audit/").status_code == 403
    assert sign_in(bob).get("/s/atlas/settings/").status_code == 403
    assert sign_in(bob).post("/s/atlas/settings/grant/", {}).status_code == 403
    assert sign_in(dave).get("/s/atlas/audit/").status_code == 200


def test_it_locks_out_a_switched_off_account(space: Space, bob: User, sign_in: Open) -> None:
    client = sign_in(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert client.get("/s/atlas/").status_code == 302


def test_it_forgets_a_role_at_once(space: Space, bob: User, sign_in: Open) -> None:
    client = sign_in(bob)
    assert client.get("/s/atlas/").status_code == 200
    space.memberships.filter(user=bob).delete()
    assert client.get("/s/atlas/").status_code == 404
    factories.grant(space, bob, "asker")
    assert client.get("/s/atlas/").status_code == 200
