"""kill -9 amid an extraction, and a broker that forgets: nothing is lost and nothing twice."""

from __future__ import annotations

from collections import Counter

import psutil
import pytest
from django.conf import settings
from redis import Redis

from apps.audit.models import Event
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.curation.services import extraction_request
from apps.memory.models import Triple
from apps.sources.models import Document, Passage
from memweb.celery import app
from tests import factories
from tests.acceptance.workers import kill, wait_until

PASSAGES = 14
LITTLE_MEMORY = 600 * 2**20  # of addresses (`ulimit -v`): a worker starts, and loads no encoder


def make_document() -> Document:
    """Return a document of PASSAGES passages, each with one fact of its own."""
    space = factories.make_space("atlas")
    factories.make_relation(space, "place of birth")
    names = [f"Ada {chr(ord('A') + number) * 3}" for number in range(PASSAGES)]
    sentences = [f"{name.title()} was born in Lindenau." for name in names]
    document = factories.make_document(
        space, factories.make_user("alice"), text=" ".join(sentences)
    )
    document.passages.all().delete()
    start = 0
    for index, sentence in enumerate(sentences):
        end = start + len(sentence)
        Passage.objects.create(
            document=document, index=index, start=start, end=end, text=sentence,
            sentences=[start, end],
        )  # fmt: skip
        start = end + 1
    return document


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_extracts_every_passage_once_though_worker_and_broker_die(start_worker):
    broker = Redis.from_url(settings.REDIS_URL)
    broker.flushall()
    document = make_document()
    extraction = extraction_request(document=document, actor=document.added_by)
    first = start_worker()
    done = PassageExtraction.objects.filter(extraction=extraction)
    wait_until(done.exists, "the first passage")
    kill(first)

    saved = done.count()
    extraction.refresh_from_db()
    assert 0 < saved < PASSAGES
    # Between two slices it waits for its turn.
    assert extraction.state in (Extraction.State.RUNNING, Extraction.State.QUEUED)

    broker.flushall()
    assert broker.dbsize() == 0
    start_worker()
    finished = Extraction.objects.filter(pk=extraction.pk, state=Extraction.State.DONE)
    wait_until(finished.exists, "the second worker")

    assert_each_passage_once(extraction)


def assert_each_passage_once(extraction: Extraction) -> None:
    done = PassageExtraction.objects.filter(extraction=extraction)
    passages = Counter(done.values_list("passage_id", flat=True))
    assert passages == Counter(extraction.document.passages.values_list("pk", flat=True))
    subjects = Counter(Candidate.objects.values_list("subject_text", flat=True))
    assert len(subjects) == PASSAGES
    assert set(subjects.values()) == {1}
    events = Counter(Event.objects.values_list("action", flat=True))
    assert events["candidate.proposed"] == PASSAGES
    assert events["extraction.finished"] == 1
    assert not Triple.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_extracts_every_passage_once_though_workers_die_between_slices(start_worker):
    Redis.from_url(settings.REDIS_URL).flushall()
    document = make_document()
    extraction = extraction_request(document=document, actor=document.added_by)
    done = PassageExtraction.objects.filter(extraction=extraction)
    for wanted in (3, 6, 9):
        worker = start_worker()
        wait_until(lambda wanted=wanted: done.count() >= wanted, f"{wanted} passages")
        kill(worker)
    start_worker()
    finished = Extraction.objects.filter(pk=extraction.pk, state=Extraction.State.DONE)
    wait_until(finished.exists, "the last worker")
    assert_each_passage_once(extraction)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("frozen", "reason"), [(False, "took longer than 2 seconds"), (True, "lost 3 times")]
)
def test_it_fails_what_takes_too_long_or_freezes_its_worker(start_worker, frozen, reason):
    app.loader.import_default_modules()  # who rings knows the task, and has another limit
    assert app.tasks["curation.extract"].soft_time_limit == settings.JOB_SECONDS
    Redis.from_url(settings.REDIS_URL).flushall()
    document = make_document()
    extraction = extraction_request(document=document, actor=document.added_by)
    Extraction.objects.update(attempts=settings.JOB_ATTEMPTS - 1)  # the last try
    worker = start_worker(JOB_SECONDS="2", SCRIPTED_DELAY="60")
    rows = Extraction.objects.filter(pk=extraction.pk)
    wait_until(rows.filter(state="running").exists, "the worker")
    if frozen:
        children = psutil.Process(worker.pid).children()  # one works, the other is the clock
        for child in children:
            child.suspend()
        wait_until(
            lambda: not all(map(psutil.Process.is_running, children)), "the end of one", worker
        )
        for child in children:
            if child.is_running():
                child.resume()
    wait_until(rows.filter(state="failed").exists, "the end of the job", worker)
    extraction.refresh_from_db()
    assert reason in extraction.error
    assert Event.objects.get(action="extraction.failed").payload["reason"] == extraction.error


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_fails_what_it_has_too_little_memory_for(start_worker):
    Redis.from_url(settings.REDIS_URL).flushall()
    document = make_document()
    extraction = extraction_request(document=document, actor=document.added_by, head="encoder")
    Extraction.objects.update(attempts=settings.JOB_ATTEMPTS - 1)  # the last try
    worker = start_worker(LITTLE_MEMORY, EMBEDDER="minilm")
    rows = Extraction.objects.filter(pk=extraction.pk)
    wait_until(rows.filter(state="failed").exists, "the end of the job")
    extraction.refresh_from_db()
    assert extraction.error == "The write head ran out of memory."
    assert worker.poll() is None  # and what needs less is still served
