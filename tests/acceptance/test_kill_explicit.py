"""kill -9 while answers attend to explicit memories, and while these are built.

What is retracted is attended to by no answer that is written afterwards, whoever was at it.
MEMWEB_RETRACTIONS says how many are tried.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest
from django.conf import settings
from redis import Redis

from apps.asking.models import AttendedMemory, Question
from apps.asking.services import question_ask
from apps.audit.models import Event
from apps.explicit import services
from apps.explicit.models import ExplicitBuild, ExplicitChoice, ExplicitMemory
from apps.explicit.services.files import maker_id
from apps.memory.controller import MemoryController
from tests import factories
from tests.acceptance.workers import kill, wait_until
from tests.apps.explicit.rows import StubMaker, make_memory, path_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

RETRACTIONS = int(os.environ.get("MEMWEB_RETRACTIONS", "40"))
EACH = 4  # a worker is killed after so many retractions
DELAY = 0.05
MODULE = "tests.acceptance.explicit_worker"


@pytest.fixture
def start(start_worker, tmp_path) -> Callable[[str], object]:
    """Return a function that starts a worker for queues, of the stubs."""
    Redis.from_url(settings.REDIS_URL).flushall()
    return lambda queues: start_worker(
        module=(MODULE, queues), STUB_DELAY=str(DELAY), EXPLICIT_DIR=str(tmp_path / "explicit"),
        LEASE_SECONDS="2",
    )  # fmt: skip


@pytest.fixture
def is_on(space, alice, settings, tmp_path) -> None:
    settings.EXPLICIT_DIR = tmp_path / "explicit"
    ExplicitChoice.objects.create(space=space, is_on=True, base="smollm2", changed_by=alice)


def attending(memory: int) -> set[int]:
    found = AttendedMemory.objects.filter(memory=memory, left_out="")
    return set(found.values_list("answer_id", flat=True))


def open_questions() -> int:
    return Question.objects.exclude(state__in=("done", "failed", "cancelled")).count()


def test_no_answer_attends_to_what_was_retracted_though_workers_are_killed(
    space, alice, carol, is_on, start
) -> None:
    rng = random.Random(5)
    relation = factories.make_relation(space, "home")
    controller = MemoryController(space)
    said = maker_id(StubMaker().said)
    texts = [f"P{n} lives in Q{n}." for n in range(RETRACTIONS + 8)]
    triples = [
        factories.make_triple(space, f"P{n}", relation, f"Q{n}") for n, _ in enumerate(texts)
    ]
    for triple, text in zip(triples, texts, strict=True):
        factories.make_evidence(triple, factories.make_document(space, alice, text), alice)
    memories = [
        make_memory([one], text=text, maker=said) for one, text in zip(triples, texts, strict=True)
    ]
    workers = [start("read"), start("read")]
    answered = AttendedMemory.objects.filter(left_out="")
    question_ask(space=space, actor=carol, text=texts[0])
    wait_until(answered.exists, "the first answer")
    until: dict[int, set[int]] = {}
    under_way = 0
    for n, (triple, memory) in enumerate(zip(triples[:RETRACTIONS], memories, strict=False)):
        for _ in range(2):
            question_ask(space=space, actor=carol, text=texts[n])
        time.sleep(rng.random() * 2 * DELAY)
        under_way += Question.objects.filter(state="running").exists()
        controller.retract(triple, actor=alice, reason="not so")
        until[memory.pk] = attending(memory.pk)
        if n % EACH == EACH - 1:
            kill(workers.pop(0))
            workers.append(start("read"))
        wait_until(lambda: open_questions() < 6, "room for questions")
    for n in range(RETRACTIONS):
        if n % 2:  # the other half: nobody asks again, an open answer is all there was
            question_ask(space=space, actor=carol, text=texts[n])
            wait_until(lambda: open_questions() < 6, "room for questions")
    wait_until(lambda: not open_questions(), "all answers")
    assert not Question.objects.filter(state="failed").exists()
    assert {pk: attending(pk) for pk in until} == until
    assert under_way > RETRACTIONS / 4
    assert any(until.values())
    still = {one.pk for one in memories[RETRACTIONS:]}
    assert set(ExplicitMemory.objects.filter(state="fresh").values_list("pk", flat=True)) == still
    print(f"{RETRACTIONS} retractions, {under_way} of them with an answer under way")


def test_a_build_goes_on_where_a_killed_worker_left_it(space, alice, is_on, start) -> None:
    relation = factories.make_relation(space, "home", template="{subject} lives in {object}.")
    for n in range(60):
        factories.make_triple(space, f"P{n}", relation, f"Q{n}")
    build = services.build_request(space=space, actor=alice)
    fresh = ExplicitMemory.objects.filter(state="fresh")
    for wanted in (5, 20, 40):
        worker = start("evaluate,maintain")
        wait_until(lambda wanted=wanted: fresh.count() >= wanted, f"{wanted} memories")
        assert fresh.count() < 60
        kill(worker)
        for one in fresh.all():  # what is said to be whole is whole
            assert path_of(space.pk, one.name).stat().st_size == one.bytes
    start("evaluate,maintain")
    done = ExplicitBuild.objects.filter(pk=build.pk, state="done")
    wait_until(done.exists, "the last worker")
    assert sorted(one.subject.name for one in fresh.select_related("subject")) == sorted(
        f"P{n}" for n in range(60)
    )
    assert {path_of(space.pk, one.name).read_text() for one in fresh} == {
        f"P{n} lives in Q{n}." for n in range(60)
    }
    assert Event.objects.filter(action="explicit.built").count() == 1
