"""Large documents are erased by a worker, and their page says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.common.jobs import TooManyOpen
from apps.provenance.models import Erasing
from apps.provenance.services import erasings
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.erasings import erasing_request, erasing_run_next
from apps.provenance.services.pulse import Pulse
from apps.provenance.views import privacy
from apps.sources.models import Document
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[[User], Client]


@pytest.fixture
def document(space: Space, alice: User, monkeypatch: pytest.MonkeyPatch) -> Document:
    monkeypatch.setattr(erasings, "LARGEST", 0)
    monkeypatch.setattr(privacy, "worker_alive", lambda *queues: True)
    return factories.make_document(space, alice, text="Ada Brook was born in Lindenau.")


def page_of(document: Document) -> str:
    return f"/s/atlas/audit/privacy/documents/{document.pk}/"


def test_a_large_document_is_erased_by_a_worker(
    document: Document, alice: User, sign_in: Open
) -> None:
    client, page = sign_in(alice), page_of(document)
    assert "a worker erases it" in client.get(page).content.decode()
    assert client.post(page, {"reason": "asked for"}).headers["Location"] == page
    row = Erasing.objects.get()
    assert (row.document, row.requested_by, row.reason) == (document, alice, "asked for")
    waiting = client.get(page).content.decode()
    assert "Waiting for a worker" in waiting
    assert "every 3s" in waiting
    client.post(page, {"reason": "once more"})
    assert Erasing.objects.count() == 1
    assert erasing_run_next() == row
    row.refresh_from_db()
    document.refresh_from_db()
    assert (row.state, row.reason, document.text) == ("done", "", "")
    assert client.get(page, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
    assert client.get(page).status_code == 302
    told = Event.objects.filter(action__startswith="privacy.").order_by("pk")
    assert [one.action for one in told] == ["privacy.erasure_requested", "privacy.erased"]
    assert told[1].payload["reason"] == "asked for"


def test_its_page_says_how_far_it_is(
    document: Document, alice: User, sign_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, page = sign_in(alice), page_of(document)
    client.post(page, {"reason": "asked for", "retract": "on"})
    said: list[tuple[str, int, int]] = []

    def looked(pulse: Pulse, **fields: Any) -> None:
        said.append((fields["doing"], fields["progress"], fields["total"]))

    monkeypatch.setattr(Pulse, "__call__", looked)
    erasing_run_next()
    assert [what for what, *_ in said[:2]] == [
        "Sealing the log", "Looking for what the log says of it",
    ]  # fmt: skip
    rows = [(done, of) for what, done, of in said if what.startswith("Erasing rows")]
    assert rows == sorted(rows)
    assert {of for _, of in rows} == {2}  # the document and its passage
    assert all(done <= of for _, done, of in said)


def test_it_shows_what_its_worker_says(document: Document, alice: User, sign_in: Open) -> None:
    client, page = sign_in(alice), page_of(document)
    client.post(page, {"reason": "asked for"})
    Erasing.objects.update(
        state="running", lease_token=uuid4(), lease_until=timezone.now() + timedelta(hours=1),
        doing="Erasing rows, and what the log says of them", progress=4_000, total=12_345,
    )  # fmt: skip
    shown = client.get(page).content.decode()
    assert "4,000 of 12,345" in shown
    assert 'value="4000"' in shown
    Erasing.objects.update(doing="Sealing the log", progress=0, total=0)
    shown = client.get(page).content.decode()
    assert "Sealing the log" in shown
    assert "value=" not in shown.partition("<progress")[2].partition(">")[0]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ErasureRefused("It is being read."), "It is being read."),
        (SoftTimeLimitExceeded(), "longer than a worker has"),
    ],
)
def test_what_kept_it_from_being_erased_is_said(
    document: Document, alice: User, sign_in: Open, monkeypatch: pytest.MonkeyPatch,
    error: Exception, says: str,
) -> None:  # fmt: skip
    def broken(**given: object) -> None:
        raise error

    monkeypatch.setattr(erasings, "document_erase", broken)
    client, page = sign_in(alice), page_of(document)
    client.post(page, {"reason": "asked for"})
    erasing_run_next()
    row = Erasing.objects.get()
    assert (row.state, row.reason) == ("failed", "")
    shown = client.get(page).content.decode()
    assert "Nothing was erased" in shown
    assert says in shown
    document.refresh_from_db()
    assert document.text
    assert says in Event.objects.get(action="privacy.erasure_failed").payload["reason"]


def test_it_needs_a_reason_and_room(document: Document, alice: User, settings) -> None:
    with pytest.raises(ErasureRefused, match="Say why"):
        erasing_request(document=document, actor=alice, reason=" ", retract=False)
    settings.OPEN_ERASURES = 0
    with pytest.raises(TooManyOpen):
        erasing_request(document=document, actor=alice, reason="asked for", retract=False)
    assert not Erasing.objects.exists()
