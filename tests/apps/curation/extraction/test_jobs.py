"""Each passage once, whatever happens to the worker; turns, cancelling and limits."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.audit.models import Event
from apps.common import jobs
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.curation.services import (
    NotCancellable,
    NotRetryable,
    extraction_cancel,
    extraction_request,
    extraction_retry,
    extraction_run,
    extraction_run_next,
    extraction_sweep,
)
from apps.curation.services.extraction import EXTRACTIONS
from tests import factories
from tests.apps.curation.extraction.reading import FakeHead, run
from worker import registry
from worker.errors import WorkerError
from worker.heads.scripted.write_head import ScriptedWriteHead


def test_it_returns_the_extraction_that_is_under_way(document, alice):
    first = extraction_request(document=document, actor=alice)

    assert extraction_request(document=document, actor=alice) == first
    assert Event.objects.filter(action="extraction.requested").count() == 1


def test_it_refuses_a_head_that_there_is_not(document, alice):
    with pytest.raises(registry.UnknownBackend, match="Did you mean 'scripted'"):
        extraction_request(document=document, actor=alice, head="scriptd")


def test_it_rings_after_commit(document, alice, django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr(
        "apps.common.jobs.current_app.send_task",
        lambda name, args, queue, **options: rung.append((name, args, queue)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        extraction = extraction_request(document=document, actor=alice)
        assert rung == []

    assert rung == [("curation.extract", [extraction.pk], "write")]


def test_it_goes_on_where_a_lost_worker_stopped(document, alice, head, settings):
    head(FakeHead(KeyboardInterrupt(), at=1))
    extraction = extraction_request(document=document, actor=alice)
    with pytest.raises(KeyboardInterrupt):
        extraction_run(extraction_id=extraction.pk)
    extraction.refresh_from_db()
    assert extraction.state == "running"
    assert extraction.passages.count() == 1

    assert extraction_run(extraction_id=extraction.pk).passages.count() == 1  # the lease holds
    Extraction.objects.filter(pk=extraction.pk).update(lease_until=timezone.now())
    healthy = head(FakeHead(AssertionError(), at=100))
    extraction = extraction_run(extraction_id=extraction.pk)

    assert extraction.state == "done"
    assert healthy.calls == 2
    assert extraction.passages.count() == 3
    assert Candidate.objects.count() == 3


def test_it_drops_the_result_of_a_worker_that_lost_its_lease(document, alice, head):
    class Overtaken(ScriptedWriteHead):
        def extract(self, passages, relations):
            Extraction.objects.update(lease_until=timezone.now())
            assert jobs.claim(EXTRACTIONS, Extraction.objects.get().pk) is not None
            return super().extract(passages, relations)

    head(Overtaken())
    extraction = run(document, alice)

    assert extraction.state == "running"
    assert extraction.attempts == 2
    assert not PassageExtraction.objects.exists()
    assert not Candidate.objects.exists()


def test_it_fails_at_once_on_a_permanent_error_and_can_be_retried(document, alice, head):
    head(FakeHead(WorkerError("The model is not installed.", permanent=True), at=1))
    extraction = run(document, alice)

    assert extraction.state == "failed"
    assert extraction.error == "The model is not installed."
    event = Event.objects.get(action="extraction.failed")
    assert event.payload["reason"] == "The model is not installed."

    head(ScriptedWriteHead())
    extraction_retry(extraction=extraction, actor=alice)
    extraction = extraction_run(extraction_id=extraction.pk)
    assert extraction.state == "done"
    assert Candidate.objects.count() == 3
    assert Event.objects.filter(action="extraction.retried").count() == 1


def test_it_tries_again_after_an_unexpected_error_and_then_says_so_plainly(
    document, alice, head, caplog
):
    head(FakeHead(RuntimeError("CUDA error: misaligned address at 0x7f"), at=0))
    extraction = run(document, alice)
    for attempt in (1, 2):
        assert (extraction.state, extraction.attempts) == ("queued", attempt)
        extraction = extraction_run(extraction_id=extraction.pk)

    assert extraction.state == "failed"
    assert "CUDA" not in extraction.error
    assert "unexpected error" in extraction.error
    assert "CUDA error" in caplog.text


def test_it_retries_only_what_failed(document, alice):
    extraction = run(document, alice)
    with pytest.raises(NotRetryable):
        extraction_retry(extraction=extraction, actor=alice)


def test_it_does_not_retry_beside_a_newer_extraction(document, alice, head):
    head(FakeHead(WorkerError("no", permanent=True), at=0))
    failed = run(document, alice)
    extraction_request(document=document, actor=alice)

    with pytest.raises(NotRetryable):
        extraction_retry(extraction=failed, actor=alice)


def test_it_sweeps_lost_jobs_and_fails_those_without_attempts(
    document, alice, settings, monkeypatch
):
    rung = []
    monkeypatch.setattr(jobs.bell, "ring", lambda kind, job: rung.append(job.pk))
    extraction = extraction_request(document=document, actor=alice)
    assert extraction_sweep() == 1

    for _ in range(settings.JOB_ATTEMPTS):
        assert jobs.claim(EXTRACTIONS, extraction.pk)
        Extraction.objects.update(lease_until=timezone.now())
    rung.clear()
    assert extraction_sweep() == 0

    extraction.refresh_from_db()
    assert (extraction.state, rung) == ("failed", [])
    assert "lost 3 times" in extraction.error
    assert Event.objects.filter(action="extraction.failed").count() == 1


def test_a_slice_reads_at_least_one_passage_and_gives_way(
    document, alice, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.SLICE_SECONDS = 0
    rung = []
    monkeypatch.setattr(
        "apps.common.jobs.current_app.send_task",
        lambda name, args, queue, **options: rung.append((name, args, queue)),
    )
    extraction = extraction_request(document=document, actor=alice)
    for done in (1, 2):
        with django_capture_on_commit_callbacks(execute=True):
            extraction_run_next()
        extraction.refresh_from_db()
        assert (extraction.state, extraction.attempts) == ("queued", 0)
        assert extraction.passages.count() == done
    assert rung == [("curation.extract", [extraction.pk], "write")] * 2
    extraction_run_next()
    extraction.refresh_from_db()
    assert extraction.state == "done"
    assert Candidate.objects.count() == 3
    assert extraction_run_next() is None


def test_documents_of_two_people_are_read_in_turn(document, alice, bob, settings, head):
    settings.SLICE_SECONDS = 0
    other = factories.make_document(document.space, bob, text="Eva Brook was born in Lindenau.")
    extraction_request(document=document, actor=alice)
    extraction_request(document=other, actor=bob)
    order = []
    while extraction := extraction_run_next():
        order.append(extraction.requested_by.username)
    assert order == ["alice", "bob", "alice", "alice"]


def test_it_fails_a_passage_that_kills_its_worker_however_many_slices_went_before(
    document, alice, settings, head
):
    settings.SLICE_SECONDS = 0
    extraction = extraction_request(document=document, actor=alice)
    extraction_run_next()
    head(FakeHead(KeyboardInterrupt(), at=0))
    for _ in range(settings.JOB_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            extraction_run_next()
        Extraction.objects.update(lease_until=timezone.now())
    assert extraction_run_next() is None

    extraction.refresh_from_db()
    assert extraction.state == "failed"
    assert "lost 3 times" in extraction.error
    assert extraction.passages.count() == 1


def test_it_is_cancelled_and_goes_on_where_it_stopped(document, alice, bob, settings):
    settings.SLICE_SECONDS = 0
    extraction = extraction_request(document=document, actor=alice)
    extraction_run_next()
    extraction_cancel(extraction=extraction, actor=bob)
    assert extraction.state == "cancelled"
    assert extraction_run_next() is None
    event = Event.objects.get(action="extraction.cancelled")
    assert (event.actor, event.payload["passages"], event.payload["candidates"]) == (bob, 1, 1)
    with pytest.raises(NotCancellable):
        extraction_cancel(extraction=extraction, actor=bob)

    extraction_retry(extraction=extraction, actor=alice)
    assert Event.objects.filter(action="extraction.resumed", actor=alice).count() == 1
    extraction = extraction_run(extraction_id=extraction.pk)
    assert extraction.state == "done"
    assert Candidate.objects.count() == 3


def test_a_worker_saves_nothing_more_of_a_cancelled_extraction(document, alice, head):
    class Cancelling(ScriptedWriteHead):
        def extract(self, passages, relations):
            extraction_cancel(extraction=Extraction.objects.get(), actor=alice)
            return super().extract(passages, relations)

    head(Cancelling())
    extraction = run(document, alice)
    assert extraction.state == "cancelled"
    assert not Candidate.objects.exists()
    assert not Event.objects.filter(action="extraction.failed").exists()


def test_a_person_may_have_only_so_many_documents_waiting(document, alice, bob, settings):
    settings.OPEN_EXTRACTIONS = 1
    extraction_request(document=document, actor=alice)
    other = factories.make_document(document.space, alice, text="Eva Brook was born.")
    with pytest.raises(jobs.TooManyOpen, match="You have 1 documents waiting"):
        extraction_request(document=other, actor=alice)
    extraction_request(document=other, actor=bob)


def test_it_says_whose_documents_wait_when_another_resumes_one(document, alice, bob, settings):
    settings.OPEN_EXTRACTIONS = 1
    extraction = extraction_request(document=document, actor=alice)
    extraction_cancel(extraction=extraction, actor=alice)
    other = factories.make_document(document.space, alice, text="Eva Brook was born.")
    extraction_request(document=other, actor=alice)
    with pytest.raises(jobs.TooManyOpen, match="alice has 1 documents waiting"):
        extraction_retry(extraction=extraction, actor=bob)
    with pytest.raises(jobs.TooManyOpen, match="You have 1 documents waiting"):
        extraction_retry(extraction=extraction, actor=alice)
