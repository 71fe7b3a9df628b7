"""Single sign-on at a provider on this machine: who gets in, and as whom."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import oidc
from apps.accounts.models import Identity, Space, User
from apps.audit.models import Event
from tests.apps.accounts.leaving import DOOR, actions, sign_on
from tests.apps.accounts.provider import Provider, shown


def test_it_is_nowhere_without_a_provider(client: Client, db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        page = client.get("/sign-in/")
    assert b"Sign in with" not in page.content
    assert client.get(DOOR).status_code == client.get(f"{DOOR}back/").status_code == 404


def test_the_page_shows_the_other_door(client: Client, provider: Provider) -> None:
    page = client.get("/sign-in/", {"next": "/s/atlas/ask/?q=a&b=c"}).content.decode()
    assert 'href="/sign-in/with/?next=%2Fs%2Fatlas%2Fask%2F%3Fq%3Da%26b%3Dc"' in page
    assert "Sign in with Corp" in page
    assert provider.asked == []


def test_somebody_new_gets_an_account_without_a_space(
    client: Client, provider: Provider, space: Space
) -> None:
    before = client.cookies.get("sessionid")
    response = sign_on(client)
    assert response.status_code == 302
    assert response["Location"] == "/"
    erin = User.objects.get(username="erin")
    assert (erin.get_full_name(), erin.email) == ("Erin Mills", "erin@example.org")
    assert not erin.has_usable_password()
    assert not erin.memberships.exists()
    assert not erin.is_staff
    assert not erin.is_superuser
    assert client.session["_auth_user_id"] == str(erin.pk)
    assert client.cookies["sessionid"] != before
    assert actions()[-2:] == ["person.created", "sign_in.succeeded"]
    last = Event.objects.order_by("pk").last()
    assert last is not None
    assert last.payload["by"] == "Corp"
    assert client.get("/s/atlas/").status_code == 404
    assert "without a password" in client.get("/account/").content.decode()


def test_they_come_back_as_themselves_whatever_they_are_called(provider: Provider) -> None:
    sign_on(Client())
    provider.claims |= {"preferred_username": "mills", "email": "mills@example.org"}
    sign_on(Client())
    assert User.objects.get().username == "erin"
    assert actions().count("sign_in.succeeded") == 2


def test_signing_out_ends_the_session(client: Client, provider: Provider) -> None:
    sign_on(client)
    assert client.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert actions()[-1] == "session.left"


def test_an_invitation_is_still_the_way_in(client: Client, provider: Provider) -> None:
    assert sign_on(client, next="/invitation/abc/")["Location"] == "/invitation/abc/"


@pytest.mark.parametrize(
    "onwards", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", DOOR]
)
def test_it_leads_to_no_other_site(client: Client, provider: Provider, onwards: str) -> None:
    assert sign_on(client, next=onwards)["Location"] == "/"


def test_nobody_becomes_who_has_their_name(client: Client, provider: Provider, alice: User) -> None:
    provider.claims |= {"preferred_username": "ALICE", "email": "alice@example.org"}
    sign_on(client)
    assert client.session["_auth_user_id"] != str(alice.pk)
    assert User.objects.get(identities__subject="248289").username == "ALICE-2"


def test_an_account_is_joined_by_a_confirmed_address_where_that_is_on(
    client: Client, provider: Provider, alice: User, settings
) -> None:
    settings.OIDC_LINK_BY_MAIL = True
    provider.claims |= {"email": "Alice@Example.org"}
    sign_on(client)
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert actions()[-2:] == ["person.linked", "sign_in.succeeded"]
    # The address goes to another person, whom the provider gives another number.
    provider.claims |= {"sub": "7"}
    other = Client()
    sign_on(other)
    assert other.session["_auth_user_id"] != str(alice.pk)


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes"])
def test_an_unconfirmed_address_joins_nothing(
    client: Client, provider: Provider, alice: User, settings, verified: object
) -> None:
    settings.OIDC_LINK_BY_MAIL = True
    provider.claims |= {"email": "alice@example.org", "email_verified": verified}
    if verified is None:
        del provider.claims["email_verified"]
    sign_on(client)
    assert client.session["_auth_user_id"] != str(alice.pk)
    assert not alice.identities.exists()
    assert User.objects.get(identities__subject="248289").email == ""


def test_an_address_of_two_accounts_joins_neither(
    client: Client, provider: Provider, alice: User, bob: User, settings
) -> None:
    settings.OIDC_LINK_BY_MAIL = True
    User.objects.update(email="both@example.org")
    provider.claims |= {"email": "both@example.org"}
    response = sign_on(client)
    assert response.status_code == 403
    assert "Several accounts have your mail address" in response.content.decode()
    assert not Identity.objects.exists()


def test_an_address_that_only_looks_alike_joins_nothing(
    client: Client, provider: Provider, settings
) -> None:
    settings.OIDC_LINK_BY_MAIL = True
    kim = User.objects.create_user("kim", "kim@example.org", "correct-horse")
    provider.claims |= {"email": "\u212aim@example.org"}  # the sign for kelvin
    sign_on(client)
    assert not kim.identities.exists()


def test_who_is_switched_off_stays_out(client: Client, provider: Provider) -> None:
    sign_on(Client())
    User.objects.update(is_active=False)
    response = sign_on(client)
    assert response.status_code == 403
    assert "This account is switched off." in response.content.decode()
    assert "_auth_user_id" not in client.session
    last = Event.objects.order_by("pk").last()
    assert last is not None
    assert last.action == "sign_in.failed"
    assert last.payload["why"] == "this account is switched off"
    # Nor do they come in as somebody new with the address that is theirs.
    provider.claims |= {"sub": "another"}
    assert sign_on(client).status_code == 403
    assert User.objects.count() == 1


def test_only_certain_domains_may_be_let_in(client: Client, provider: Provider, settings) -> None:
    settings.OIDC_MAIL_DOMAINS = ["corp.example"]
    response = sign_on(client)
    assert response.status_code == 403
    assert "mail address of certain domains" in response.content.decode()
    last = Event.objects.order_by("pk").last()
    assert last is not None
    assert (last.action, last.payload["name"]) == ("sign_in.failed", "erin@example.org")
    provider.claims |= {"email": "erin@corp.example", "email_verified": False}
    assert sign_on(client).status_code == 403
    assert not User.objects.exists()
    provider.claims |= {"email_verified": True}
    assert sign_on(client).status_code == 302


def test_it_asks_who_it_is_where_the_token_does_not_say(client: Client, provider: Provider) -> None:
    provider.info = dict(provider.claims)
    provider.claims = {"sub": "248289", "email_verified": True}
    provider.info["email_verified"] = False
    sign_on(client)
    assert User.objects.get().username == "erin"
    assert User.objects.get().email == ""  # each address with its own mark
    provider.info["sub"] = "7"
    assert sign_on(Client()).status_code == 403


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "", "email": "zo\u00eb.b@example.org"}, "zo\u00eb.b"),
        ({"preferred_username": "erin mills!", "given_name": "E\u200brin"}, "erinmills"),
        ({"preferred_username": "\u0430lice", "email": "1@example.org"}, "1"),  # a Cyrillic a
        ({"preferred_username": 7, "email": None}, "person"),
    ],
)
def test_a_name_is_made_of_what_can_be_read(
    client: Client, provider: Provider, claims: dict, name: str
) -> None:
    provider.claims |= claims
    assert sign_on(client).status_code == 302
    assert User.objects.get().username == name
    assert User.objects.get().first_name in ("Erin", "")


def test_a_secret_may_go_in_the_form(client: Client, provider: Provider) -> None:
    provider.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_on(client).status_code == 302


def test_it_asks_a_provider_for_itself_once(provider: Provider) -> None:
    sign_on(Client())
    sign_on(Client())
    assert provider.asked.count("openid-configuration") == provider.asked.count("keys") == 1


def test_new_keys_of_the_provider_are_asked_for(provider: Provider, monkeypatch) -> None:
    sign_on(Client())
    monkeypatch.setattr(oidc, "PAUSE_SECONDS", 0.0)
    provider.shows, provider.signs_with, provider.kid = [shown(2, "two")], 2, "two"
    assert sign_on(Client()).status_code == 302


def test_who_is_signed_in_already_does_not_leave(
    client: Client, provider: Provider, alice: User
) -> None:
    client.force_login(alice)
    assert client.get(DOOR)["Location"] == reverse("accounts:home")
    assert provider.asked == []


def test_it_leaves_with_proof_that_it_was_this_browser(client: Client, provider: Provider) -> None:
    query = parse_qs(urlsplit(client.get(DOOR)["Location"]).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    cookie = client.cookies["sign_on"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", DOOR, 600)
