"""Health: what it says of servers that are frozen, of jobs that wait and of a full disk."""

from __future__ import annotations

import json
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from redis import Redis

from apps.asking.models import Question
from apps.asking.services import question_ask
from apps.common import health, worker_status
from memweb.queues import QUEUES
from tests import factories


@pytest.fixture(autouse=True)
def _fresh(settings):
    """No answer of an earlier test, and workers that listen."""
    health._Shared.health = None
    marks = [kind + queue for kind in (worker_status.ALIVE, worker_status.TASK) for queue in QUEUES]
    with Redis.from_url(settings.REDIS_URL) as client:
        client.delete(*marks)
        worker_status.mark_alive()
        yield
        client.delete(*marks)


@pytest.fixture
def frozen(tmp_path: Path):
    """Return a function that listens at a unix socket and never says a word."""
    opened: list[socket.socket] = []

    def listen(name: str) -> Path:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(tmp_path / name))
        server.listen(50)
        opened.append(server)
        return tmp_path

    yield listen
    for server in opened:
        server.close()


def waiting_question(age: timedelta) -> Question:
    space = factories.make_space("atlas")
    question = question_ask(space=space, actor=factories.make_user("carol"), text="Who was Ada?")
    Question.objects.update(created_at=timezone.now() - age)
    return question


@pytest.mark.django_db
def test_it_does_not_hang_on_a_frozen_redis(client: Client, settings, frozen) -> None:
    settings.REDIS_URL = f"unix://{frozen('redis.sock')}/redis.sock"
    began = time.monotonic()
    body = client.get("/health/").json()
    assert time.monotonic() - began < 3
    assert (body["broker"], body["worker"], body["stuck"]) == (False, False, [])


@pytest.mark.django_db
def test_it_does_not_hang_on_a_frozen_database(client: Client, monkeypatch, frozen) -> None:
    folder = frozen(".s.PGSQL.5432")
    away = connection.get_connection_params() | {"host": str(folder), "port": "5432"}
    monkeypatch.setattr(health.connection, "get_connection_params", lambda: dict(away))
    began = time.monotonic()
    response = client.get("/health/")
    assert time.monotonic() - began < 5
    assert response.status_code == 503
    assert response.json()["database"] is False


@pytest.mark.django_db(transaction=True)
def test_it_is_not_content_with_a_worker_that_only_speaks(client: Client, settings) -> None:
    waiting_question(timedelta(seconds=60))
    body = client.get("/health/").json()
    assert 59 < body["waiting"]["read"] < 90
    assert (body["worker"], body["stuck"]) == (False, [])

    Question.objects.update(created_at=timezone.now() - timedelta(seconds=settings.JOB_SECONDS * 2))
    assert health.look().stuck == ["questions"]
    worker_status.mark_task(["read"])  # it works, and others are before this one
    assert health.look().stuck == []
    assert health.look().worker is True


@pytest.mark.django_db(transaction=True)
def test_it_does_not_judge_a_worker_by_what_it_already_does(client: Client) -> None:
    question = waiting_question(timedelta(hours=1))
    Question.objects.filter(pk=question.pk).update(state="done", finished_at=timezone.now())
    assert health.look().waiting == {}
    assert health.look().worker is True


@pytest.mark.django_db
def test_it_says_that_a_queue_has_no_worker(client: Client) -> None:
    worker_status.mark_gone(["read"])
    assert worker_status.worker_alive("write")
    assert not worker_status.worker_alive("read")
    assert client.get("/health/").json()["worker"] is False


@pytest.mark.django_db
def test_it_says_that_the_disk_is_full(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(health, "FREE_BYTES", 1 << 60)
    response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["disk"] is False


@pytest.mark.django_db
def test_many_who_ask_at_once_share_one_answer(client: Client, monkeypatch) -> None:
    looks: list[int] = []
    look = health.look
    monkeypatch.setattr(health, "look", lambda: looks.append(1) or look())
    for _ in range(5):
        client.get("/health/")
    assert len(looks) == 1


@pytest.mark.django_db
def test_the_command_fails_where_the_workers_of_a_group_are_gone(capsys, settings) -> None:
    call_command("health", "--group", "questions")
    assert json.loads(capsys.readouterr().out)["worker"] is True
    worker_status.mark_gone(["write"])
    call_command("health", "--group", "questions")
    with pytest.raises(SystemExit, match="1"):
        call_command("health", "--group", "documents")
