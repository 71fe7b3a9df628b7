"""Sessions end, and nobody loses a page or a word by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, reverse
from django.urls.resolvers import RegexPattern
from django.utils import timezone

from apps.accounts.models import Role, Session, Space, User
from apps.accounts.return_views import page_at
from apps.asking.models import Question
from apps.sources.models import Document
from memweb import urls
from tests import factories

Open = Callable[[User], Client]
HERE = {"HTTP_ORIGIN": "http://testserver"}
PASSWORD = {"username": "bob", "password": "correct-horse"}


@pytest.fixture
def bobs(space: Space, bob: User) -> Client:
    """A client in which bob signed in by himself."""
    client = Client()
    assert client.post("/sign-in/", PASSWORD).status_code == 302
    return client


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form with that address."""
    (form,) = re.findall(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in hidden}


def sent_after_sign_in(client: Client, url: str, data: dict[str, str]) -> object:
    """Send a form without a session, sign in on the page that comes, and send what it kept."""
    response = client.post(url, data, **HERE)
    assert response.status_code == 401
    page = response.content.decode()
    assert "Your session has ended" in page
    kept = fields_of(page, "/sign-in/")
    page = client.post("/sign-in/", PASSWORD | kept).content.decode()
    for value in data.values():
        assert value in unescape(page)
    return client.post(url, fields_of(page, url))


def test_it_sends_a_question_that_was_typed_before_the_end(space: Space, bob: User) -> None:
    data = {"text": "Where was “Ada” <Brook> born & when?"}
    response = sent_after_sign_in(Client(), "/s/atlas/ask/", data)
    assert response.status_code == 302  # type: ignore[attr-defined]
    assert Question.objects.get().text == data["text"]


def test_it_keeps_a_pasted_document_with_its_lines(bobs: Client) -> None:
    Session.objects.all().delete()
    text = "Ada Brook was born in Lindenau.\n\nShe founded the Brook Institute.\n" * 40
    sent_after_sign_in(bobs, "/s/atlas/sources/add/", {"title": "Brook", "text": text})
    assert Document.objects.get().text.count("Lindenau") == 40


def test_it_keeps_a_decision_with_its_reason(space: Space, alice: User, bobs: Client) -> None:
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    Session.objects.all().delete()
    url = reverse("curation:candidate-reject", args=["atlas", candidate.pk])
    data = {"version": str(candidate.version), "reason": "other"}
    response = bobs.post(url, data, **HERE)
    kept = fields_of(response.content.decode(), "/sign-in/")
    page = bobs.post("/sign-in/", PASSWORD | kept).content.decode()
    assert fields_of(page, url).items() >= data.items()


def test_it_keeps_a_settings_form(space: Space, bob: User) -> None:
    factories.grant(space, bob, "owner")
    data = {"name": "Atlas of Ferries", "description": "All lines"}
    client = Client()
    page = client.get("/s/atlas/settings/")
    assert page["Location"] == "/sign-in/?next=/s/atlas/settings/"
    kept = fields_of(client.post("/s/atlas/settings/", data, **HERE).content.decode(), "/sign-in/")
    page_again = client.post("/sign-in/", PASSWORD | kept).content.decode()
    assert fields_of(page_again, "/s/atlas/settings/").items() >= data.items()


def test_it_never_leads_to_an_address_that_is_open_to_post_alone(bobs: Client) -> None:
    Session.objects.all().delete()
    url = "/s/atlas/ask/questions/1/retry/"
    response = bobs.post(url, HTTP_REFERER="http://testserver/s/atlas/ask/")
    fields = fields_of(response.content.decode(), "/sign-in/")
    assert bobs.post("/sign-in/", PASSWORD | fields)["Location"] == "/s/atlas/ask/"
    assert bobs.post("/sign-in/", PASSWORD | {"next": "/sign-out/"})["Location"] == "/"


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/s/atlas/review/candidates/7/accept/?queue=x", "/s/atlas/review/candidates/7/"),
        ("/s/atlas/ask/questions/1/retry/", "/s/atlas/ask/questions/1/"),
        ("/s/atlas/memory/relations/7/retire/", "/s/atlas/memory/relations/7/"),
        ("/account/sessions/end/", "/account/"),
        ("/sign-out/", "/"),
        ("/s/atlas/memory/?q=ada", "/s/atlas/memory/?q=ada"),
        ("/s/atlas/nowhere/", "/s/atlas/nowhere/"),
        ("/admin/accounts/user/", "/admin/accounts/user/"),
    ],
)
def test_it_leads_to_the_page_that_an_address_for_forms_belongs_to(
    client: Client, bob: User, asked: str, page: str
) -> None:
    bob.set_password("correct-horse")
    bob.save()
    response = client.post("/sign-in/", {**PASSWORD, "next": asked})
    assert response.status_code == 302
    assert response["Location"] == page


