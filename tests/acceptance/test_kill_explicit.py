"""kill -9 while workers answer from explicit memories and build them: no answer attends to what was
retracted, and a build goes on.

``MEMWEB_RETRACTIONS`` says how many retractions there are (the suite: 12).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from apps.accounts.models import Space, User
from apps.asking.models import AttendedMemory, Citation, Question
from apps.asking.services import question_ask
from apps.audit.models import Event
from apps.explicit import services
from apps.explicit.models import ExplicitBuild, ExplicitChoice, ExplicitMemory
from apps.memory.controller import MemoryController
from apps.memory.models import Triple
from tests import factories
from tests.acceptance.test_kill_worker import database_url, kill, wait_until
from tests.worker.causal import tiny
from tests.worker.causal.checkpoints import published
from worker.heads.causal import adapters
from worker.setups import HeadSetup

RETRACTIONS = int(os.environ.get("MEMWEB_RETRACTIONS", "12"))
KILL_EACH = 4  # of so many retractions one has a worker killed
LEASE = 4
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def var(tmp_path: Path, settings, monkeypatch) -> Iterator[Path]:
    """A folder with a tiny language model and an adapter that attends to explicit memories."""
    base = tiny.save(tmp_path / "models" / "tiny")
    folder = tmp_path / "adapters" / "ours"
    folder.parent.mkdir()
    shutil.copytree(published(tmp_path / "made", str(base)), folder)
    shutil.copytree(folder / "read", folder / "explicit")
    monkeypatch.setenv("MEMWEB_VAR", str(tmp_path))
    settings.EXPLICIT_DIR = tmp_path / "explicit"
    yield tmp_path
    adapters.forget()


@pytest.fixture
def owner(db, var: Path) -> User:
    """The owner of a space that answers by explicit memories of that model."""
    user, space = factories.make_user("alice"), factories.make_space("atlas")
    base, adapter = str(var / "models" / "tiny"), str(var / "adapters" / "ours")
    ExplicitChoice.objects.create(
        space=space, is_on=True, base=base, adapter=adapter, changed_by=user
    )
    space.read_head = HeadSetup("explicit", base=base, adapter=adapter).as_json()
    space.save(update_fields=["read_head"])
    return user


@pytest.fixture
def start(var: Path) -> Iterator[Start]:
    """Return a function that starts a Celery worker for one queue, in a process group of its
    own."""
    Redis.from_url(settings.REDIS_URL).flushall()
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "EXPLICIT_DIR": str(settings.EXPLICIT_DIR),
        "LEASE_SECONDS": str(LEASE),
        "SWEEP_SECONDS": "1",
        "SLICE_SECONDS": "1",
    }

    def begin(queues: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "memweb", "--skip-checks", "worker"]
        command += ["--beat", "--schedule", str(var / f"beat-{len(started)}")]
        command += ["--queues", queues, "--concurrency", "1", "--loglevel", "WARNING"]
        command += ["--hostname", f"w{len(started)}@%h", "--without-mingle", "--without-gossip"]
        with (var / f"worker-{len(started)}.log").open("wb") as log:
            worker = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        kill(worker)
    for log in sorted(var.glob("worker-*.log")):  # shown where a test fails
        print(log.read_text(errors="replace"))


def facts(count: int) -> list[Triple]:
    space, towns = Space.objects.get(), ("Lindenau", "Tern", "Bramholt", "Wexford")
    return [
        factories.make_triple(space, f"Ada Brook {n}", "place of birth", towns[n % len(towns)])
        for n in range(count)
    ]


def build(owner: User) -> None:
    asked = services.build_request(space=Space.objects.get(), actor=owner)
    assert services.build_run(build_id=asked.pk).state == "done"


def ask(owner: User, about: Triple) -> Question:
    text = f"Where was {about.subject.name} born?"
    return question_ask(space=about.space, actor=owner, text=text)


def ended(*questions: Question) -> bool:
    rows = Question.objects.filter(pk__in=[one.pk for one in questions])
    return not rows.exclude(state__in=["done", "failed"]).exists()


def looked_at(question: Question, fact: Triple) -> bool:
    """Tell whether an answer attended to a memory of a fact, or cites it."""
    rows = AttendedMemory.objects.filter(answer__question=question, left_out="")
    attended = [row for row in rows if fact.pk in row.triples]
    return bool(attended) or Citation.objects.filter(answer__question=question).exists()


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return int(cursor.fetchone()[0])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_fact_retracted_while_two_workers_answer_is_in_neither_though_one_is_killed(
    start: Start, owner: User
) -> None:
    fact, *_ = facts(3)
    build(owner)
    workers = [start("read"), start("read")]
    before = ask(owner, fact)
    wait_until(lambda: ended(before), "the first answer", *workers)
    assert looked_at(before, fact)

    with transaction.atomic():  # both have decoded, and wait to write what they attended to
        MemoryController(fact.space).retract(fact, actor=owner, reason="not so")
        with connection.cursor() as cursor:  # seen by workers only with the commit
            cursor.execute("SELECT state FROM explicit_explicitmemory WHERE state = 'stale'")
        questions = [_asked_elsewhere(owner, fact) for _ in workers]
        wait_until(lambda: waiting_for_locks() >= 2, "both workers at their answers", *workers)
        kill(workers[0])
    wait_until(lambda: ended(*questions), "the worker that is left", workers[1])
    for question in questions:
        question.refresh_from_db()
        assert question.state == "done"
        assert not looked_at(question, fact)
    assert sorted(one.attempts for one in questions) == [1, 2]  # one was taken over


def _asked_elsewhere(owner: User, fact: Triple) -> Question:
    """Ask on a connection of its own: the one of the test is in the middle of a retraction."""
    import threading

    found: list[Question] = []

    def asking() -> None:
        found.append(ask(owner, fact))
        connection.close()

    thread = threading.Thread(target=asking)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.slow
@pytest.mark.timeout(300 + 20 * RETRACTIONS)
@pytest.mark.django_db(transaction=True)
def test_no_answer_after_a_retraction_attends_to_it_whoever_is_killed(
    start: Start, owner: User
) -> None:
    """Two questions are under way in two workers when what they ask for is retracted; for one of
    KILL_EACH retractions the process of one of them is killed. Whatever is answered after the
    commit, by those or by the next ones, has nothing of it."""
    rows = facts(RETRACTIONS)
    build(owner)
    workers = [start("read"), start("read")]
    wait_until(lambda: len(_children(workers)) == 2, "both workers", *workers)
    drawn = random.Random(7)
    seen = dict.fromkeys(("before", "under way", "next", "killed", "attended before"), 0)
    for first, second in zip(rows[::2], rows[1::2], strict=False):
        pair = (first, second)
        asked = [ask(owner, fact) for fact in pair]
        time.sleep(drawn.random() * 0.3)
        is_under_way = {}
        for fact, question in zip(pair, asked, strict=True):
            if drawn.random() < 1 / KILL_EACH and (there := _children(workers)):
                drawn.choice(there).send_signal(signal.SIGKILL)
                seen["killed"] += 1
            MemoryController(fact.space).retract(fact, actor=owner, reason="not so")
            is_under_way[question.pk] = not ended(question)
        after = [ask(owner, fact) for fact in pair]
        wait_until(lambda all_=(*asked, *after): ended(*all_), "answers", *workers)
        for fact, question, later in zip(pair, asked, after, strict=True):
            if is_under_way[question.pk]:
                seen["under way"] += 1
                assert not looked_at(question, fact)
            else:
                seen["before"] += 1
                seen["attended before"] += looked_at(question, fact)
            seen["next"] += 1
            assert not looked_at(later, fact)
    print(seen)
    assert seen["next"] == len(rows) // 2 * 2
    assert not Question.objects.filter(state="failed").exists()
    assert not ExplicitMemory.objects.filter(state="fresh").exists()


def _children(workers: list[subprocess.Popen[bytes]]) -> list[psutil.Process]:
    """Return the processes that answer: of a worker's children those that are no clock."""
    found = []
    for worker in workers:
        children = sorted(psutil.Process(worker.pid).children(), key=lambda one: one.create_time())
        found += [one for one in children if "beat" not in one.name()]
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_build_goes_on_though_its_workers_are_killed(start: Start, owner: User) -> None:
    rows = facts(60)
    asked = services.build_request(space=rows[0].space, actor=owner)
    for wanted in (5, 20, 40):
        worker = start("evaluate,maintain")
        wait_until(
            lambda wanted=wanted: ExplicitMemory.objects.filter(state="fresh").count() >= wanted,
            f"{wanted} memories", worker,
        )  # fmt: skip
        kill(worker)
    start("evaluate,maintain")
    done = ExplicitBuild.objects.filter(pk=asked.pk, state="done")
    wait_until(done.exists, "the last worker")
    assert ExplicitMemory.objects.filter(state="fresh").count() == len(rows)
    assert ExplicitMemory.objects.count() == len(rows)
    assert Event.objects.filter(action="explicit.built").count() == 1
    found = services.files_verify(space=rows[0].space)
    assert (found.whole, found.damaged, found.changed) == (len(rows), 0, 0)
