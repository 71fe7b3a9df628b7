"""The site's log is told of sign-ins, good and bad, and of every change of an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import SignInTries, User
from apps.accounts.services import TOLD_EVERY
from apps.audit.actions import sentence_of
from apps.audit.models import Event, RowChange
from tests import factories

GOOD, BAD = "correct-horse", "hush-this-is-secret"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused try waits for a second, and on a busy machine the next tries take longer."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


def guess(client: Client, name: str = "bob", password: str = BAD, **meta: Any) -> int:
    form = {"username": name, "password": password}
    return client.post("/sign-in/", form, headers={"User-Agent": BROWSER}, **meta).status_code


def told(prefix: str) -> list[Event]:
    """The events of the site's log of that kind, oldest first."""
    return list(Event.objects.filter(space=None, action__startswith=prefix).order_by("pk"))


@pytest.fixture(autouse=True)
def nothing_secret(db: None) -> Iterator[None]:
    yield
    kept = str(list(Event.objects.values())) + str(list(RowChange.objects.values()))
    assert BAD not in kept
    assert GOOD not in kept


def test_it_tells_of_a_sign_in_and_out(client: Client, bob: User) -> None:
    assert guess(client, password=GOOD) == 302
    client.post("/sign-out/")
    came, left = told("s")
    assert (came.action, came.actor, left.action, left.actor) == (
        "sign_in.succeeded", bob, "session.left", bob,
    )  # fmt: skip
    assert came.payload == {"address": "127.0.0.1", "browser": "Firefox on Linux"}
    assert sentence_of(came.action, came.payload) == "signed in from 127.0.0.1"
    assert len(came.request) == 32
    client.post("/sign-out/")  # of nobody
    assert len(told("s")) == 2


@pytest.mark.parametrize(("name", "known"), [("Bob", True), ("nobody", False)])
def test_it_tells_of_a_failed_sign_in(client: Client, bob: User, name: str, known: bool) -> None:
    assert guess(client, name) == 422
    (event,) = told("sign_in")
    assert (event.action, event.actor, event.actor_label) == ("sign_in.failed", None, "somebody")
    assert event.payload["name"] == name
    assert event.subject_id == (bob.pk if known else None)


def test_it_tells_nothing_of_a_form_that_is_not_filled_in(client: Client) -> None:
    assert guess(client, "", "") == 422
    assert not told("sign_in")


