"""The page on which documents are added."""

from __future__ import annotations

import html
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.curation.models import Candidate, Extraction
from apps.sources.models import Document
from tests import factories
from tests.apps.sources import files

SignIn = Callable[[User], Client]
TEXT = b"Ada Brook was born in Lindenau. She founded the Brook Institute in 1921."


@pytest.fixture
def url(space: Space) -> str:
    return reverse("sources:document-add", args=[space.slug])


def upload(client: Client, url: str, *named: tuple[str, bytes]) -> HttpResponse:
    given = [SimpleUploadedFile(name, data) for name, data in named]
    return client.post(url, {"file": given})


def said(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def test_it_adds_a_file_asks_for_its_extraction_and_shows_it(
    space: Space, alice: User, sign_in: SignIn, url: str
) -> None:
    client = sign_in(alice)
    assert client.get(url).status_code == 200
    response = upload(client, url, ("ada.txt", TEXT))
    document = Document.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("sources:document", args=[space.slug, document.pk])
    assert (document.title, document.added_by) == ("ada", alice)
    assert Extraction.objects.get().document == document
    assert "1 document added." in said(client.get(response["Location"]))


def test_it_adds_several_files_at_once(space: Space, bob: User, sign_in: SignIn, url: str) -> None:
    client = sign_in(bob)
    named = [("a.txt", TEXT), ("b.md", b"# B\n\nText."), ("c.pdf", files.pdf("Text of a page."))]
    response = upload(client, url, *named)
    assert response["Location"] == reverse("sources:document-list", args=[space.slug])
    assert "3 documents added." in said(client.get(response["Location"]))
    assert Document.objects.count() == Extraction.objects.count() == 3


def test_it_adds_pasted_text(space: Space, alice: User, sign_in: SignIn, url: str) -> None:
    sign_in(alice).post(url, {"title": "Ada", "text": "  Ada\r\n\r\nwas born.  "})
    document = Document.objects.get()
    assert (document.title, document.text) == ("Ada", "  Ada\n\nwas born.")


def test_it_recognises_a_duplicate_and_leads_to_it(
    space: Space, alice: User, bob: User, sign_in: SignIn, url: str
) -> None:
    upload(sign_in(alice), url, ("ada.txt", TEXT))
    client = sign_in(bob)
    response = upload(client, url, ("copy.txt", TEXT))
    page = client.get(response["Location"])
    assert "This content is already here: alice added it on" in said(page)
    assert response["Location"] == reverse(
        "sources:document", args=[space.slug, Document.objects.get().pk]
    )
    assert Extraction.objects.count() == 1


def test_it_says_what_became_of_each_file_when_one_is_bad(
    space: Space, alice: User, sign_in: SignIn, url: str
) -> None:
    client = sign_in(alice)
    upload(client, url, ("known.txt", b"Known already."))
    named = [
        ("good.txt", TEXT),
        ("<b>.png", b"\x89PNG\r\n\x1a\n"),
        ("again.txt", b"Known already."),
    ]
    response = upload(client, url, *named)
    assert response.status_code == 415
    assert b"&lt;b&gt;.png" in response.content
    assert "This one is a picture." in said(response)
    assert "Added as" in said(response)
    assert "Already here as" in said(response)
    assert Document.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "data", "status", "says"),
    [
        ("a.txt", b"", 422, "it is empty or contains only blanks"),
        ("a.bin", bytes(range(256)) * 9, 415, "This one is a binary file."),
        ("a.docx", b"PK\x03\x04" + bytes(90), 415, "a ZIP, Office or e-book file"),
        ("a.txt", files.pdf("x"), 415, "its content is a PDF"),
        ("a.txt", b"Short " + bytes([129, 254, 141, 255, 144]) * 9, 422, "is not UTF-8"),
        (
            "a.pdf",
            files.encrypted(files.pdf("x"), user_password="secret"),
            422,
            "protected by a password",
        ),
        ("a.pdf", files.pdf(""), 422, "only pictures of pages"),
        ("a.pdf", b"%PDF-1.7 broken", 422, "damaged"),
        ("a.html", b"<html><script>x</script></html>", 422, "no text of its own"),
        ("a.csv", b"subject,relation,object\n,r,b\n", 422, "Line 2: subject is empty."),
    ],
)
def test_it_says_what_is_wrong_with_a_file(
    space: Space, alice: User, sign_in: SignIn, url: str,
    name: str, data: bytes, status: int, says: str,
) -> None:  # fmt: skip
    response = upload(sign_in(alice), url, (name, data))
    assert response.status_code == status
    assert says in said(response)
    assert not Document.objects.exists()


