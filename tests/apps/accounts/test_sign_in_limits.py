"""How many guesses anybody gets, and that nobody's guesses keep somebody else out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts import hashing
from apps.accounts.addresses import client_address, network_of
from apps.accounts.hashing import GuardedPasswordHasher, Places
from apps.accounts.models import SignInTries, User
from memweb.busy import Busy
from memweb.settings import networks
from tests import factories
from tests.threads import at_once

URL = "/sign-in/"


def guess(client: Client, username: str = "bob", password: str = "wrong", **meta: str) -> int:
    return client.post(URL, {"username": username, "password": password}, **meta).status_code


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed."""
    seen: list[str] = []
    verify = MD5PasswordHasher.verify

    def counted(self: MD5PasswordHasher, password: str, encoded: str) -> bool:
        seen.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(MD5PasswordHasher, "verify", counted)
    return seen


@pytest.mark.django_db(transaction=True)
def test_it_runs_five_hashes_for_forty_guesses_at_once(
    hashes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_user("bob")
    now = timezone.now()
    monkeypatch.setattr("apps.accounts.services.timezone.now", lambda: now)
    statuses = Counter(at_once(*[partial(guess, Client()) for _ in range(40)]))
    assert statuses == {422: 5, 429: 35}
    assert len(hashes) == 5


def test_it_gives_an_address_thirty_guesses_over_all_names(client: Client, db: None) -> None:
    statuses = [guess(client, f"nobody{number}") for number in range(32)]
    assert statuses == [422] * 30 + [429] * 2
    assert guess(client, "nobody", REMOTE_ADDR="192.0.2.7") == 422


def test_it_slows_guesses_of_one_name_from_everywhere(client: Client, bob: User) -> None:
    for number in range(100):
        assert guess(client, REMOTE_ADDR=f"192.0.2.{number}") == 422
    assert guess(client, REMOTE_ADDR="192.0.2.200") == 429
    SignInTries.objects.update(last_at=timezone.now() - timedelta(seconds=61))
    assert guess(client, password="correct-horse", REMOTE_ADDR="192.0.2.200") == 302


def test_it_lets_the_owner_of_a_name_in_while_a_stranger_guesses_it(bob: User) -> None:
    own, stranger = Client(), Client()
    assert guess(own, password="correct-horse") == 302
    own.post("/sign-out/")
    while guess(stranger) != 429:
        pass
    assert guess(own, password="correct-horse") == 302


def test_it_makes_a_known_browser_wait_as_well(client: Client, bob: User) -> None:
    guess(client, password="correct-horse")
    client.post("/sign-out/")
    assert [guess(client) for _ in range(6)] == [422] * 5 + [429]


def test_it_knows_a_browser_for_the_names_alone_that_signed_in(
    client: Client, bob: User, alice: User
) -> None:
    guess(client, password="correct-horse")
    client.post("/sign-out/")
    guess(client, "alice")
    assert SignInTries.objects.filter(kind="pair", key__startswith="alice ").exists()


def test_it_takes_no_forged_mark_of_a_browser(client: Client, bob: User) -> None:
    client.cookies["known_device"] = "eyJhIjoiYiJ9:forged"
    guess(client)
    assert set(SignInTries.objects.values_list("kind", flat=True)) == {"pair", "name", "address"}


def test_it_keeps_an_addresss_count_when_one_of_its_names_signs_in(
    client: Client, bob: User
) -> None:
    for number in range(29):
        guess(client, f"nobody{number}")
    assert guess(client, password="correct-horse") == 302
    assert SignInTries.objects.get(kind="address").failures == 29


def test_it_forgets_failures_after_a_day(client: Client, bob: User) -> None:
    while guess(client) != 429:
        pass
    SignInTries.objects.update(last_at=timezone.now() - timedelta(days=1, minutes=1))
    assert guess(client) == 422
    assert set(SignInTries.objects.values_list("failures", flat=True)) == {1}


@pytest.mark.parametrize(("failures", "status"), [(1, 302), (5, 429)])
def test_it_makes_nobody_wait_for_a_clock(
    client: Client, bob: User, failures: int, status: int
) -> None:
    for _ in range(failures):
        guess(client)
    SignInTries.objects.update(last_at=timezone.now() + timedelta(days=300))
    response = client.post(URL, {"username": "bob", "password": "correct-horse"})
    assert response.status_code == status
    assert int(response.get("Retry-After", 0)) <= 1


@pytest.mark.django_db(transaction=True)
def test_it_lets_everybody_of_one_address_in_at_once() -> None:
    people = [f"person{number}" for number in range(12)]
    for name in people:
        factories.make_user(name)
    jobs = [partial(guess, Client(), name, "correct-horse") for name in people]
    assert at_once(*jobs) == [302] * 12


def test_it_counts_no_guess_that_was_not_checked(
    client: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: MD5PasswordHasher, password: str, encoded: str) -> bool:
        raise Busy("too many")

    with monkeypatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "verify", busy)
        assert [guess(client) for _ in range(8)] == [503] * 8
    assert guess(client, password="correct-horse") == 302