def test_it_tells_of_an_account_that_is_switched_off(client: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert guess(client, password=GOOD) == 422
    assert [event.action for event in told("sign_in")] == ["sign_in.failed"]


def test_it_counts_refused_tries_in_one_event_per_quarter_of_an_hour(
    client: Client, bob: User
) -> None:
    assert [guess(client) for _ in range(45)] == [422] * 5 + [429] * 40
    failed, (throttled,) = told("sign_in.failed"), told("sign_in.throttled")
    assert len(failed) == 5
    assert throttled.payload == {
        "kind": "a name at an address", "refused": 1, "name": "bob", "address": "127.0.0.1",
    }  # fmt: skip
    later = timezone.now() - TOLD_EVERY
    SignInTries.objects.filter(refused__gt=0).update(told_at=later)
    assert guess(client) == 429
    assert [event.payload["refused"] for event in told("sign_in.throttled")] == [1, 40]


def test_it_loses_no_refused_try_when_its_count_is_forgotten(client: Client, bob: User) -> None:
    for _ in range(5 + 3):
        guess(client)
    SignInTries.objects.update(last_at=timezone.now() - timedelta(hours=1))
    assert guess(client, password=GOOD) == 302
    assert [event.payload["refused"] for event in told("sign_in.throttled")] == [1, 2]
    for _ in range(8):
        guess(Client(), "carol", REMOTE_ADDR="192.0.2.9")
    SignInTries.objects.update(last_at=timezone.now() - timedelta(days=2))
    assert guess(Client(), password=GOOD) == 302
    assert [event.payload["refused"] for event in told("sign_in.throttled")] == [1, 2, 1, 2]


def test_it_does_not_fill_the_log_by_a_flood_from_one_address(client: Client) -> None:
    statuses = [guess(client, f"name{number}") for number in range(80)]
    assert statuses.count(429) == 50
    assert len(told("sign_in.failed")) == 30
    assert [event.payload for event in told("sign_in.throttled")] == [
        {"kind": "an address", "refused": 1, "address": "127.0.0.1"}
    ]


def test_it_tells_of_a_changed_password_and_of_sessions_that_end(bob: User) -> None:
    own, other = Client(), Client()
    for client in (own, other):
        assert guess(client, password=GOOD) == 302
    form = {"old_password": BAD, "new_password1": "a-long-pass-phrase"}
    form["new_password2"] = form["new_password1"]
    assert own.post("/account/password/", form).status_code == 422
    assert own.post("/account/password/", form | {"old_password": GOOD}).status_code == 302
    wrong, changed = told("person")
    assert (wrong.action, wrong.actor) == ("person.password_wrong", bob)
    assert (changed.action, changed.actor) == ("person.password_changed", bob)
    (ended,) = told("session.ended")
    assert (ended.actor, ended.payload) == (bob, {"sessions": 1})
    own.post("/account/sessions/end/")  # there is no other
    assert len(told("session.ended")) == 1


def superuser() -> tuple[Client, User]:
    client, root = Client(), factories.make_user("root", is_staff=True, is_superuser=True)
    client.force_login(root)
    return client, root


def test_it_tells_of_an_account_made_in_the_admin_site() -> None:
    client, root = superuser()
    password = "a-long-pass-phrase"
    form = {"username": "erin", "usable_password": "true", "password1": password}
    assert (
        client.post("/admin/accounts/user/add/", form | {"password2": password}).status_code == 302
    )
    (event,) = told("person")
    erin = User.objects.get(username="erin")
    assert (event.actor, event.subject_id) == (root, erin.pk)
    assert event.payload == {
        "username": "erin", "how": "the admin site", "staff": False, "superuser": False,
    }  # fmt: skip


def test_it_tells_what_the_admin_site_changes(alice: User) -> None:
    client, root = superuser()
    url = f"/admin/accounts/user/{alice.pk}/change/"
    form = {"username": "alice", "email": alice.email, "is_active": "on"}
    joined = timezone.localtime(alice.date_joined)
    right = Permission.objects.earliest("pk")
    form |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S.%f}"}
    steps: list[dict[str, str]] = [
        form,
        form | {"first_name": "Ada", "is_staff": "on", "user_permissions": str(right.pk)},
        {key: value for key, value in form.items() if key != "is_active"},
        form,
    ]
    for step in steps:
        assert client.post(url, step).status_code == 302
    first, off, on = told("person")
    assert {event.actor for event in (first, off, on)} == {root}
    assert first.action == "person.changed"
    rights = first.payload["changed"].pop("user_permissions")
    assert (rights[0], len(rights[1])) == ([], 1)
    assert first.payload["changed"] == {"first_name": ["", "Ada"], "is_staff": [False, True]}
    assert off.action == "person.switched_off"
    assert off.payload["changed"]["is_active"] == [True, False]
    assert (on.action, on.payload["changed"]) == (
        "person.switched_on", {"is_active": [False, True]},
    )  # fmt: skip


def test_it_tells_of_a_password_given_in_the_admin_site(alice: User) -> None:
    client, root = superuser()
    url = f"/admin/accounts/user/{alice.pk}/password/"
    assert client.get(url).status_code == 200
    wrong = {"usable_password": "true", "password1": "a-long-pass-phrase", "password2": "another"}
    assert client.post(url, wrong).status_code == 200
    assert not told("person")
    good = wrong | {"password2": wrong["password1"], "set-password": "set"}
    assert client.post(url, good).status_code == 302
    (event,) = told("person")
    assert (event.action, event.actor, event.subject_id) == (
        "person.password_changed", root, alice.pk,
    )  # fmt: skip
    assert client.get("/admin/accounts/user/999/password/").status_code == 404


def test_it_tells_of_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", GOOD)
    given = {"interactive": False, "username": "root", "email": "root@example.org", "verbosity": 0}
    call_command("createsuperuser", **given)
    (event,) = told("person")
    assert (event.actor, event.actor_label) == (None, "command line")
    assert event.payload["superuser"] is True
    answers = iter(["a-long-pass-phrase", "a-long-pass-phrase"])
    monkeypatch.setattr("getpass.getpass", lambda prompt="": next(answers))
    call_command("changepassword", "root")
    assert [event.action for event in told("person")] == [
        "person.created", "person.password_changed",
    ]  # fmt: skip
    assert User.objects.get().check_password("a-long-pass-phrase")


def test_it_tells_of_who_joins_by_an_invitation_and_of_a_new_space(space, alice) -> None:
    from apps.dashboard.invitations import invitation_create
    from apps.dashboard.services import space_create

    invitation_create(space=space, actor=alice, token="t" * 40, label="Erin", roles=["asker"])
    form = {"username": "erin", "password1": "a-long-pass-phrase"}
    form["password2"] = form["password1"]
    assert Client().post(f"/invitation/{'t' * 40}/", form).status_code == 302
    erin = User.objects.get(username="erin")
    made, came = told("person") + told("sign_in")
    assert (made.action, made.actor, came.actor) == ("person.created", erin, erin)
    opened = space_create(actor=alice, name="Beta")
    (event,) = told("space")
    assert (event.action, event.subject_id) == ("space.opened", opened.pk)
    assert event.payload == {"name": "Beta", "slug": "beta"}
