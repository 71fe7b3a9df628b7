"""Ringing for a worker."""

from __future__ import annotations

import time

import pytest
from celery import current_app
from django.conf import settings

from apps.asking.services import question_ask
from memweb.celery import configuration


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