FORWARDED = [
    ("127.0.0.1", "", [], "127.0.0.1"),
    ("127.0.0.1", "192.0.2.1", [], "127.0.0.1"),
    ("127.0.0.1", "192.0.2.1", ["127.0.0.1"], "192.0.2.1"),
    # What the client wrote itself stands left of what the proxy added.
    ("127.0.0.1", "198.51.100.1, 192.0.2.1", ["127.0.0.1"], "192.0.2.1"),
    ("10.0.0.2", "198.51.100.1, 10.0.0.9", ["10.0.0.0/8"], "198.51.100.1"),
    ("192.0.2.9", "198.51.100.1", ["127.0.0.1"], "192.0.2.9"),
    ("127.0.0.1", "nonsense", ["127.0.0.1"], "0.0.0.0"),
    ("", "192.0.2.1", ["unix"], "192.0.2.1"),
    ("::1", "2001:db8::5", ["::1"], "2001:db8::5"),
    ("::ffff:127.0.0.1", "192.0.2.1", ["127.0.0.1"], "192.0.2.1"),
]


@pytest.mark.parametrize(("peer", "header", "trusted", "expected"), FORWARDED)
def test_it_believes_trusted_proxies_alone(
    peer: str,
    header: str,
    trusted: list[str],
    expected: str,
    settings: pytest.FixtureRequest,
    rf: RequestFactory,
) -> None:
    settings.TRUSTED_PROXIES = trusted  # type: ignore[attr-defined]
    headers = {"HTTP_X_FORWARDED_FOR": header} if header else {}
    assert client_address(rf.get("/", REMOTE_ADDR=peer, **headers)) == expected


def test_it_says_that_a_proxy_is_not_named(
    rf: RequestFactory, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        client_address(rf.get("/", REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR="192.0.2.1"))
    assert [record.getMessage() for record in caplog.records] == [
        "10.9.9.9 sends X-Forwarded-For and is not named in TRUSTED_PROXIES"
    ]


def test_it_refuses_a_setting_that_is_no_network() -> None:
    assert networks(["10.0.0.0/8", "unix"]) == ["10.0.0.0/8", "unix"]
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        networks(["proxy.example.org"])


def test_it_takes_a_line_of_ipv6_addresses_for_one_client() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2") == "2001:db8::/64"
    assert network_of("192.0.2.1") == "192.0.2.1"


def hold(places: Places, entered: list[int], most: list[int]) -> None:
    import time

    with places.take():
        entered.append(1)
        most.append(len(entered))
        time.sleep(0.05)
        entered.pop()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "seconds", "refused"), [(20, 10.0, 0), (2, 10.0, 4), (20, 0.0, 6)]
)
def test_it_hashes_a_few_passwords_at_a_time(line: int, seconds: float, refused: int) -> None:
    places = Places(2, line=line, seconds=seconds)
    entered: list[int] = []
    most: list[int] = []
    jobs: list[Callable[[], object]] = [partial(hold, places, entered, most) for _ in range(8)]
    results = at_once(*jobs)
    assert max(most) <= 2
    assert sum(isinstance(result, Busy) for result in results) == refused


def test_it_hashes_within_the_places_and_as_django_does(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # type: ignore[attr-defined]
    monkeypatch.setattr(GuardedPasswordHasher, "iterations", 1000)
    stored = GuardedPasswordHasher().encode("correct-horse", "salt")
    from django.contrib.auth.hashers import check_password

    assert check_password("correct-horse", stored)
    monkeypatch.setattr(hashing, "PLACES", Places(1, line=0))
    with hashing.PLACES.take(), pytest.raises(Busy):
        GuardedPasswordHasher().verify("correct-horse", stored)