def _addresses(patterns: list[Any], before: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one.pattern, RegexPattern):  # whatever is no address
            continue
        route = before + re.sub("<int:[^>]+>", "1", str(one.pattern)).replace(
            "<slug:slug>", "atlas"
        )
        if not isinstance(one, URLResolver):
            yield f"/{re.sub('<[^>]+>', 'x', route)}"
        elif one.app_name != "admin":
            yield from _addresses(one.url_patterns, route)


def test_it_knows_of_every_address_whether_it_can_be_visited(alice: User, sign_in: Any) -> None:
    """Nothing is found at most of them, but whoever takes forms alone says so before that."""
    factories.grant(factories.make_space("atlas"), alice, *Role.values)
    client = sign_in(alice)
    known = {url: page_at(url) == url for url in _addresses(urls.urlpatterns)}
    assert len(known) > 60
    assert known == {url: client.get(url).status_code != 405 for url in known}


def test_it_keeps_what_was_typed_through_a_wrong_password(bobs: Client) -> None:
    Session.objects.all().delete()
    page = bobs.post("/s/atlas/ask/", {"text": "Who?"}, **HERE).content.decode()
    kept = fields_of(page, "/sign-in/")
    wrong = bobs.post("/sign-in/", PASSWORD | {"password": "wrong"} | kept)
    assert fields_of(wrong.content.decode(), "/sign-in/")["kept"] == kept["kept"]


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_REFERER": "https://evil.example/testserver"},
        {},
    ],
)
def test_it_keeps_nothing_that_another_site_sent(db: None, headers: dict[str, str]) -> None:
    page = Client().post("/s/atlas/ask/", {"text": "Evil words"}, **headers).content.decode()
    assert "kept" not in fields_of(page, "/sign-in/")


def test_it_keeps_no_password_and_nothing_too_long(db: None) -> None:
    from apps.accounts.kept import kept_from

    data = {"new_password1": "secret", "text": "Who?"}
    page = Client().post("/s/atlas/ask/", data, **HERE).content.decode()
    kept = kept_from(fields_of(page, "/sign-in/")["kept"])
    assert kept is not None
    assert kept.fields == (("text", "Who?"),)
    long = Client().post("/s/atlas/ask/", {"text": "x" * 200_000}, **HERE).content.decode()
    assert "could not be kept" in long


def test_it_sends_all_and_shows_what_people_wrote(bobs: Client) -> None:
    Session.objects.all().delete()
    data = {"text": "Who?", "version": "3", "shown_at": "1795658513.10"}
    kept = fields_of(bobs.post("/s/atlas/ask/", data, **HERE).content.decode(), "/sign-in/")
    page = bobs.post("/sign-in/", PASSWORD | kept).content.decode()
    assert fields_of(page, "/s/atlas/ask/").items() >= data.items()
    shown = page[page.index("<dl") : page.index("</dl>")]
    assert "Who?" in shown
    assert "/s/atlas/ask/" in shown
    assert "1795658513" not in shown


def test_it_refuses_a_forged_keepsake(bobs: Client) -> None:
    Session.objects.all().delete()
    response = bobs.post("/sign-in/", PASSWORD | {"kept": "WyJhIl0:1aaa:forged"})
    assert response.status_code == 302


def test_it_shows_an_open_page_the_sign_in_in_its_main_part(bobs: Client) -> None:
    Session.objects.all().delete()
    response = bobs.post("/s/atlas/ask/", {"text": "Who?"}, HTTP_HX_REQUEST="true", **HERE)
    assert response.status_code == 422
    assert response["HX-Retarget"] == response["HX-Reselect"] == "#main"
    assert "kept" in fields_of(response.content.decode(), "/sign-in/")


