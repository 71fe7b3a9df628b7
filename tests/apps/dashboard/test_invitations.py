"""Owners invite people by a link that works once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Invitation, Role, Space, User
from apps.audit.models import Event
from apps.dashboard.invitations import (
    InvitationOver,
    invitation_accept,
    invitation_create,
    invitation_revoke,
)
from tests import factories
from tests.threads import at_once

Open = Callable[[User], Client]
INVITE = "/s/atlas/settings/invite/"
ACCOUNT = {"username": "erin", "password1": "a-long-pass-phrase", "password2": "a-long-pass-phrase"}


def invited(client: Client, **given: object) -> str:
    """Invite somebody and return the path of the link."""
    data = {"label": "Erin", "roles": ["asker", "reviewer"], **given}
    page = client.post(INVITE, data).content.decode()
    found = re.search(r'value="http://testserver(/invitation/[^"]+/)"', page)
    assert found, page
    return found[1]


@pytest.fixture
def link(space: Space, alice: User, sign_in: Open) -> str:
    return invited(sign_in(alice))


def test_it_makes_an_account_and_signs_it_in(link: str, space: Space) -> None:
    client = Client()
    page = client.get(link).content.decode()
    assert "Join Atlas" in page
    assert "alice invites you as asker and reviewer" in page
    response = client.post(link, ACCOUNT)
    assert response["Location"] == "/s/atlas/"
    assert client.get("/s/atlas/").status_code == 200
    erin = User.objects.get(username="erin")
    assert set(space.memberships.filter(user=erin).values_list("role", flat=True)) == {
        "asker",
        "reviewer",
    }
    assert erin.check_password("a-long-pass-phrase")
    assert not erin.is_staff
    assert erin.sessions.get().user == erin


def test_it_takes_who_is_signed_in(link: str, space: Space, mallory: User, sign_in: Open) -> None:
    client = sign_in(mallory)
    assert "Join as mallory" in client.get(link).content.decode()
    assert not space.memberships.filter(user=mallory).exists()
    assert client.post(link)["Location"] == "/s/atlas/"
    assert space.memberships.filter(user=mallory).count() == 2
    assert User.objects.filter(username="erin").count() == 0


def test_it_leads_through_the_sign_in(link: str, mallory: User) -> None:
    client = Client()
    assert f'href="/sign-in/?next={link}"' in client.get(link).content.decode()
    data = {"username": "mallory", "password": "correct-horse", "next": link}
    assert client.post("/sign-in/", data)["Location"] == link


def test_it_works_once(link: str, mallory: User, sign_in: Open) -> None:
    assert Client().post(link, ACCOUNT).status_code == 302
    for client in (Client(), sign_in(mallory)):
        assert client.get(link).status_code == 410
        again = client.post(link, ACCOUNT | {"username": "frank"})
        assert again.status_code == 410
    assert "opens nothing" in again.content.decode()
    assert not User.objects.filter(username="frank").exists()


@pytest.mark.parametrize("how", ["expired", "revoked", "owner left", "owner switched off"])
def test_it_opens_nothing_when_it_is_over(
    how: str, link: str, space: Space, alice: User, bob: User
) -> None:
    invitation = Invitation.objects.get()
    if how == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "revoked":
        assert invitation_revoke(invitation=invitation, actor=alice)
        assert not invitation_revoke(invitation=invitation, actor=alice)
    elif how == "owner left":
        space.memberships.filter(user=alice).delete()
    else:
        User.objects.filter(pk=alice.pk).update(is_active=False)
    assert Client().get(link).status_code == 410
    assert Client().post(link, ACCOUNT).status_code == 410
    assert not User.objects.filter(username="erin").exists()


@pytest.mark.parametrize("token", ["x", "0" * 64, "a\x00b", "é" * 50, "x" * 3000])
def test_it_opens_nothing_for_a_guess(db: None, token: str) -> None:
    assert Client().get(f"/invitation/{token}/").status_code == 410


def test_it_keeps_the_token_as_a_hash_alone(link: str) -> None:
    token = link.split("/")[2]
    row = Invitation.objects.values().get()
    assert token not in str(row)
    assert not Event.objects.filter(payload__icontains=token).exists()
    assert len(token) >= 43


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"username": "Alice"}, "already exists"),
        ({"username": "er in"}, "valid username"),
        ({"username": "er\u200bin"}, "cannot be seen"),
        ({"username": "\u0430lice"}, "letters of different scripts"),
        ({"username": "x" * 151}, "150"),
        ({"password2": "another"}, "match"),
        ({"password1": "erin", "password2": "erin"}, "too short"),
    ],
)
def test_it_says_what_is_wrong_with_a_new_account(
    given: dict[str, str], words: str, link: str
) -> None:
    response = Client().post(link, ACCOUNT | given)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Client().post(link, ACCOUNT).status_code == 302  # it is not used up


def test_it_makes_one_invitation_of_a_form_that_is_sent_twice(
    space: Space, alice: User, sign_in: Open
) -> None:
    client = sign_in(alice)
    first, second = (invited(client, once="the-value") for _ in range(2))
    assert first == second
    assert Invitation.objects.count() == 1
    assert invited(client, once="the-value", label="Frank") != first
    assert invited(client) != invited(client)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"label": "Erin"},
        {"label": "", "roles": "asker"},
        {"label": "E", "roles": "god"},
        {"label": "\u200b\u2060", "roles": "asker"},
    ],
)
def test_it_refuses_an_invitation_to_nothing(
    data: dict[str, str], space: Space, alice: User, sign_in: Open
) -> None:
    assert sign_in(alice).post(INVITE, data).status_code == 422
    assert not Invitation.objects.exists()


def test_it_keeps_nothing_invisible_in_who_is_invited(
    space: Space, alice: User, sign_in: Open
) -> None:
    invited(sign_in(alice), label="Er\u202ein\u200b")
    assert Invitation.objects.get().label == "Erin"


def test_it_lists_open_invitations_and_takes_them_back(
    link: str, space: Space, alice: User, bob: User, sign_in: Open
) -> None:
    client, pk = sign_in(alice), Invitation.objects.get().pk
    assert "Take back the invitation for Erin" in client.get("/s/atlas/settings/").content.decode()
    url = f"/s/atlas/settings/invitations/{pk}/end/"
    assert sign_in(bob).post(url).status_code == 403
    assert client.post(url).status_code == 302
    assert "Open invitations" not in client.get("/s/atlas/settings/").content.decode()
    assert client.post(url, follow=True).status_code == 200


def test_it_keeps_the_invitations_of_other_spaces_apart(
    link: str, mallory: User, sign_in: Open
) -> None:
    pk = Invitation.objects.get().pk
    url = f"/s/elsewhere/settings/invitations/{pk}/end/"
    assert sign_in(mallory).post(url).status_code == 404


@pytest.mark.parametrize("name", ["bob", "carol", "dave", "mallory"])
def test_it_lets_owners_alone_invite(name: str, space: Space, mallory: User, sign_in: Open) -> None:
    client = sign_in(User.objects.get(username=name))
    response = client.post(INVITE, {"label": "E", "roles": "owner"})
    assert response.status_code in (403, 404)
    assert not Invitation.objects.exists()


def test_it_does_not_use_up_what_gives_nothing_new(
    space: Space, alice: User, carol: User, sign_in: Open
) -> None:
    link = invited(sign_in(alice), roles=["asker"])
    assert "in this space already" in sign_in(carol).get(link).content.decode()


def test_it_leads_from_an_unknown_name_to_an_invitation(
    space: Space, alice: User, sign_in: Open
) -> None:
    data = {"username": "erin@example.org", "role": "auditor"}
    page = sign_in(alice).post("/s/atlas/settings/grant/", data).content.decode()
    assert "Invite this person by a link" in page
    assert re.search(r'name="label" value="erin@example.org"', page)
    assert re.search(r'value="auditor"[^>]*checked', page)


def test_it_shows_each_person_once_and_asks_before_a_role_goes(
    space: Space, alice: User, bob: User, sign_in: Open
) -> None:
    factories.grant(space, bob, Role.ASKER)
    page = sign_in(alice).get("/s/atlas/settings/").content.decode()
    people = page[page.index('id="people-heading"') :]
    assert people.count('<th scope="row" data-label="Person">bob') == 1
    assert "bob is no reviewer any more" in people
    assert "carol leaves the space with this role" in people


def test_it_records_what_happened(link: str, space: Space, alice: User) -> None:
    Client().post(link, ACCOUNT)
    events = list(Event.objects.filter(space=space).order_by("pk").values_list("action", flat=True))
    assert events == [
        "invitation.created",
        "invitation.accepted",
        "membership.granted",
        "membership.granted",
    ]
    accepted = Event.objects.get(action="invitation.accepted")
    assert accepted.actor is not None
    assert accepted.actor.username == "erin"
    assert accepted.payload == {"for": "Erin", "roles": ["asker", "reviewer"]}


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_many_in_who_open_it_at_once() -> None:
    owner, space = factories.make_user("alice"), factories.make_space("atlas")
    factories.grant(space, owner, Role.OWNER)
    invitation_create(space=space, actor=owner, token="t", label="Erin", roles=["asker"])
    people = [factories.make_user(f"person{number}") for number in range(6)]
    results = at_once(*[partial(invitation_accept, token="t", user=one) for one in people])
    assert sum(isinstance(result, InvitationOver) for result in results) == 5
    assert space.memberships.filter(role="asker").count() == 1
