"""The time of day is set by hours, back and forth: nothing waits for the old time to come again."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import psutil
import pytest
from celery.beat import Scheduler
from django.test import Client
from django.utils import timezone
from redis import Redis

from apps.accounts.models import SignInTries, User
from apps.asking.models import Question
from apps.asking.services import question_ask
from apps.asking.services.questions import QUESTIONS
from apps.common import health, jobs, worker_status
from apps.common.jobs.bell import unanswered
from apps.common.jobs.turns import next_in_turn
from apps.curation.selectors import holder_of
from apps.curation.services import hold_take
from memweb import rings
from memweb.celery import app
from memweb.embedded import processes
from memweb.serving import looks
from tests import factories

NOW, TIME, HOURS = timezone.now, time.time, timedelta(hours=5)


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets the time of day ahead by so much, or back, from now on."""

    def set_by(apart: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: NOW() + apart)
        monkeypatch.setattr(time, "time", lambda: TIME() + apart.total_seconds())

    return set_by


@pytest.fixture
def question(space, carol) -> Question:
    return question_ask(space=space, actor=carol, text="Who was Ada?")


def test_a_lost_job_is_taken_up_though_the_clock_went_back(question, clock):
    assert jobs.claim(QUESTIONS, question.pk)
    assert next_in_turn(Question) is None
    clock(-HOURS)
    assert next_in_turn(Question) == question.pk
    assert question.pk in unanswered(QUESTIONS).values_list("pk", flat=True)
    assert jobs.claim(QUESTIONS, question.pk)
    assert jobs.claim(QUESTIONS, question.pk) is None


@pytest.mark.parametrize("apart", [-HOURS, HOURS])
def test_who_is_at_a_job_goes_on_and_ends_it(question, clock, apart):
    job = jobs.claim(QUESTIONS, question.pk)
    clock(apart)
    jobs.renew(job)
    assert next_in_turn(Question) is None  # the lease is one of the new time
    jobs.finish(job)
    question.refresh_from_db()
    assert question.state == "done"


def test_a_late_worker_of_before_changes_nothing(question, clock):
    first = jobs.claim(QUESTIONS, question.pk)
    clock(-HOURS)
    second = jobs.claim(QUESTIONS, question.pk)
    with pytest.raises(jobs.LeaseLost):
        jobs.finish(first)
    jobs.finish(second)


def test_it_rings_again_though_the_last_ring_lies_ahead(question, clock):
    Question.objects.update(rung_at=timezone.now())
    assert not unanswered(QUESTIONS).exists()
    clock(-HOURS)
    assert unanswered(QUESTIONS).exists()


def test_nobody_stands_behind_all_others_until_the_old_time_comes(space, alice, bob, carol, clock):
    question_ask(space=space, actor=carol, text="a")
    jobs.run_next(QUESTIONS, jobs.finish)
    clock(-HOURS)
    waits = question_ask(space=space, actor=carol, text="b")
    for text in "cd":
        question_ask(space=space, actor=bob, text=text)
    order = []
    while job := jobs.run_next(QUESTIONS, jobs.finish):
        order.append(job.pk)
    assert order.index(waits.pk) <= 1


def test_a_card_is_free_though_its_hold_reaches_into_the_old_time(space, alice, bob, clock):
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    assert hold_take(candidate=candidate, holder=bob)
    assert holder_of(candidate, alice) == bob
    clock(-HOURS)
    assert holder_of(candidate, alice) is None
    assert hold_take(candidate=candidate, holder=alice)
    assert hold_take(candidate=candidate, holder=bob) is None


def test_a_name_that_has_to_wait_waits_by_the_new_time(client: Client, bob: User, clock):
    guess = {"username": "bob", "password": "wrong"}
    while (response := client.post("/sign-in/", guess)).status_code != 429:
        pass
    clock(-HOURS)
    response = client.post("/sign-in/", guess)
    assert response.status_code == 429
    wait = int(response["Retry-After"])
    clock(-HOURS + timedelta(seconds=wait + 1))
    assert client.post("/sign-in/", guess).status_code == 422
    assert SignInTries.objects.filter(last_at__gt=timezone.now()).count() == 0


@pytest.fixture
def redis(settings):
    with Redis.from_url(settings.REDIS_URL) as client:
        yield client
        for kind in (worker_status.ALIVE, worker_status.TASK):
            client.delete(kind + "read")


def test_a_mark_of_the_old_time_is_none(redis):
    seconds, _ = redis.time()
    for kind in (worker_status.ALIVE, worker_status.TASK):
        redis.set(kind + "read", str(seconds + 3 * 3600))
    assert not worker_status.worker_alive("read")
    assert worker_status.last_tasks(["read"]) == {}
    worker_status.mark_alive(["read"])
    worker_status.mark_task(["read"])
    assert worker_status.worker_alive("read")
    assert worker_status.last_tasks(["read"])["read"] < 5


def test_the_clock_of_who_looks_does_not_matter(redis, clock):
    worker_status.mark_alive(["read"])
    clock(HOURS)
    assert worker_status.worker_alive("read")


@pytest.mark.django_db(transaction=True)
def test_health_knows_no_negative_age(space, carol):
    question_ask(space=space, actor=carol, text="Who was Ada?")
    Question.objects.update(created_at=timezone.now() + HOURS)
    assert health.look().waiting == {}


@pytest.mark.parametrize("apart", [-HOURS, HOURS])
def test_the_sweepers_are_rung_for_whatever_the_time_of_day(monkeypatch, clock, apart):
    assert app.conf.beat_scheduler == "memweb.rings:SteadyScheduler"
    rung: list[str] = []
    monkeypatch.setattr(Scheduler, "apply_entry", lambda self, entry, **_: rung.append(entry.name))
    steady = [0.0]
    monkeypatch.setattr(rings.time, "monotonic", lambda: steady[0])
    scheduler = rings.SteadyScheduler(app=app)
    assert scheduler.tick() == 5.0
    entries = sorted(app.conf.beat_schedule)
    assert sorted(rung) == entries
    clock(apart)
    steady[0] = 4.0
    assert scheduler.tick() == 1.0
    assert sorted(rung) == entries
    steady[0] = 5.1
    scheduler.tick()
    assert sorted(rung) == sorted(entries * 2)


def test_a_process_is_known_whatever_the_time_of_day():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        here = psutil.Process(process.pid)
        assert processes.began(here) == processes.began(here) > processes.began(psutil.Process(1))
        process.communicate(b"\n")


def test_no_worker_is_ended_because_the_clock_was_set(clock):
    site = looks.SiteLook("localhost", 1)
    clock(HOURS)
    for _ in range(3):
        site._note(b'{"stuck": ["documents"]}')
    assert site.stuck_groups() == set()
    site.clock._set_at -= looks.SPARED_SECONDS
    for _ in range(2):
        site._note(b'{"stuck": ["documents"]}')
    assert site.stuck_groups() == {"documents"}
