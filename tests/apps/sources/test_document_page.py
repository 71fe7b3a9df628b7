"""A document with its facts, and the progress of its extraction."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.common.worker_status import Listening
from apps.curation import document_views
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.sources.models import Document
from apps.sources.services import document_add
from tests import factories

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_views, "worker_alive", lambda *queues: True)


@pytest.fixture
def document(space: Space, alice: User) -> Document:
    return factories.make_document(space, alice, title="About Ada")


def address(document: Document, name: str = "document") -> str:
    return reverse(f"sources:{name}", args=[document.space.slug, document.pk])


def open_extraction(document: Document, user: User, state: str = "running") -> Extraction:
    extraction = factories.make_extraction(document, user, state="queued", finished_at=None)
    if state == "running":
        Extraction.objects.filter(pk=extraction.pk).update(
            state="running",
            lease_token="00000000-0000-0000-0000-000000000001",
            lease_until="2100-01-01T00:00Z",
        )
    return extraction


def test_it_marks_the_facts_in_the_text_and_lists_them(
    document: Document, carol: User, alice: User, sign_in: SignIn
) -> None:
    first = factories.make_candidate(document, alice)
    other = factories.make_candidate(document, alice, "Brook Institute", "headquarters", "Lindenau")
    page = sign_in(carol).get(address(document)).content.decode()
    assert f'href="#fact-{first.pk}"' in page
    assert f'id="fact-{first.pk}"' in page
    assert f'id="fact-{other.pk}"' in page
    assert 'class="mark mark--found"' in page
    assert 'title="Ada Brook – place of birth – Lindenau' in page
    assert f"?fact={first.pk}#at-0" in page


def test_it_shows_one_fact_in_its_own_colours(
    document: Document, carol: User, alice: User, sign_in: SignIn
) -> None:
    candidate = factories.make_candidate(document, alice)
    page = sign_in(carol).get(address(document), {"fact": candidate.pk}).content.decode()
    assert 'class="mark mark--sentence"' in page
    assert 'id="at-0" class="mark mark--subject"' in page
    assert 'class="mark mark--object"' in page


def test_it_marks_what_is_known_otherwise_than_what_waits_and_not_what_was_rejected(
    document: Document, carol: User, alice: User, sign_in: SignIn
) -> None:
    factories.make_candidate(document, alice, state="accepted")
    factories.make_candidate(
        document, alice, "Brook Institute", "inception", "1921", state="rejected"
    )
    page = sign_in(carol).get(address(document)).content.decode()
    assert 'class="mark mark--fact"' in page
    assert ">1921</a>" not in page
    assert "inception" in page


@pytest.mark.parametrize("fact", ["x", "-1", "999999", "9" * 30, "¹"])
def test_it_ignores_a_fact_that_there_is_not(
    document: Document, carol: User, sign_in: SignIn, fact: str
) -> None:
    assert sign_in(carol).get(address(document), {"fact": fact}).status_code == 200


def test_it_escapes_the_text_of_a_document(space: Space, alice: User, sign_in: SignIn) -> None:
    text = "<script>alert(1)</script> was born in <b>Paris</b> & ({MEM_WRITE--> a>>b>>c})."
    document, _ = document_add(
        space=space, actor=alice, data=text.encode(), filename="", title="<img src=x>"
    )
    page = sign_in(alice).get(address(document)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_it_turns_the_pages_of_a_long_document_and_finds_the_page_of_a_fact(
    space: Space, alice: User, sign_in: SignIn
) -> None:
    text = "\n\n".join(f"Chapter {n}. " + "All work and no play. " * 60 for n in range(70))
    document, _ = document_add(space=space, actor=alice, data=text.encode(), filename="")
    passages = list(document.passages.all())
    assert len(passages) == 70
    extraction = factories.make_extraction(document, alice)
    start = passages[45].start
    candidate = document.space.candidates.create(
        origin="head",
        extraction=extraction,
        passage=passages[45],
        subject_text="Chapter",
        object_text="45",
        relation=factories.make_relation(space),
        sentence_start=start,
        sentence_end=start + 11,
        subject_start=start,
        subject_end=start + 7,
        object_start=start + 8,
        object_end=start + 10,
    )
    client = sign_in(alice)
    first = client.get(address(document)).content.decode()
    assert "Chapter 29." in first
    assert "Chapter 30." not in first
    second = client.get(address(document), {"fact": candidate.pk}).content.decode()
    assert f"?fact={candidate.pk}#at-{start}" in second
    assert "Part 2 of 3" in second
    assert f'id="at-{start}"' in second
    third = client.get(address(document), {"fact": candidate.pk, "page": 3})
    assert third.context["page"].number == 3
    pages = [client.get(address(document), {"page": number}).context for number in (1, 2, 3)]
    shown = [document.text[page["start"] : page["end"]].strip() for page in pages]
    assert "\n\n".join(shown) == document.text


def test_it_shows_how_far_the_extraction_is(
    document: Document, carol: User, alice: User, sign_in: SignIn
) -> None:
    extraction = open_extraction(document, alice)
    PassageExtraction.objects.create(
        extraction=extraction, passage=document.passages.get(), call="", proposals=0, seconds=0.1
    )
    page = sign_in(carol).get(address(document)).content.decode()
    assert "1 of 1 passages" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


def test_it_polls_until_the_extraction_has_ended(
    document: Document, carol: User, alice: User, sign_in: SignIn
) -> None:
    extraction = open_extraction(document, alice, state="queued")
    client = sign_in(carol)
    response = client.get(address(document, "document-progress"), HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    assert b"<html" not in response.content
    assert b"Waiting for a worker" in response.content
    Extraction.objects.filter(pk=extraction.pk).update(state="done")
    response = client.get(address(document, "document-progress"), HTTP_HX_REQUEST="true")
    assert response.status_code == 286
    assert response["HX-Refresh"] == "true"
    assert b"every 2s" not in response.content
    page = client.get(address(document))
    assert b"hx-trigger" not in page.content
    assert b"http-equiv" not in page.content
    response = client.get(address(document, "document-progress"))
    assert response["Location"] == address(document)


def test_it_says_when_no_worker_runs(
    document: Document, carol: User, alice: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_views, "worker_alive", lambda *queues: False)
    client = sign_in(carol)
    assert b"No worker is running" not in client.get(address(document)).content
    extraction = open_extraction(document, alice)
    assert b"No worker is running" not in client.get(address(document)).content
    Extraction.objects.filter(pk=extraction.pk).update(lease_until="2000-01-01T00:00Z")
    assert b"No worker is running" in client.get(address(document)).content
    Extraction.objects.filter(pk=extraction.pk).update(
        state="queued", lease_token=None, lease_until=None
    )
    assert b"No worker is running" in client.get(address(document)).content


def test_it_says_that_a_document_is_kept_while_workers_cannot_be_reached(
    document: Document, carol: User, alice: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Listening(False, reachable=False)
    monkeypatch.setattr(document_views, "worker_alive", lambda *queues: away)
    extraction = open_extraction(document, alice)
    Extraction.objects.filter(pk=extraction.pk).update(
        state="queued", lease_token=None, lease_until=None
    )
    page = sign_in(carol).get(address(document)).content
    assert b"The workers cannot be reached right now" in page
    assert b"No worker is running" not in page


def test_it_shows_why_an_extraction_failed_and_tries_again(
    document: Document, carol: User, bob: User, alice: User, sign_in: SignIn
) -> None:
    factories.make_extraction(document, alice, state="failed", error="The <model> is missing.")
    page = sign_in(carol).get(address(document)).content.decode()
    assert "The &lt;model&gt; is missing." in page
    assert "Try again" not in page
    client = sign_in(bob)
    assert "Try again" in client.get(address(document)).content.decode()
    response = client.post(address(document, "document-extract"))
    assert response["Location"] == address(document)
    assert Extraction.objects.get().state == "queued"


def test_it_looks_for_facts_again_once_at_a_time(
    document: Document, alice: User, sign_in: SignIn
) -> None:
    factories.make_extraction(document, alice)
    client = sign_in(alice)
    for _ in range(2):
        client.post(address(document, "document-extract"))
    states = Extraction.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["done", "queued"]


def test_it_does_not_extract_ready_made_triples(space: Space, alice: User, sign_in: SignIn) -> None:
    document = factories.make_document(space, alice, format="triples")
    client = sign_in(alice)
    assert b"Look for facts again" not in client.get(address(document)).content
    response = client.post(address(document, "document-extract"), follow=True)
    assert b"Ready-made triples are not extracted" in response.content
    assert not Extraction.objects.exists()


def test_it_is_read_by_members_and_changed_by_owners_and_reviewers(
    document: Document, carol: User, dave: User, mallory: User, sign_in: SignIn
) -> None:
    for user, read, change in ((carol, 200, 403), (dave, 200, 403), (mallory, 404, 404)):
        client = sign_in(user)
        assert client.get(address(document)).status_code == read
        assert client.post(address(document, "document-extract")).status_code == change
    assert sign_in(carol).get(address(document, "document-extract")).status_code == 405
    assert Client().get(address(document)).status_code == 302


def test_it_finds_no_document_of_another_space(
    space: Space, alice: User, mallory: User, sign_in: SignIn
) -> None:
    other = factories.make_document(Space.objects.get(slug="elsewhere"), mallory)
    client = sign_in(alice)
    for name in ("document", "document-progress"):
        url = reverse(f"sources:{name}", args=[space.slug, other.pk])
        assert client.get(url).status_code == 404


def test_it_says_what_a_document_waits_for_and_about_how_long(
    document: Document, carol: User, alice: User, bob: User, sign_in: SignIn
) -> None:
    other = factories.make_document(document.space, bob, text="Eva Brook was born in Mirefeld.")
    third = factories.make_document(document.space, bob, text="Carl Voss was born in Mirefeld.")
    done = factories.make_extraction(third, bob)
    PassageExtraction.objects.create(
        extraction=done, passage=done.document.passages.get(), call="", proposals=0, seconds=3.0
    )
    open_extraction(other, bob)
    open_extraction(document, alice, state="queued")
    page = sign_in(carol).get(address(document)).content.decode()
    assert "Waiting for its turn" in page
    assert "1 other document is read before it or in turn with it. About 6 seconds left." in page


def test_who_asked_for_an_extraction_and_reviewers_cancel_it_and_let_it_go_on(
    document: Document, carol: User, bob: User, alice: User, dave: User, sign_in: SignIn
) -> None:
    open_extraction(document, carol)
    outsider = sign_in(dave)
    assert (
        address(document, "document-cancel") not in outsider.get(address(document)).content.decode()
    )
    assert outsider.post(address(document, "document-cancel")).status_code == 403
    for person in (carol, bob):
        client = sign_in(person)
        assert (
            address(document, "document-cancel") in client.get(address(document)).content.decode()
        )
        client.post(address(document, "document-cancel"))
        assert Extraction.objects.get().state == "cancelled"
        page = sign_in(bob).get(address(document)).content.decode()
        assert "was cancelled after 0 of 1 passage" in page
        sign_in(bob).post(address(document, "document-extract"))
        assert Extraction.objects.get().state == "queued"
    Extraction.objects.update(state="done")
    response = sign_in(bob).post(address(document, "document-cancel"), follow=True)
    assert "has ended already" in response.content.decode()
    assert sign_in(bob).get(address(document, "document-cancel")).status_code == 405


def test_it_refuses_more_documents_than_one_person_may_have_waiting(
    document: Document, alice: User, sign_in: SignIn, settings
) -> None:
    settings.OPEN_EXTRACTIONS = 1
    open_extraction(document, alice)
    client = sign_in(alice)
    add = reverse("sources:document-add", args=[document.space.slug])
    response = client.post(add, {"text": "Eva Brook was born in Mirefeld.", "title": ""})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "You have 1 documents waiting already" in response.content.decode()
    assert Document.objects.count() == 1
    other = factories.make_document(document.space, alice, text="Carl Voss was a baker.")
    response = client.post(address(other, "document-extract"))
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many at once" in response.content.decode()
    response = client.post(
        address(other, "document-extract"), headers={"accept": "application/json"}
    )
    assert response.status_code == 429
    assert response["Retry-After"] == "30"
    assert "documents waiting already" in response.json()["error"]


def test_it_shows_a_document_of_many_facts_in_parts(
    space: Space, alice: User, sign_in: SignIn
) -> None:
    said = "Person {0} was born in Town {0} in the spring of a year that nobody wrote down. "
    text = "\n\n".join(said.format(n) * 12 for n in range(70))
    document, _ = document_add(space=space, actor=alice, data=text.encode(), filename="")
    extraction = factories.make_extraction(document, alice)
    relation = factories.make_relation(space)
    rows = []
    for passage in document.passages.all():
        for (start, end), shift in product(passage.sentence_spans(), (0, 1)):
            place = text.index("Town", start)
            if place + 6 > end:
                continue
            rows.append(
                Candidate(
                    space=space,
                    origin="head",
                    extraction=extraction,
                    passage=passage,
                    subject_text=text[start : start + 8],
                    object_text=text[place : place + 6],
                    relation=relation,
                    sentence_start=start,
                    sentence_end=end,
                    subject_start=start + shift,
                    subject_end=start + 8,
                    object_start=place,
                    object_end=place + 6,
                )
            )
    candidates = Candidate.objects.bulk_create(rows)
    assert len(candidates) > 1_200

    client = sign_in(alice)
    first = client.get(address(document))
    parts = first.context["page"].paginator.num_pages
    assert len(first.content) < 200_000
    seen = []
    for number in range(1, parts + 1):
        page = client.get(address(document), {"page": number})
        assert len(page.context["facts"]) <= 60
        seen += [found.candidate.pk for found, _ in page.context["facts"]]
    assert sorted(seen) == sorted(candidate.pk for candidate in candidates)
    last = client.get(address(document), {"fact": candidates[-1].pk})
    assert last.context["page"].number == parts
    assert f'id="at-{candidates[-1].subject_start}"' in last.content.decode()
