"""Runs as jobs: every case once, whatever happens meanwhile, and no trace in the space."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.asking.models import Answer, Question, ReadCall
from apps.audit.models import Event
from apps.common import jobs as job_loop
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.answering.from_memory import FromMemory
from apps.evaluation.services.runs import (
    BenchmarkArchived,
    ModeNotPossible,
    NothingToAsk,
    NotOpen,
    NotRetryable,
    UnknownMode,
    jobs,
    run_cancel,
    run_request,
    run_retry,
    run_run,
    run_run_next,
    run_sweep,
)
from apps.memory.models import Triple
from memweb.queues import GROUPS
from tests import factories
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end
from worker import registry
from worker.errors import WorkerError
from worker.setups import HeadSetup

pytestmark = pytest.mark.django_db

ASKED = (
    born("Ada Brook", "Lindenau"),
    born("Ben Hollis", "Berlin"),
    born("Nobody Known"),
    born("Zoe Nowhere", "Berlin"),
)
OUTCOMES = ["right", "wrong", "right", "abstained"]


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def one_a_slice(settings) -> None:
    settings.SLICE_SECONDS = 0


@pytest.fixture
def version(space, alice):
    make_memory(space)
    return make_version(space, alice, ASKED)


def outcomes(run: Run) -> list[str]:
    return list(run.results.order_by("case__number").values_list("outcome", flat=True))


def actions(space) -> list[str]:
    rows = Event.objects.filter(space=space, action__startswith="run.").order_by("pk")
    return list(rows.values_list("action", flat=True))


def test_it_asks_every_case_and_says_how_it_went(space, version, dave) -> None:
    run = run_to_its_end(version, dave)
    assert (run.state, run.done) == ("done", 4)
    assert outcomes(run) == OUTCOMES
    assert run.figures["n"] == 4
    assert run.figures["shares"]["right"]["value"] == 0.5
    assert run.made_of["head"] == "scripted"
    assert run.code
    first = run.results.get(case__number=1)
    assert first.answer["text"].startswith("Ada Brook was born in Lindenau [1]")
    assert first.answer["facts"] == [Triple.objects.get(subject__name="Ada Brook").pk]
    assert (first.claims, first.cited, first.supporting, first.f1) == (1, 1, 1, 1.0)
    assert actions(space) == ["run.requested", "run.finished"]


def test_it_leaves_no_trace_in_the_space(space, version, dave) -> None:
    run_to_its_end(version, dave)
    for model in (Question, Answer, ReadCall):
        assert not model.objects.exists()
    assert set(Triple.objects.values_list("read_count", flat=True)) == {0}
    others = Event.objects.filter(space=space).exclude(action__startswith="run.")
    assert not others.exists()


def test_it_reads_the_memory_as_it_was(space, version, dave) -> None:
    before = timezone.now()
    Triple.objects.filter(subject__name="Ada Brook").update(
        status="retracted", retracted_at=timezone.now()
    )
    assert outcomes(run_to_its_end(version, dave))[0] == "abstained"
    run = run_to_its_end(version, dave, known_at=before)
    assert outcomes(run)[0] == "right"
    assert run.known_at == before


def test_it_asks_no_case_twice_after_a_worker_was_killed(
    version, dave, one_a_slice, monkeypatch
) -> None:
    run = run_request(version=version, actor=dave)
    run_run_next()
    asked: list[str] = []
    original = FromMemory.answer

    def answer(self, case):
        asked.append(case.key)
        if len(asked) == 1:  # another worker takes over while this one is at its case
            Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            job_loop.claim(jobs.RUNS, run.pk)
        return original(self, case)

    monkeypatch.setattr(FromMemory, "answer", answer)
    run_run_next()
    assert run.results.count() == 1, "what came too late was dropped"
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    assert asked == ["case-2", "case-2", "case-3", "case-4"]
    assert (run.state, run.done, outcomes(run)) == ("done", 4, OUTCOMES)


def test_it_gives_way_after_each_slice(version, dave, one_a_slice) -> None:
    run = run_request(version=version, actor=dave)
    for done in (1, 2, 3):
        run_run_next()
        run.refresh_from_db()
        assert (run.state, run.done, run.attempts) == ("queued", done, 0)
    run_run_next()
    assert Run.objects.get().state == "done"


def test_it_is_cancelled_in_the_middle_and_goes_on_later(space, version, dave, one_a_slice) -> None:
    run = run_request(version=version, actor=dave)
    run_run_next()
    run_cancel(run=run, actor=dave)
    assert run_run_next() is None
    with pytest.raises(NotOpen):
        run_cancel(run=run, actor=dave)
    run_retry(run=run, actor=dave)
    with pytest.raises(NotRetryable):
        run_retry(run=run, actor=dave)
    while run_run_next() is not None:
        pass
    assert outcomes(run) == OUTCOMES
    assert actions(space) == ["run.requested", "run.cancelled", "run.retried", "run.finished"]


def test_it_drops_what_comes_after_it_was_cancelled(version, dave, monkeypatch) -> None:
    run = run_request(version=version, actor=dave)
    original = FromMemory.answer

    def answer(self, case):
        if case.number == 2:
            run_cancel(run=Run.objects.get(pk=run.pk), actor=dave)
        return original(self, case)

    monkeypatch.setattr(FromMemory, "answer", answer)
    run_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.done) == ("cancelled", run.results.count())


def test_it_waits_for_the_questions_of_people(space, version, carol, dave, monkeypatch) -> None:
    question = factories.make_question(factories.make_space("elsewhere"), carol)
    looks: list[int] = []

    def sleep(seconds):
        looks.append(Result.objects.count())
        if len(looks) == 3:
            Question.objects.filter(pk=question.pk).update(state="done")

    monkeypatch.setattr(jobs.time, "sleep", sleep)
    run = run_to_its_end(version, dave)
    assert looks == [0, 0, 0]
    assert run.state == "done"


def test_it_gives_way_while_people_wait_for_longer_than_a_slice(
    version, space, carol, dave, one_a_slice
) -> None:
    factories.make_question(space, carol)
    run = run_request(version=version, actor=dave)
    run_run_next()
    run.refresh_from_db()
    assert (run.state, run.done) == ("queued", 0)


def test_it_does_not_wait_for_a_question_that_nobody_comes_for(
    version, space, carol, dave, settings
) -> None:
    question = factories.make_question(space, carol)
    long_ago = timezone.now() - timedelta(seconds=settings.JOB_SECONDS + 1)
    Question.objects.filter(pk=question.pk).update(created_at=long_ago)
    assert run_to_its_end(version, dave).state == "done"


def test_it_gives_two_people_the_same_run(version, alice, dave) -> None:
    run = run_request(version=version, actor=dave)
    assert run_request(version=version, actor=alice) == run
    other = run_request(version=version, actor=alice, known_at=timezone.now() - timedelta(days=1))
    assert other != run


def test_it_limits_the_runs_of_a_person(space, version, alice, dave, settings) -> None:
    settings.OPEN_RUNS = 1
    other = make_version(space, alice, ASKED[:1], name="Another")
    run_request(version=version, actor=dave)
    with pytest.raises(job_loop.TooManyOpen, match="You have 1 runs waiting"):
        run_request(version=other, actor=dave)
    assert run_request(version=other, actor=None, why="night").asked_by is None


def test_it_refuses_what_cannot_be_run(space, version, alice, dave) -> None:
    empty = make_version(space, alice, [], name="Empty")
    with pytest.raises(NothingToAsk, match="no cases"):
        run_request(version=empty, actor=dave)
    with pytest.raises(UnknownMode, match="no mode 'telepathy' here"):
        run_request(version=version, actor=dave, mode="telepathy")
    with pytest.raises(ModeNotPossible, match="Did you mean 'encoder'"):
        run_request(version=version, actor=dave, setup=HeadSetup("encodr"))
    version.benchmark.archived_at = timezone.now()
    version.benchmark.save(update_fields=["archived_at"])
    with pytest.raises(BenchmarkArchived, match="archived"):
        run_request(version=version, actor=dave)
    assert not Run.objects.exists()


def test_it_does_not_go_on_with_what_was_archived(version, dave) -> None:
    run = run_cancel(run=run_request(version=version, actor=dave), actor=dave)
    version.benchmark.archived_at = timezone.now()
    version.benchmark.save(update_fields=["archived_at"])
    with pytest.raises(BenchmarkArchived):
        run_retry(run=run, actor=dave)


def test_it_runs_a_single_case(space, alice, dave) -> None:
    make_memory(space)
    run = run_to_its_end(make_version(space, alice, ASKED[:1]), dave)
    assert run.figures["shares"]["right"] == {"value": 1.0, "interval": [0.206549, 1.0], "n": 1}
    assert run.figures["shares"]["abstention_recall"]["value"] is None


def test_it_says_that_its_head_is_no_longer_there(space, version, dave, monkeypatch) -> None:
    run = run_request(version=version, actor=dave)
    known = {name: one for name, one in registry.READ_HEADS.items() if name != "scripted"}
    monkeypatch.setattr(registry, "READ_HEADS", known)
    run_run_next()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "There is no read head 'scripted'" in run.error
    assert actions(space) == ["run.requested", "run.failed"]


def test_it_does_not_mix_two_heads(version, dave, one_a_slice, monkeypatch) -> None:
    run = run_request(version=version, actor=dave)
    run_run_next()
    head = registry.read_head("scripted")
    monkeypatch.setattr(type(head), "version", "2")
    run_run_next()
    run.refresh_from_db()
    assert (run.state, run.done) == ("failed", 1)
    assert "replaced by another version" in run.error


def test_it_keeps_an_error_of_the_head_with_its_case(version, dave, monkeypatch, caplog) -> None:
    head = registry.read_head("scripted")
    original = type(head).answer

    def answer(self, question, memory, context):
        if "Ben" in question:
            raise RuntimeError("lost in thought")
        return original(self, question, memory, context)

    monkeypatch.setattr(type(head), "answer", answer)
    run = run_to_its_end(version, dave)
    assert outcomes(run) == ["right", "refused", "right", "abstained"]
    assert run.results.get(outcome="refused").answer["refused"] == (
        "The read head stopped on RuntimeError."
    )
    assert "lost in thought" in caplog.text


def test_it_goes_on_where_a_server_was_away(version, dave, monkeypatch) -> None:
    head = registry.read_head("scripted")
    original = type(head).answer
    away = iter([WorkerError("The server is away.", permanent=False)])

    def answer(self, question, memory, context):
        if "Ben" in question and (error := next(away, None)):
            raise error
        return original(self, question, memory, context)

    monkeypatch.setattr(type(head), "answer", answer)
    run = run_request(version=version, actor=dave)
    run_run_next()
    run.refresh_from_db()
    assert (run.state, run.error, run.results.filter(outcome="refused").count()) == (
        "queued", "The server is away.", 0,
    )  # fmt: skip
    run_run_next()
    assert outcomes(run) == OUTCOMES


def test_it_asks_after_the_questions_before(space, alice, dave) -> None:
    make_memory(space)
    case = born("Ada Brook", "Lindenau", given={"turns": ["Who was born in Corvo?"]})
    asked: list[int] = []
    head = registry.read_head("scripted")
    original = type(head).answer

    def answer(self, question, memory, context):
        asked.append(len(context.turns))
        return original(self, question, memory, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(head), "answer", answer)
        run = run_to_its_end(make_version(space, alice, [case]), dave)
    assert asked == [0, 1]
    assert outcomes(run) == ["right"]


def test_it_is_rung_for_again(version, dave) -> None:
    run_request(version=version, actor=dave)
    Run.objects.update(rung_at=None)
    assert run_sweep() == 1


def test_it_comes_last_among_the_work_for_documents() -> None:
    assert GROUPS["documents"][-1] == jobs.RUNS.queue


def test_it_judges_what_the_write_head_proposes(space, alice, dave) -> None:
    factories.make_relation(space)
    fact = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
    cases = [
        {"text": "Ada Brook was born in Lindenau.", "expected": [fact]},
        {"text": "Ada Brook was born in Lindenau.", "expected": [fact | {"object": "Corvo"}]},
        {"text": "The sun shone on Halden.", "expected": []},
        {"text": "The sun shone on Halden.", "expected": [fact]},
        {"text": "It is not true that Ada Brook was born in Lindenau.",
         "expected": [fact | {"mood": "denied"}]},
    ]  # fmt: skip
    run = run_to_its_end(make_version(space, alice, cases, kind="statements"), dave)
    assert outcomes(run) == ["right", "wrong", "right", "abstained", "right"]
    shares = run.figures["shares"]
    assert (shares["precision"]["value"], shares["recall"]["value"]) == (0.5, 0.333333)
    assert shares["false_share"] == {"value": 0.0, "interval": [0.0, 0.793451], "n": 1}
    assert Case.objects.count() == 5


def test_it_ends_though_cases_were_erased_meanwhile(space, version, dave, one_a_slice) -> None:
    run = run_request(version=version, actor=dave)
    run_run_next()
    Case.objects.filter(version=version, number__gt=2).delete()
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    assert (run.state, run.results.count(), run.figures["n"]) == ("done", 2, 2)
