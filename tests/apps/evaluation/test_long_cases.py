"""Cases that take longer than a worker has: read in slices, or noted as too long."""

from __future__ import annotations

import signal
import time
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.urls import reverse
from django.utils import timezone

from apps.evaluation.models import Run
from apps.evaluation.services.answering import texts_read
from apps.evaluation.services.answering.begun import KEPT_SECONDS, Begun
from apps.evaluation.services.answering.from_memory import FromMemory
from apps.evaluation.services.runs import jobs, run_request, run_run_next
from apps.sources.passages import split_passages
from tests import factories
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end
from worker.heads.scripted.read_head import ScriptedReadHead
from worker.heads.scripted.write_head import ScriptedWriteHead

pytestmark = pytest.mark.django_db

SAID = "Ada Brook was born in Lindenau. Ben Hollis was born in Halden."
LONG = "\n\n".join([SAID, "The days were cold. " * 200, "Cleo Marsh was born in Corvo."])
PEOPLE = (("Ada Brook", "Lindenau"), ("Ben Hollis", "Halden"), ("Cleo Marsh", "Corvo"))
FACTS = [{"subject": a, "relation": "place of birth", "object": b} for a, b in PEOPLE]


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    monkeypatch.setattr(texts_read, "_begun", Begun())


@pytest.fixture
def texts(space, alice):
    factories.make_relation(space)
    cases = [
        {"text": SAID, "expected": FACTS[:2], "relation": ""},
        {"text": LONG, "expected": FACTS, "relation": ""},
        {"text": SAID, "expected": FACTS[:2], "relation": ""},
    ]
    return make_version(space, alice, cases, kind="documents")


