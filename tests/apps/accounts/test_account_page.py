"""Everybody's own password and sessions."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.accounts.models import Session, Space, User

OLD, NEW = "correct-horse", "a-long-pass-phrase"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(password: str = OLD, **headers: str) -> Client:
    client = Client(**headers)  # type: ignore[arg-type]
    answer = client.post("/sign-in/", {"username": "carol", "password": password})
    assert answer.status_code == 302
    return client


def change(client: Client, **given: str) -> tuple[int, str]:
    data = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW, **given}
    response = client.post("/account/password/", data, follow=True)
    return response.status_code, response.content.decode()


def test_it_is_found_from_every_page(space: Space, carol: User) -> None:
    assert 'href="/account/"' in signed_in().get("/s/atlas/").content.decode()
    assert Client().get("/account/")["Location"] == "/sign-in/?next=/account/"


def test_it_changes_the_password_and_ends_all_other_sessions(space: Space, carol: User) -> None:
    here, elsewhere = signed_in(), signed_in()
    status, page = change(here)
    assert status == 200
    assert "Your password is changed" in page
    assert elsewhere.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert Session.objects.filter(user=carol).count() == 1
    signed_in(NEW)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"old_password": "wrong"}, "old password was entered incorrectly"),
        ({"new_password2": "another-phrase"}, "match"),
        ({"new_password1": "short", "new_password2": "short"}, "too short"),
        ({"new_password1": "password", "new_password2": "password"}, "too common"),
        ({"new_password1": "a\x00b", "new_password2": "a\x00b"}, "Null characters"),
    ],
)
def test_it_refuses_what_is_wrong(
    space: Space, carol: User, given: dict[str, str], words: str
) -> None:
    status, page = change(signed_in(), **given)
    assert status == 422
    assert words in page
    carol.refresh_from_db()
    assert carol.check_password(OLD)


def test_it_makes_guesses_of_the_old_password_wait(space: Space, carol: User) -> None:
    client = signed_in()
    for _ in range(5):
        change(client, old_password="wrong")
    status, page = change(client)
    assert status == 422
    assert "Too many failed tries" in page
    signed_in()  # signing in is no guess of this kind


def test_it_shows_where_one_is_signed_in_and_ends_it(space: Space, carol: User) -> None:
    there = signed_in(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.7")
    here = signed_in(HTTP_USER_AGENT="curl/8.0")
    page = here.get("/account/").content.decode()
    assert "Firefox on Linux" in page
    assert "192.0.2.7" in page
    assert "curl/8.0" in page
    for row in Session.objects.all():
        assert row.session_key not in page
    (mark,) = re.findall(r'name="session" value="([0-9a-f]+)"', page)
    assert here.post("/account/sessions/end/", {"session": mark}).status_code == 302
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_it_ends_all_others_and_never_those_of_somebody_else(
    space: Space, carol: User, bob: User
) -> None:
    bobs = Client()
    bobs.force_login(bob)
    here, others = signed_in(), [signed_in() for _ in range(2)]
    mark = Session.objects.get(user=bob).mark
    here.post("/account/sessions/end/", {"session": mark})
    assert bobs.get("/account/").status_code == 200
    here.post("/account/sessions/end/")
    assert [one.get("/account/").status_code for one in others] == [302, 302]
    assert bobs.get("/account/").status_code == 200
    assert here.get("/account/").status_code == 200