def test_it_refuses_50_megabytes_without_reading_them(
    space: Space, alice: User, sign_in: SignIn, url: str
) -> None:
    class Unread(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    response = sign_in(alice).generic(
        "POST",
        url,
        content_type="multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": "50000000", "wsgi.input": Unread()},
    )
    assert response.status_code == 413
    assert "At most 20 MB can be added at once." in said(response)


def test_it_refuses_pasted_text_that_is_too_long_for_a_form(
    space: Space, alice: User, sign_in: SignIn, url: str, settings: pytest.FixtureRequest
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000  # type: ignore[attr-defined]
    response = sign_in(alice).post(url, {"text": "word " * 1000})
    assert response.status_code == 413
    assert "Save this text as a file" in said(response)


@pytest.mark.parametrize("given", [{}, {"file": ""}, {"text": ""}, {"text": " \n "}])
def test_it_asks_for_something_when_nothing_was_given(
    space: Space, alice: User, sign_in: SignIn, url: str, given: dict[str, str]
) -> None:
    assert sign_in(alice).post(url, given).status_code == 422


def test_it_turns_ready_made_triples_into_candidates(
    space: Space, alice: User, sign_in: SignIn, url: str
) -> None:
    factories.make_relation(space, "place of birth")
    factories.make_relation(space, "founded by", aliases=["founder"])
    data = (
        "subject;relation;object;subject_type;valid_from;evidence\n"
        "Ada Brook;place of birth;Lindenau;PER;;Ada Brook was born in Lindenau.\n"
        "Brook Institute;founder;Ada Brook;ORG;1921;\n"
        "Brook Institute;founder;Ada Brook;ORG;1921;\n"
    )
    client = sign_in(alice)
    response = upload(client, url, ("facts.csv", data.encode()))
    document = Document.objects.get()
    assert document.format == "triples"
    candidates = list(Candidate.objects.order_by("pk"))
    assert [str(one) for one in candidates] == [
        "Ada Brook / place of birth / Lindenau",
        "Brook Institute / founded by / Ada Brook",
    ]
    assert {one.origin for one in candidates} == {"import"}
    assert {one.proposed_by for one in candidates} == {alice}
    assert {one.state for one in candidates} == {"pending"}
    first = candidates[0]
    assert document.text[first.sentence_start : first.sentence_end] == (
        "Ada Brook was born in Lindenau."
    )
    assert not Extraction.objects.exists()
    assert not space.triples.exists()
    assert "2 facts to review." in said(client.get(response["Location"]))


def test_it_imports_nothing_when_a_relation_is_not_known(
    space: Space, alice: User, sign_in: SignIn, url: str
) -> None:
    factories.make_relation(space, "place of birth")
    data = b"subject,relation,object\nAda,place of birth,Lindenau\nAda,likes,Tea\n"
    response = upload(sign_in(alice), url, ("facts.csv", data))
    assert response.status_code == 422
    assert "Line 3: the space has no relation “likes” in use." in said(response)
    assert not Document.objects.exists()
    assert not Candidate.objects.exists()


def test_it_is_for_owners_and_reviewers(
    space: Space, carol: User, dave: User, mallory: User, sign_in: SignIn, url: str
) -> None:
    for user, status in ((carol, 403), (dave, 403), (mallory, 404)):
        assert sign_in(user).get(url).status_code == status
        assert upload(sign_in(user), url, ("a.txt", TEXT)).status_code == status
    assert Client().get(url).status_code == 302
    assert not Document.objects.exists()


def test_it_refuses_a_form_from_another_site(space: Space, alice: User, url: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert upload(client, url, ("a.txt", TEXT)).status_code == 403
    assert not Document.objects.exists()