@pytest.fixture
def questions(space, alice):
    make_memory(space)
    people = [born("Ada Brook", "Lindenau"), born("Ben Hollis", "Halden"), born("Zoe Nowhere")]
    return make_version(space, alice, people)


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The passages that the write head has read, by their number in the text."""
    found: list[str] = []
    once = ScriptedWriteHead.extract

    def extract(self, passages, relations):
        found.extend(one.id for one in passages)
        return once(self, passages, relations)

    monkeypatch.setattr(ScriptedWriteHead, "extract", extract)
    return found


def sleeps_at(monkeypatch, who: str) -> None:
    """Let the read head sleep over the questions about somebody. The worker's time ends meanwhile,
    as with Celery: by an error amid whatever is done."""
    once = ScriptedReadHead.answer

    def ends(number: int, frame: object) -> None:
        raise SoftTimeLimitExceeded

    def answer(self, question, memory, context):
        if who in question:
            before = signal.signal(signal.SIGALRM, ends)
            left, _ = signal.setitimer(signal.ITIMER_REAL, 0.2)  # that of the test itself
            try:
                time.sleep(60)
            finally:
                signal.signal(signal.SIGALRM, before)
                signal.setitimer(signal.ITIMER_REAL, left)
        return once(self, question, memory, context)

    monkeypatch.setattr(ScriptedReadHead, "answer", answer)


def slices(run: Run, most: int = 20) -> int:
    """Do a run to its end; return how many slices it took."""
    for number in range(1, most + 1):
        assert run_run_next() is not None
        run.refresh_from_db()
        if not run.is_open:
            return number
    raise AssertionError("The run does not come to its end.")


def test_it_notes_a_case_that_takes_too_long_and_goes_on(
    space, questions, dave, settings, monkeypatch, sign_in
) -> None:
    settings.JOB_SECONDS = 0.2
    sleeps_at(monkeypatch, "Ben Hollis")
    run = run_request(version=questions, actor=dave)
    slices(run)
    assert (run.state, run.done, run.error) == ("done", 3, "")
    found = list(run.results.order_by("case").values_list("outcome", "diagnosis"))
    assert found == [("right", ""), ("refused", "too-long"), ("right", "")]
    assert (run.figures["refused"], run.figures["diagnoses"]) == (1, {"too-long": 1})
    client = sign_in(dave)
    page = reverse("evaluation:run", args=[space.slug, run.pk])
    assert "Took too long 1" in client.get(page).content.decode()
    narrowed = client.get(page, {"diagnosis": "too-long"}).content.decode()
    assert "Where was Ben Hollis born?" in narrowed
    case = reverse("evaluation:case", args=[space.slug, run.pk, 2])
    said = client.get(case).content.decode()
    assert "took longer than" in said
    assert "JOB_SECONDS" in said


def test_time_that_loading_took_is_not_held_against_a_case(
    questions, dave, settings, monkeypatch
) -> None:
    settings.JOB_SECONDS = 60  # of which little is left, each time
    sleeps_at(monkeypatch, "Ada Brook")
    run = run_request(version=questions, actor=dave)
    assert slices(run) == settings.JOB_ATTEMPTS
    assert (run.state, run.done, run.error) == ("done", 3, "")
    assert run.results.get(case__number=1).diagnosis == "too-long"


def test_a_head_that_is_slow_with_every_case_does_not_hold_the_run_up(
    questions, dave, settings, monkeypatch
) -> None:
    settings.JOB_SECONDS = 0.2
    sleeps_at(monkeypatch, "")
    run = run_request(version=questions, actor=dave)
    slices(run)
    assert run.state == "done"
    assert run.figures["diagnoses"] == {"too-long": 3}


def test_a_long_text_is_read_in_slices(texts, dave, settings, read) -> None:
    whole = run_to_its_end(texts, dave)
    every = list(read)
    read.clear()
    settings.SLICE_SECONDS = 0
    run = run_request(version=texts, actor=dave)
    assert slices(run) == len(every), "one passage a slice"
    assert read == every
    assert len(every) == len(split_passages(LONG)) + 2 >= 5
    for one, other in zip(
        whole.results.order_by("case"), run.results.order_by("case"), strict=True
    ):
        assert (one.outcome, one.answer) == (other.outcome, other.answer)
        assert one.outcome == "right"


def test_two_runs_that_take_turns_keep_their_places(texts, alice, dave, settings, read) -> None:
    settings.SLICE_SECONDS = 0
    moments = [timezone.now() - timedelta(hours=ago) for ago in (2, 1)]
    for actor, known_at in zip((alice, dave), moments, strict=True):
        run_request(version=texts, actor=actor, known_at=known_at)
    while run_run_next() is not None:
        pass
    assert {run.state for run in Run.objects.all()} == {"done"}
    assert len(read) == 2 * (len(split_passages(LONG)) + 2)


def test_a_long_text_is_read_again_whole_after_a_kill_in_a_passage(
    texts, dave, monkeypatch, read
) -> None:
    once = ScriptedWriteHead.extract

    def extract(self, passages, relations):
        found = once(self, passages, relations)
        if len(read) >= 3 and not killed:  # the first text has one passage: this is in the next
            killed.append(True)
            raise KeyboardInterrupt
        return found

    killed: list[bool] = []
    monkeypatch.setattr(ScriptedWriteHead, "extract", extract)
    run = run_request(version=texts, actor=dave)
    with pytest.raises(KeyboardInterrupt):
        run_run_next()
    run.refresh_from_db()
    kept = run.results.count()  # of the first case, unless it was killed before it was saved
    monkeypatch.setattr(texts_read, "_begun", Begun())  # what the next process knows
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    read.clear()
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    whole = [str(number) for number in range(len(split_passages(LONG)))]
    assert read == [*(["0"] if not kept else []), *whole, "0"]
    assert (run.state, run.done) == ("done", 3)
    assert [one.outcome for one in run.results.order_by("case")] == ["right"] * 3


def test_it_forgets_what_nobody_went_on_with(monkeypatch) -> None:
    begun: Begun[list[int]] = Begun()
    begun.of("a", list).append(1)
    assert begun.of("a", list) == [1]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + KEPT_SECONDS + 10)
    assert begun.of("a", list) == []
    begun.end("a")
    begun.end("never begun")


def test_an_error_that_is_no_end_of_the_time_stays_one(questions, dave, monkeypatch) -> None:
    def answer(self, case):
        raise MemoryError

    monkeypatch.setattr(FromMemory, "answer", answer)
    run = run_request(version=questions, actor=dave)
    jobs.run_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.done == 0
    assert run.error == "The run ran out of memory."
