"""The job loop: ringing for a worker, sweeping, and limits of time."""

from __future__ import annotations

import errno
import socket
import time

import pytest
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.asking.models import Question
from apps.asking.services import question_ask
from apps.asking.services.questions import QUESTIONS
from apps.audit.models import Event
from apps.common import jobs
from apps.common.jobs.bell import unanswered
from memweb.celery import SWEEPERS, app, configuration


def test_it_does_not_wait_for_a_broker_that_is_away(
    space, carol, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    """The settings are the product's own; only the address leads nowhere."""
    options = configuration()["broker_transport_options"]
    away = current_app.connection_for_write(
        f"redis+socket://{settings.VAR_DIR}/nobody.sock", transport_options=options
    )
    send = current_app.send_task
    monkeypatch.setattr(
        "apps.common.jobs.current_app.send_task",
        lambda task, **given: send(task, connection=away, **given),
    )
    with django_capture_on_commit_callbacks() as callbacks:
        question = question_ask(space=space, actor=carol, text="Who was Ada Brook?")
    started = time.monotonic()
    for callback in callbacks:
        callback()
    assert callbacks
    assert time.monotonic() - started < 2
    question.refresh_from_db()
    assert question.rung_at is None
    assert question.is_open


def test_ten_rings_of_a_frozen_broker_hold_nobody_for_more_than_a_second(
    space, carol, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks, tmp_path
) -> None:
    options = configuration()["broker_transport_options"]
    with socket.socket(socket.AF_UNIX) as frozen:
        frozen.bind(str(tmp_path / "redis.sock"))
        frozen.listen(50)  # it takes connections and never says a word, as a stopped process does
        broker = current_app.connection_for_write(
            f"redis+socket://{tmp_path}/redis.sock", transport_options=options
        )
        send = current_app.send_task
        monkeypatch.setattr(
            "apps.common.jobs.current_app.send_task",
            lambda task, **given: send(task, connection=broker, **given),
        )
        with django_capture_on_commit_callbacks() as callbacks:
            for number in range(10):
                question_ask(space=space, actor=carol, text=f"Who was Ada Brook, {number}?")
        started = time.monotonic()
        for callback in callbacks:
            callback()
        assert len(callbacks) >= 10
        assert time.monotonic() - started < 1
    assert Question.objects.filter(state="queued", rung_at=None).count() == 10


def _ask_many(space, actor, number: int, **fields) -> list[Question]:
    first = question_ask(space=space, actor=actor, text="Who was Ada Brook?")
    return Question.objects.bulk_create(
        Question(
            space=space, conversation=first.conversation, asked_by=actor, text=f"Who? {n}",
            head=first.head, **fields,
        )
        for n in range(number)
    )  # fmt: skip


def test_a_sweep_reads_no_question_that_is_done(space, carol) -> None:
    _ask_many(space, carol, 3000, state="done", finished_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE asking_question")
    plan = unanswered(QUESTIONS).explain()
    assert "asking_question_open" in plan
    assert "Seq Scan" not in plan


def test_a_sweep_rings_only_for_the_head_of_a_long_queue(
    space, carol, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    queued = _ask_many(space, carol, 200)
    rung: list[int] = []
    monkeypatch.setattr(jobs.bell, "ring", lambda kind, job: rung.append(job.pk))
    with django_assert_num_queries(1):
        assert jobs.sweep(QUESTIONS) == QUESTIONS.most_rung
    assert rung[1:] == [question.pk for question in queued[: QUESTIONS.most_rung - 1]]


def test_a_job_that_takes_too_long_is_tried_again_and_then_failed_with_its_reason(
    space, carol
) -> None:
    question = question_ask(space=space, actor=carol, text="Who was Ada Brook?")

    def endless(question: Question) -> None:
        raise SoftTimeLimitExceeded

    states = [jobs.run(QUESTIONS, question.pk, endless).state for _ in range(3)]
    assert states == ["queued", "queued", "failed"]
    question.refresh_from_db()
    assert question.error == "The read head took longer than 90 seconds and was stopped."
    assert Event.objects.get(action="question.failed").payload == {"reason": question.error}


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"
        ),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_job_that_finds_no_memory_is_tried_again_and_then_says_so(space, carol, error) -> None:
    question = question_ask(space=space, actor=carol, text="Who was Ada Brook?")

    def greedy(question: Question) -> None:
        raise error

    states = [jobs.run(QUESTIONS, question.pk, greedy).state for _ in range(3)]
    assert states == ["queued", "queued", "failed"]
    question.refresh_from_db()
    assert question.error == "The read head ran out of memory."


def test_a_sweep_that_ends_its_worker_is_not_delivered_again() -> None:
    """It would end the next one too, at once; the clock rings anew in some seconds."""
    app.loader.import_default_modules()
    for name in SWEEPERS:
        assert app.tasks[name].acks_late is False
    assert app.tasks["asking.answer"].acks_late
    assert app.tasks["curation.extract"].acks_late


def test_how_long_a_job_may_take_is_said_by_the_worker_and_not_by_who_rings(
    space, carol, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    """Celery writes the limits of a process that knows the task into what it sends."""
    app.loader.import_default_modules()
    assert app.tasks["asking.answer"].soft_time_limit == settings.JOB_SECONDS
    sent = []
    monkeypatch.setattr(
        type(app.amqp),
        "send_task_message",
        property(lambda _: lambda producer, name, message, **given: sent.append(message)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        question_ask(space=space, actor=carol, text="Who was Ada Brook?")
    assert [list(message.headers["timelimit"]) for message in sent] == [[None, None]]


def test_a_job_that_never_saves_its_part_is_given_up(space, carol) -> None:
    """It says that it got on in the transaction that then fails."""
    question = question_ask(space=space, actor=carol, text="Who was Ada Brook?")

    def fails_to_save(question: Question) -> None:
        with transaction.atomic():
            jobs.renew(question, got_on=True)
            raise RuntimeError

    states = [jobs.run(QUESTIONS, question.pk, fails_to_save).state for _ in range(3)]
    assert states == ["queued", "queued", "failed"]