def test_it_leaves_an_open_page_as_it_is_when_a_part_of_it_is_fetched(bobs: Client) -> None:
    Session.objects.all().delete()
    headers = {
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_CURRENT_URL": "http://testserver/s/atlas/ask/?page=2",
    }
    response = bobs.get("/s/atlas/", **headers)
    assert response.status_code == 401
    page = response.content.decode()
    assert "what you typed is still on this page" in page
    assert "/sign-in/?next=/s/atlas/ask/%3Fpage%3D2" in page


def strict(client: Client) -> Client:
    client.handler.enforce_csrf_checks = True
    return client


def test_it_sends_a_form_of_a_page_that_is_older_than_the_sign_in(bobs: Client) -> None:
    data = {"text": "Who?", "csrfmiddlewaretoken": "a" * 64}
    response = strict(bobs).post("/s/atlas/ask/", data, **HERE)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Send it now?" in page
    fields = fields_of(page, "/s/atlas/ask/")
    assert fields["text"] == "Who?"
    assert bobs.post("/s/atlas/ask/", fields, **HERE).status_code == 302


def test_it_refuses_a_form_of_another_site(bobs: Client) -> None:
    headers = {"HTTP_ORIGIN": "https://evil.example"}
    response = strict(bobs).post("/s/atlas/ask/", {"text": "Who?"}, **headers)
    assert response.status_code == 403
    assert "Who?" not in response.content.decode()
    assert not Question.objects.exists()


def test_it_carries_a_keepsake_through_a_sign_in_whose_token_is_old(bobs: Client) -> None:
    Session.objects.all().delete()
    page = bobs.post("/s/atlas/ask/", {"text": "Who?"}, **HERE).content.decode()
    kept = fields_of(page, "/sign-in/")["kept"]
    bobs.post("/sign-in/", PASSWORD)  # in another tab
    data = PASSWORD | {"kept": kept, "csrfmiddlewaretoken": "a" * 64}
    response = strict(bobs).post("/sign-in/", data, **HERE)
    assert fields_of(response.content.decode(), "/s/atlas/ask/")["text"] == "Who?"


def test_it_ends_a_session_in_which_nothing_was_done(
    bobs: Client, settings: pytest.FixtureRequest
) -> None:
    idle = timedelta(seconds=settings.SESSION_IDLE_SECONDS)  # type: ignore[attr-defined]
    Session.objects.update(seen_at=timezone.now() - idle + timedelta(minutes=2))
    assert bobs.get("/s/atlas/").status_code == 200
    assert timezone.now() - Session.objects.get().seen_at < timedelta(minutes=1)
    Session.objects.update(seen_at=timezone.now() - idle - timedelta(minutes=1))
    assert bobs.get("/s/atlas/").status_code == 302
    assert not Session.objects.filter(user__username="bob").exists()


def test_it_does_not_take_what_a_page_fetches_for_something_done(bobs: Client) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(seen_at=long_ago)
    assert bobs.get("/s/atlas/", HTTP_HX_REQUEST="true").status_code == 200
    assert Session.objects.get().seen_at == long_ago


def test_it_ends_every_session_some_time_after_the_sign_in(
    bobs: Client, settings: pytest.FixtureRequest
) -> None:
    whole = timedelta(seconds=settings.SESSION_WHOLE_SECONDS)  # type: ignore[attr-defined]
    end = Session.objects.get().expire_date
    assert abs(timezone.now() + whole - end) < timedelta(minutes=1)
    session = bobs.session
    session["something"] = "new"
    session.save()
    assert Session.objects.get().expire_date == end
    Session.objects.update(expire_date=timezone.now())
    assert bobs.get("/s/atlas/").status_code == 302


@pytest.mark.parametrize("path", ["/", "/s/atlas/", "/s/atlas/memory/", "/sign-in/", "/nowhere/"])
def test_it_keeps_pages_out_of_caches(bobs: Client, path: str) -> None:
    assert "no-store" in bobs.get(path)["Cache-Control"]


def test_it_keeps_json_out_of_caches(bobs: Client) -> None:
    assert bobs.get("/s/atlas/ask/questions/1.json")["Cache-Control"] == "no-store"
    assert bobs.get("/health/")["Cache-Control"] == "no-store"
