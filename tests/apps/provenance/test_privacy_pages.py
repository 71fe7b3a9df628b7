"""The pages that show what was erased, and erase."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Space, User
from apps.asking.services import question_answer_here
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept, candidate_reject
from apps.memory.models import Triple
from apps.provenance.selectors.erased import erasures_of, erasures_told
from apps.provenance.services import erasing
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.person_erasure import person_erase
from apps.sources.models import Document
from tests import factories

pytestmark = pytest.mark.django_db
Open = Callable[[User], Client]
TEXT = "Ada Brook was born in Lindenau, said zebrastone. Carl Moss was born in Lindenau."


@pytest.fixture
def document(space: Space, alice: User, bob: User) -> Document:
    """A document with an accepted, a rejected and a waiting fact."""
    factories.make_relation(space, questions=["Where was {subject} born?"])
    document = factories.make_document(space, alice, TEXT, title="Zebrastone tells")
    first = factories.make_candidate(document, alice)
    second = factories.make_candidate(document, alice, subject="Carl Moss", object="Lindenau")
    factories.make_candidate(document, alice, relation="home")
    candidate_accept(candidate=first, actor=bob)
    candidate_reject(candidate=second, actor=bob, reason="another Lindenau")
    return document


def test_only_an_owner_erases(
    document: Document, alice: User, bob: User, dave: User, mallory: User, sign_in: Open
) -> None:
    page = f"/s/atlas/audit/privacy/documents/{document.pk}/"
    assert sign_in(bob).get(page).status_code == 403
    assert sign_in(dave).post(page, {"reason": "x"}).status_code == 403
    assert sign_in(mallory).get(page).status_code == 404
    assert sign_in(alice).get(page).status_code == 200
    assert sign_in(alice).get("/s/atlas/audit/privacy/documents/999999/").status_code == 404
    foreign = factories.make_document(Space.objects.get(slug="elsewhere"), mallory, "Other text.")
    assert sign_in(alice).get(f"/s/atlas/audit/privacy/documents/{foreign.pk}/").status_code == 404
    document.refresh_from_db()
    assert document.erased_at is None


def test_it_says_first_what_it_takes_and_then_erases(
    document: Document, alice: User, dave: User, sign_in: Open
) -> None:
    client, page = sign_in(alice), f"/s/atlas/audit/privacy/documents/{document.pk}/"
    assert "Erase this document" in client.get(f"/s/atlas/sources/{document.pk}/").content.decode()
    found = client.get("/s/atlas/audit/privacy/", {"document": document.pk})
    assert found["Location"] == page
    shown = client.get(page).content.decode()
    assert "Facts that rest on it alone" in shown
    assert "of which 1 nobody has decided" in shown
    assert client.post(page, {"reason": " "}).status_code == 422
    assert client.post(page, {"reason": "the author asked"})["Location"] == (
        f"/s/atlas/sources/{document.pk}/"
    )
    gone = client.get(f"/s/atlas/sources/{document.pk}/").content.decode()
    assert "This document was erased" in gone
    assert "zebrastone" not in gone.lower()
    told = sign_in(dave).get("/s/atlas/audit/privacy/").content.decode()
    assert "the author asked" in told
    assert f"document {document.pk}" in told
    assert client.post(page, {"reason": "again"})["Location"] == f"/s/atlas/sources/{document.pk}/"


def test_it_refuses_a_number_that_is_none(document: Document, alice: User, sign_in: Open) -> None:
    for number in ("0", "x", str(document.pk + 999), "9" * 30):
        page = sign_in(alice).get("/s/atlas/audit/privacy/", {"document": number})
        assert page.status_code == 422


@pytest.mark.django_db(transaction=True)  # each erasure is one of its own
def test_it_asks_as_often_however_much_was_erased(
    document: Document, alice: User, sign_in: Open
) -> None:
    client = sign_in(alice)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/s/atlas/audit/privacy/").status_code == 200
        return len(asked)

    document_erase(document=document, actor=alice, reason="asked for")
    statements()  # the first one of a session writes when it was used
    one = statements()
    for number in range(4):
        more = factories.make_document(document.space, alice, f"More, number {number}.")
        document_erase(document=more, actor=alice, reason="asked for too")
    assert statements() == one


@pytest.mark.django_db(transaction=True)  # each erasure is one of its own
def test_it_keeps_counting_what_somebody_erased_who_is_erased(
    document: Document, space: Space, alice: User, sign_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = User.objects.create_user("zmarkowner", password="correct-horse")
    factories.grant(space, owner, "owner")
    monkeypatch.setattr(erasing, "BATCH", 2)
    monkeypatch.setattr(erasing, "MOST_TOLD", 5)
    document_erase(document=document, actor=owner, reason="the author asked", retract=True)
    assert Event.objects.filter(action="privacy.erased").count() > 2
    (before,) = erasures_told(list(erasures_of(space)))
    assert before.counts.changes > 5
    assert before.counts.retracted == 1
    monkeypatch.setattr(erasing, "MOST_TOLD", 10_000)
    person_erase(person=owner, reason="left the firm", actor=alice)
    person, after = erasures_told(list(erasures_of(space)))
    assert after.event.payload == {}
    assert (after.payload["what"], after.counts) == (before.payload["what"], before.counts)
    told = Event.objects.filter(action="privacy.erased", space=space).latest("pk").payload
    told_of_all = sum(1 for _ in erasing.numbers_in(told["changes"]))
    assert person.counts.changes == told_of_all - before.counts.changes
    page = sign_in(alice).get("/s/atlas/audit/privacy/").content.decode()
    assert f"the private part of {before.counts.changes} row changes" in page


def test_every_page_says_that_it_rests_on_what_was_erased(
    document: Document, space: Space, alice: User, bob: User, carol: User, sign_in: Open
) -> None:
    before = question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    document_erase(document=document, actor=alice, reason="asked for")
    after = question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    fact = Triple.objects.get()
    said = "what it said can no longer be shown"
    for who, address in (
        (carol, f"/s/atlas/facts/{fact.pk}/"),
        (carol, f"/s/atlas/ask/questions/{before.pk}/"),
        (carol, f"/s/atlas/ask/questions/{after.pk}/"),
        (carol, f"/s/atlas/sources/{document.pk}/"),
        *((bob, f"/s/atlas/review/candidates/{one.pk}/") for one in Candidate.objects.all()),
    ):
        page = sign_in(who).get(address)
        assert page.status_code == 200, address
        assert said in page.content.decode(), address
        assert "zebrastone" not in page.content.decode().lower(), address
    everything = sign_in(bob).get("/s/atlas/review/candidates/?state=erased")
    assert everything.status_code == 200
    assert "The document was erased" in everything.content.decode()
    as_json = sign_in(carol).get(f"/s/atlas/ask/questions/{before.pk}.json").json()
    assert said in as_json["citations"][0]["document"]["erased"]
    assert as_json["citations"][0]["sentence"] is None
    listed = sign_in(carol).get("/s/atlas/sources/").content.decode()
    assert f"Erased document {document.pk}" in listed


def test_the_command_says_what_it_takes_and_erases_with_yes(
    document: Document, alice: User
) -> None:
    given = {"space": "atlas", "document": document.pk, "reason": "asked for"}
    out, told = StringIO(), StringIO()
    call_command("erase_document", **given, stdout=out)
    assert "Nothing was erased" in out.getvalue()
    assert "1  facts that rest on it alone" in out.getvalue()
    document.refresh_from_db()
    assert document.erased_at is None
    call_command("erase_document", **given, retract=True, yes=True, stdout=out, stderr=told)
    assert "Taking facts out of the memory: 0 of 1" in told.getvalue()
    assert "1 facts left the memory" in out.getvalue()
    document.refresh_from_db()
    assert document.erased_by == alice
    with pytest.raises(CommandError, match="erased already"):
        call_command("erase_document", **given, stdout=out)
    with pytest.raises(CommandError, match="has no document"):
        call_command("erase_document", **(given | {"document": 10**6}), stdout=out)
    with pytest.raises(CommandError, match="may not erase documents"):
        call_command("erase_document", **given, user="bob", stdout=out)
