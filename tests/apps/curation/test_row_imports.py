"""Large files of triples: checked at once, proposed by a worker, shown with progress and result."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.common import jobs
from apps.curation.models import Candidate, RowImport, RowImportPart
from apps.curation.services import (
    NotCancellable,
    NotRetryable,
    import_cancel,
    import_retry,
    import_run,
    import_run_next,
    import_sweep,
    row_imports,
)
from apps.curation.services.documents import document_import
from apps.curation.services.row_imports import IMPORTS
from apps.sources.errors import BadRows
from apps.sources.models import Document
from tests import factories

HEADING = "subject,relation,object,valid_from,valid_to"


def lines(number: int) -> list[str]:
    return [f"Person {n},place of birth,Town {n},1990,2000-05-17" for n in range(number)]


def file_of(*rows: str) -> bytes:
    return "\n".join([HEADING, *rows]).encode()


@pytest.fixture(autouse=True)
def _small(monkeypatch, space):
    """What is large begins at a size that tests are quick with."""
    monkeypatch.setattr("apps.curation.services.documents.ROWS_AT_ONCE", 10)
    monkeypatch.setattr(row_imports, "PART_ROWS", 4)
    monkeypatch.setattr("apps.curation.document_views.worker_alive", lambda *queues: True)
    factories.make_relation(space)


@pytest.fixture
def queued(space, alice) -> RowImport:
    imported = document_import(
        space=space, actor=alice, data=file_of(*lines(11)), filename="facts.csv"
    )
    assert imported.candidates == 0
    return imported.row_import


def page(row_import: RowImport, name: str = "document") -> str:
    return reverse(f"sources:{name}", args=["atlas", row_import.document_id])


def test_a_small_file_is_proposed_at_once(space, alice):
    imported = document_import(space=space, actor=alice, data=file_of(*lines(10)), filename="a.csv")
    assert (imported.candidates, imported.row_import) == (10, None)
    assert Candidate.objects.count() == 10


def test_a_command_proposes_all_of_a_large_one_itself(space, alice):
    imported = document_import(
        space=space, actor=alice, data=file_of(*lines(11)), filename="a.csv", ring=False
    )
    assert (imported.candidates, imported.row_import) == (11, None)


def test_a_worker_proposes_every_row_of_a_large_file_once(queued, alice):
    assert not Candidate.objects.exists()
    assert (queued.rows, queued.parts.count()) == (11, 3)
    assert import_run(import_id=queued.pk).state == "done"
    found = Candidate.objects.order_by("pk")
    assert [one.subject_text for one in found] == [f"Person {n}" for n in range(11)]
    first, text = found[0], queued.document.text
    assert (first.proposed_by, first.origin, first.row) == (alice, "import", 2)
    assert text[first.object_start : first.object_end] == "Town 0"
    assert (str(first.valid_from), str(first.valid_to)) == ("1990-01-01", "2000-05-18")
    queued.refresh_from_db()
    assert (queued.candidates, queued.problems, RowImportPart.objects.count()) == (11, "", 0)
    told = Event.objects.filter(action="candidate.proposed").values_list("payload", flat=True)
    assert sorted(pk for one in told for pk in one["candidates"]) == [one.pk for one in found]
    assert Event.objects.get(action="import.finished").payload["proposed"] == 11
    assert import_run(import_id=queued.pk).state == "done"
    assert Candidate.objects.count() == 11


def test_it_saves_nothing_where_a_row_is_wrong(space, alice):
    rows = [*lines(11), "Ada,shoe size,38,,", "Ben,place of birth,Oakham,2000,1990"]
    with pytest.raises(BadRows, match="Line 14: valid_to is before valid_from"):
        document_import(space=space, actor=alice, data=file_of(*rows), filename="a.csv")
    with pytest.raises(BadRows, match="Line 13: the space has no relation “shoe size” in use"):
        document_import(space=space, actor=alice, data=file_of(*rows[:-1]), filename="a.csv")
    assert not Document.objects.exists()
    assert not RowImport.objects.exists()


def test_a_row_that_stands_twice_is_proposed_once(space, alice):
    rows = [*lines(11), lines(1)[0]]
    imported = document_import(space=space, actor=alice, data=file_of(*rows), filename="a.csv")
    assert imported.row_import.rows == 11
    assert import_run(import_id=imported.row_import.pk).candidates == 11


def test_it_gives_way_after_its_slice(queued, settings):
    settings.SLICE_SECONDS = 0
    for done in (4, 8):
        assert import_run_next().state == "queued"
        assert Candidate.objects.count() == done
    assert import_run_next().state == "done"
    assert import_run_next() is None


def test_a_lost_worker_repeats_no_row_and_leaves_none_out(queued, monkeypatch):
    """It is ended in the middle of the second part: what it did of that is taken back."""
    propose, parts = row_imports.rows_propose, []

    def lost(reader, rows):
        result = propose(reader, rows)
        parts.append(result)
        if len(parts) == 2:
            raise SystemExit
        return result

    monkeypatch.setattr(row_imports, "rows_propose", lost)
    with pytest.raises(SystemExit):
        import_run(import_id=queued.pk)
    assert Candidate.objects.count() == 4
    RowImport.objects.update(lease_until=queued.created_at)
    assert import_sweep() == 1
    assert import_run(import_id=queued.pk).state == "done"
    names = Candidate.objects.order_by("pk").values_list("subject_text", flat=True)
    assert list(names) == [f"Person {n}" for n in range(11)]


def test_a_late_worker_is_turned_away(queued, monkeypatch):
    job = jobs.claim(IMPORTS, queued.pk)
    RowImport.objects.update(lease_until=queued.created_at)
    assert import_run(import_id=queued.pk).state == "done"
    with pytest.raises(jobs.LeaseLost):
        row_imports._propose(job, 0) if job.parts.exists() else row_imports._finish(job)
    assert Candidate.objects.count() == 11


def test_a_relation_that_is_retired_meanwhile_is_told(queued, space, alice, sign_in):
    space.relations.update(retired_at=queued.created_at)
    assert import_run(import_id=queued.pk).state == "done"
    assert not Candidate.objects.exists()
    html = sign_in(alice).get(page(queued)).content.decode()
    assert "0 of 11 rows were put to review." in html
    assert "Line 2: the space has no relation “place of birth” in use." in html


def test_a_failed_import_says_why_and_goes_on(queued, alice, sign_in, monkeypatch):
    def broken(reader, rows):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(row_imports, "rows_propose", broken)
        for _ in range(3):
            import_run(import_id=queued.pk)
    queued.refresh_from_db()
    assert queued.state == "failed"
    assert Event.objects.get(action="import.failed").payload["reason"] == queued.error
    client = sign_in(alice)
    html = client.get(page(queued)).content.decode()
    assert "The import failed after 0 of 11 rows" in html
    client.post(page(queued, "document-extract"))
    assert import_run(import_id=queued.pk).state == "done"
    with pytest.raises(NotRetryable):
        import_retry(row_import=queued, actor=alice)


def test_it_is_cancelled_and_goes_on_where_it_stopped(queued, alice, bob, settings):
    settings.SLICE_SECONDS = 0
    import_run_next()
    import_cancel(row_import=queued, actor=bob)
    assert queued.state == "cancelled"
    assert import_run_next() is None
    event = Event.objects.get(action="import.cancelled")
    assert (event.actor, event.payload["rows"], event.payload["proposed"]) == (bob, 11, 4)
    with pytest.raises(NotCancellable):
        import_cancel(row_import=queued, actor=bob)
    assert Event.objects.filter(action="import.cancelled").count() == 1

    import_retry(row_import=queued, actor=alice)
    assert Event.objects.get(action="import.resumed").actor == alice
    assert import_run(import_id=queued.pk).state == "done"
    names = Candidate.objects.order_by("pk").values_list("subject_text", flat=True)
    assert list(names) == [f"Person {n}" for n in range(11)]


def test_a_worker_puts_nothing_more_of_a_cancelled_import_to_review(queued, alice, monkeypatch):
    """It is cancelled between the second part's beginning and the third's."""
    save, parts = row_imports._propose_part, []

    def cancelled(row_import, part, reader):
        if len(parts) == 2:
            import_cancel(row_import=RowImport.objects.get(), actor=alice)
        parts.append(part.pk)
        save(row_import, part, reader)

    monkeypatch.setattr(row_imports, "_propose_part", cancelled)
    assert import_run(import_id=queued.pk).state == "cancelled"
    queued.refresh_from_db()
    assert (len(parts), Candidate.objects.count(), queued.candidates) == (3, 8, 8)
    assert queued.parts.count() == 1
    assert not Event.objects.filter(action="import.failed").exists()


def test_who_asked_for_an_import_and_reviewers_cancel_it_and_let_it_go_on(
    queued, alice, bob, carol, dave, mallory, sign_in, settings
):
    settings.SLICE_SECONDS = 0
    import_run_next()
    cancel = page(queued, "document-cancel")
    for person, status in ((dave, 403), (carol, 403), (mallory, 404)):
        client = sign_in(person)
        assert cancel not in client.get(page(queued)).content.decode()
        assert client.post(cancel).status_code == status
    RowImport.objects.update(requested_by=carol)
    for person in (carol, bob):
        client = sign_in(person)
        assert cancel in client.get(page(queued)).content.decode()
        html = client.post(cancel, follow=True).content.decode()
        assert "The import was cancelled after 4 of 11 rows" in html
        assert "The 4 facts that it put to review are kept" in html
        assert cancel not in html
        assert ("Go on</button>" in html) == (person == bob)
        sign_in(bob).post(page(queued, "document-extract"))
        assert RowImport.objects.get().state == "queued"
    import_run(import_id=queued.pk)
    html = sign_in(bob).post(cancel, follow=True).content.decode()
    assert "has ended already" in html
    assert sign_in(bob).get(cancel).status_code == 405


def test_an_import_that_was_cancelled_before_a_row_says_that_nothing_was_put_to_review(
    queued, alice, sign_in
):
    client = sign_in(alice)
    html = client.post(page(queued, "document-cancel"), follow=True).content.decode()
    assert "It put nothing to review, and it can go on where it stopped." in html
    listed = reverse("sources:document-list", args=["atlas"])
    assert len(client.get(listed, {"state": "cancelled"}).context["page"].object_list) == 1


def test_rows_that_were_proposed_at_once_have_nothing_to_cancel(space, alice, sign_in):
    imported = document_import(space=space, actor=alice, data=file_of(*lines(3)), filename="a.csv")
    url = reverse("sources:document-cancel", args=["atlas", imported.document.pk])
    assert sign_in(alice).post(url).status_code == 403


def test_the_page_shows_progress_and_the_result(
    queued, alice, carol, sign_in, settings, monkeypatch
):
    client: Client = sign_in(alice)
    html = client.get(page(queued)).content.decode()
    assert "Waiting for a worker" in html
    assert page(queued, "document-progress") in html
    assert "Cancel</button>" in html
    settings.SLICE_SECONDS = 0
    import_run_next()
    htmx = {"HX-Request": "true"}
    part = client.get(page(queued, "document-progress"), headers=htmx)
    assert part.status_code == 200
    assert "4 of 11 rows" in part.content.decode()
    assert "Putting rows to review" in part.content.decode()
    monkeypatch.setattr("apps.curation.document_views.worker_alive", lambda *queues: False)
    part = client.get(page(queued, "document-progress"), headers=htmx)
    assert "Waiting for a worker" in part.content.decode()
    assert "No worker is running" in part.content.decode()
    import_run(import_id=queued.pk)
    ended = client.get(page(queued, "document-progress"), headers=htmx)
    assert (ended.status_code, ended["HX-Refresh"]) == (286, "true")
    html = sign_in(carol).get(page(queued)).content.decode()
    assert "11 of 11 rows were put to review." in html


def test_the_page_for_adding_leads_to_it_and_lists_show_its_state(space, alice, sign_in):
    client = sign_in(alice)
    factories.make_document(space, alice, text="Something else.")
    url = reverse("sources:document-add", args=[space.slug])
    file = SimpleUploadedFile("facts.csv", file_of(*lines(11)))
    response = client.post(url, {"file": file}, follow=True)
    assert "Its rows are being put to review." in response.content.decode()
    listed = reverse("sources:document-list", args=[space.slug])
    found = client.get(listed, {"state": "open"}).context["page"].object_list
    assert [document.title for document in found] == ["facts"]
    import_run(import_id=RowImport.objects.get().pk)
    assert not client.get(listed, {"state": "open"}).context["page"].object_list
    assert "imported" in client.get(listed).content.decode()


def test_it_refuses_more_imports_than_one_person_may_have_waiting(space, alice, queued, settings):
    settings.OPEN_EXTRACTIONS = 1
    with pytest.raises(jobs.TooManyOpen, match="You have 1 imports waiting"):
        document_import(space=space, actor=alice, data=file_of(*lines(12)), filename="b.csv")
    assert Document.objects.count() == 1
