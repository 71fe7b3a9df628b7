"""Single sign-on: what comes back and proves nothing, and a provider in trouble."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from apps.accounts import oidc, sign_on_views
from apps.accounts.hashing import Places
from apps.accounts.models import SignInTries, User
from apps.audit.models import Event
from memweb.settings import check_single_sign_on
from tests.apps.accounts.leaving import DOOR, leave, sign_on
from tests.apps.accounts.provider import CLIENT, Provider

Claims = dict[str, Any]


def told() -> list[tuple[str, str]]:
    rows = Event.objects.order_by("pk").values_list("action", "payload")
    return [(action, payload.get("why", "")) for action, payload in rows]


SPOILT: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "nonce": (lambda one: {**one, "nonce": "other"}, "the token is not of this sign-in"),
    "no nonce": (lambda one: _without(one, "nonce"), "the token is not of this sign-in"),
    "issuer": (lambda one: {**one, "iss": "https://evil.example"}, "InvalidIssuerError"),
    "expired": (lambda one: {**one, "exp": one["iat"] - 120}, "ExpiredSignatureError"),
    "to come": (lambda one: {**one, "iat": one["iat"] + 500}, "ImmatureSignatureError"),
    "no end": (lambda one: _without(one, "exp"), "MissingRequiredClaimError"),
    "for another": (lambda one: {**one, "aud": "another"}, "InvalidAudienceError"),
    "for two": (lambda one: {**one, "aud": [CLIENT, "two"]}, "the token is for another program"),
    "by another": (lambda one: {**one, "azp": "two"}, "the token is for another program"),
    "nobody": (lambda one: {**one, "sub": ""}, "the token is about nobody"),
}


def _without(claims: Claims, name: str) -> Claims:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize("case", SPOILT)
def test_a_token_that_is_not_good_lets_nobody_in(
    client: Client, provider: Provider, case: str
) -> None:
    provider.spoil, why = SPOILT[case]
    response = sign_on(client)
    assert response.status_code == 403
    assert "Corp could not say who you are" in response.content.decode()
    ((action, said),) = told()
    assert action == "sign_in.failed"
    assert why in said
    assert not User.objects.exists()
    assert SignInTries.objects.get().failures == 1


def test_a_token_with_another_signature_lets_nobody_in(client: Client, provider: Provider) -> None:
    provider.signs_with = 2
    assert sign_on(client).status_code == 403
    assert told() == [("sign_in.failed", "the token is not good: InvalidSignatureError")]
    provider.kid = "unknown"
    assert sign_on(client).status_code == 403
    assert told()[1] == ("sign_in.failed", "no key of the provider signed the token")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_the_providers_signature_lets_nobody_in(
    client: Client, provider: Provider, monkeypatch, algorithm: str
) -> None:
    claims = {**provider.claims, "iss": provider.issuer, "aud": CLIENT, "exp": 2**32, "iat": 1}
    secret = "" if algorithm == "none" else "x" * 40
    token = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": "one"})
    monkeypatch.setattr(provider, "_token", lambda *given: {"id_token": token})
    assert sign_on(client).status_code == 403
    assert told() == [("sign_in.failed", "the token is not signed as it has to be")]


def test_another_state_or_none_lets_nobody_in(client: Client, provider: Provider) -> None:
    back = leave(client)
    forged = f"{DOOR}back/?code=abc&state=other"
    for address, who in ((forged, client), (f"{DOOR}back/", client), (back, Client())):
        response = who.get(address)
        assert response.status_code == 400
        assert "begun elsewhere" in response.content.decode()
    assert "token" not in provider.asked
    assert told() == []
    assert client.get(back).status_code == 302  # one's own is not used up by that


def test_a_way_back_leads_back_once(client: Client, provider: Provider) -> None:
    back = leave(client)
    cookie = client.cookies["sign_on"].value
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400
    again = Client()
    again.cookies["sign_on"] = cookie  # who kept all of it is refused by the provider
    assert again.get(back).status_code == 403
    assert told()[-1] == ("sign_in.failed", "the code was used before, or is too old")


def test_a_code_of_another_browser_opens_nothing(client: Client, provider: Provider) -> None:
    code = urlsplit(leave(Client())).query.partition("code=")[2].partition("&")[0]
    own = leave(client)
    taken = own.replace(own.partition("code=")[2].partition("&")[0], code)
    assert client.get(taken).status_code == 403  # PKCE: it was not this browser that left


def test_an_answer_of_another_issuer_lets_nobody_in(client: Client, provider: Provider) -> None:
    assert client.get(f"{leave(client)}&iss=https://evil.example").status_code == 403
    assert "token" not in provider.asked


def test_who_cancels_is_told_so(client: Client, provider: Provider) -> None:
    provider.error = "access_denied"
    response = sign_on(client, next="/account/")
    assert "it was cancelled" in response.content.decode()
    assert response.context["next"] == "/account/"
    provider.error = "server_error"
    assert sign_on(client).status_code == 503
    assert told() == []


def test_a_provider_that_is_down_is_no_fault_of_people(client: Client, provider: Provider) -> None:
    back = leave(client)
    provider.close()
    response = client.get(back)
    assert response.status_code == 503
    assert "Corp cannot be reached just now" in response.content.decode()
    assert told() == []
    assert SignInTries.objects.get().failures == 0
    oidc._providers.clear()
    assert client.get(DOOR).status_code == 503
    assert client.get("/sign-in/").status_code == 200


def test_a_slow_provider_is_not_waited_for(client: Client, provider: Provider, monkeypatch) -> None:
    monkeypatch.setattr(oidc, "WITHIN_SECONDS", 0.2)
    provider.wait = 1.0
    assert client.get(DOOR).status_code == 503
    assert client.get(DOOR).status_code == 503
    assert provider.asked == ["openid-configuration"]  # the second time, nobody asks


def test_only_a_few_wait_at_a_time(client: Client, provider: Provider, monkeypatch) -> None:
    full = Places(1, line=0)
    monkeypatch.setattr(sign_on_views, "PLACES", full)
    back = leave(client)
    with full.take():
        assert client.get(back).status_code == 503
    assert SignInTries.objects.get().failures == 0


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
def test_it_believes_only_its_own_provider(
    client: Client, provider: Provider, about: dict[str, Any]
) -> None:
    provider.about = about
    assert client.get(DOOR).status_code == 503


@pytest.mark.parametrize("raw", [b"<html>", b"[]", b"[" * 100_000, b'"' + b"x" * 300_000 + b'"'])
def test_it_takes_no_answer_that_none_gives(client: Client, provider: Provider, raw: bytes) -> None:
    provider.raw = raw
    assert client.get(DOOR).status_code == 503


def test_it_follows_no_redirect_with_a_code(client: Client, provider: Provider) -> None:
    back = leave(client)
    provider.redirects = f"{provider.issuer}/keys"
    assert client.get(back).status_code == 503
    assert "keys" not in provider.asked


def test_failures_make_an_address_wait(client: Client, provider: Provider) -> None:
    back = leave(client)
    provider.spoil = lambda claims: {**claims, "nonce": "other"}
    assert client.get(back).status_code == 403
    SignInTries.objects.update(failures=40)
    response = sign_on(client)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_no_log_holds_a_code_or_a_secret(
    client: Client, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = [leave(client)]
    assert client.get(given[0]).status_code == 302
    provider.spoil = lambda claims: {**claims, "nonce": "other"}
    given += [leave(Client()), leave(other := Client())]
    other.get(given[2])
    Client().get(given[1])
    provider.redirects = "/"
    last = Client()
    given.append(f"{DOOR}back/?code=kept&state=x")
    last.get(given[3])
    events = str(list(Event.objects.values_list("payload", flat=True)))
    for address in given:
        code = address.partition("code=")[2].partition("&")[0]
        assert code not in caplog.text.replace("'kept'", "")
        assert code not in events
    assert "s3cret" not in caplog.text + events
    assert "opaque" not in caplog.text + events


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("http://id.example", "a", "b"), "https"),
        (("ftp://id.example", "a", "b"), "address"),
        (("https://id.example/?a=b", "a", "b"), "address"),
        (("https://id.example", "", "b"), "OIDC_CLIENT_ID"),
        (("https://id.example", "a", ""), "OIDC_CLIENT_SECRET"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(given: tuple[str, str, str], said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        check_single_sign_on(*given)
    check_single_sign_on("http://127.0.0.1:5000", "a", "b")
    check_single_sign_on("", "", "")
