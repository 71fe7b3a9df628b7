"""Asking and answering: rows, leases, what a head is believed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from apps.asking.models import Answer, Conversation, Question
from apps.asking.services import (
    heads_load,
    question_answer_here,
    question_ask,
    question_retry,
    question_run,
    question_sweep,
)
from apps.asking.services.errors import (
    EmptyQuestion,
    NotRetryable,
    NotYourConversation,
    QuestionTooLong,
    UnreadableQuestion,
)
from apps.asking.services.questions import QUESTIONS
from apps.asking.tasks import sweep_questions
from apps.audit.models import Event
from apps.common import jobs
from apps.memory.models import Triple
from tests import factories
from tests.apps.asking.rows import QUESTION, BentHead, fill, invented
from worker import registry
from worker.errors import WorkerError


@pytest.fixture
def memory(space, bob):
    return fill(space, bob)


@pytest.fixture
def use_head(monkeypatch):
    """Return a function that puts a head in the place of every read head."""

    def use(head):
        monkeypatch.setattr(registry, "read_head", lambda name: head)
        return head

    return use


@pytest.fixture
def rings(monkeypatch):
    """Collect what workers are rung for, once transactions commit."""
    sent = []
    monkeypatch.setattr(
        "apps.common.jobs.current_app.send_task",
        lambda task, args, queue, retry, **limits: sent.append((task, args, queue)),
    )
    return sent


def actions(space):
    return list(Event.objects.filter(space=space).order_by("pk").values_list("action", flat=True))


def test_it_saves_a_question_with_its_event_and_rings_on_commit(
    space, carol, rings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        question = question_ask(space=space, actor=carol, text="  Who \n\t is?  ")
        assert rings == []
    assert (question.text, question.state, question.head) == ("Who is?", "queued", "scripted")
    assert question.conversation.user == carol
    assert rings == [("asking.answer", [question.pk], "read")]
    event = Event.objects.get()
    assert (event.action, event.actor, event.subject_id) == ("question.asked", carol, question.pk)
    assert event.payload["text"] == "Who is?"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", EmptyQuestion, "is empty"),
        (" \n\t", EmptyQuestion, "is empty"),
        ("x" * 1001, QuestionTooLong, "1,001 characters; at most 1,000"),
        ("x" * 10_000, QuestionTooLong, "10,000 characters"),
        ("a\0b", UnreadableQuestion, "no text"),
        ("caf\udce9?", UnreadableQuestion, "no text"),
    ],
)
def test_it_refuses_what_is_no_question(space, carol, text, error, words):
    with pytest.raises(error, match=words):
        question_ask(space=space, actor=carol, text=text)
    assert not Question.objects.exists()
    assert not Conversation.objects.exists()
    assert not Event.objects.exists()


def test_it_takes_a_question_of_exactly_the_longest_length(space, carol):
    assert len(question_ask(space=space, actor=carol, text="x" * 1000).text) == 1000


def test_it_lets_nobody_into_the_conversation_of_another(space, alice, carol):
    conversation = question_ask(space=space, actor=carol, text="Who?").conversation
    with pytest.raises(NotYourConversation):
        question_ask(space=space, actor=alice, text="And?", conversation=conversation)


def test_it_keeps_a_conversation_in_its_space(space, carol):
    other = factories.make_space("other")
    conversation = question_ask(space=other, actor=carol, text="Who?").conversation
    with pytest.raises(NotYourConversation):
        question_ask(space=space, actor=carol, text="And?", conversation=conversation)


def test_it_answers_with_citations_reads_and_an_event(space, bob, carol, memory):
    triple, evidence = memory
    question = question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    assert (question.state, question.error) == ("done", "")
    answer = question.answer
    assert answer.text == "Ada Brook was born in Lindenau [1]."
    assert not answer.abstained
    citation = answer.citations.get()
    assert (citation.number, citation.triple, citation.evidence) == (1, triple, evidence)
    assert citation.statement == "Ada Brook was born in Lindenau."
    assert citation.sentence == "Ada Brook was born in Lindenau."
    assert citation.document_title == "Ada Brook, a life"
    assert citation.approved_by_label == bob.label
    assert citation.approved_at == evidence.approved_at
    read = answer.reads.get()
    assert read.call == "({MEM_READ(Ada Brook>>place of birth>>)--> Lindenau})" == answer.calls
    assert (read.subject, read.relation, read.object) == ("Ada Brook", "place of birth", "")
    assert read.results == [
        {
            "triple": triple.pk,
            "subject": "Ada Brook",
            "relation": "place of birth",
            "object": "Lindenau",
            "valid_from": None,
            "valid_to": None,
        }
    ]
    roles = {(one["role"], one["name"], one["accepted"]) for one in read.candidates}
    assert {("entity", "Ada Brook", True), ("relation", "place of birth", True)} <= roles
    triple.refresh_from_db()
    assert triple.read_count == 1
    assert triple.last_read_at is not None
    event = Event.objects.get(action="question.answered")
    assert event.actor is None
    assert event.actor_label == "read head scripted 1"
    assert event.payload["triples"] == [triple.pk]


def test_it_abstains_with_a_reason_and_no_citation(space, carol, memory):
    asked = question_ask(space=space, actor=carol, text="Where was Niels Bohr born?")
    answer = question_run(question_id=asked.pk).answer
    assert answer.abstained
    assert "no entity" in answer.reason
    assert not answer.citations.exists()
    assert set(Triple.objects.values_list("read_count", flat=True)) == {0}


def test_it_answers_once_when_run_twice(space, carol, memory):
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    question_run(question_id=asked.pk)
    question_run(question_id=asked.pk)
    assert Answer.objects.filter(question=asked).count() == 1
    assert Triple.objects.get(pk=memory[0].pk).read_count == 1
    assert actions(space).count("question.answered") == 1


def test_it_drops_the_late_answer_of_a_worker_that_lost_its_lease(space, carol, memory, use_head):
    asked = question_ask(space=space, actor=carol, text=QUESTION)

    def slow(answer):
        """While this head thinks, its lease runs out and another worker answers."""
        Question.objects.filter(pk=asked.pk).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
        use_head(BentHead(lambda quick: quick))
        question_run(question_id=asked.pk)
        return replace(answer, calls="late")

    use_head(BentHead(slow))
    question = question_run(question_id=asked.pk)
    assert (question.state, question.attempts) == ("done", 2)
    assert question.answer.calls != "late"
    assert Answer.objects.count() == 1
    assert actions(space).count("question.answered") == 1


@pytest.mark.parametrize(
    ("bend", "problem"),
    [
        (invented, "no read of the memory returned its fact"),
        (lambda a: replace(a, reads=()), "no read of the memory returned its fact"),
        (lambda a: replace(a, cited=()), "it cites no fact"),
        (lambda a: replace(a, text="Ada Brook was born in Lindenau."), "does not use its citation"),
        (lambda a: replace(a, text=a.text + " She liked tea [2]."), "cites [2]"),
        (lambda a: replace(a, abstained=True, reason="No."), "claims not to know"),
        (lambda a: replace(a, abstained=True, cited=()), "without a reason"),
        (
            lambda a: replace(
                a,
                reads=(replace(a.reads[0], result=replace(a.reads[0].result, truncated=True)),),
            ),
            "a read that the memory did not answer",
        ),
    ],
)
def test_it_refuses_an_answer_that_the_memory_does_not_bear_out(
    space, carol, memory, use_head, bend, problem
):
    use_head(BentHead(bend))
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    question = question_run(question_id=asked.pk)
    assert question.state == "failed"
    assert problem in question.error
    assert not Answer.objects.exists()
    assert actions(space)[-1] == "question.failed"
    assert Triple.objects.get(pk=memory[0].pk).read_count == 0


def test_it_allows_brackets_in_a_name(space, carol, bob, use_head):
    triple, _ = fill(space, bob)
    triple.object.name = "Lindenau [7]"
    triple.object.save()
    use_head(BentHead(lambda answer: answer))
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    answer = question_run(question_id=asked.pk).answer
    assert answer.text == "Ada Brook was born in Lindenau [7] [1]."


def test_it_states_no_fact_that_nobody_approved(space, carol):
    factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    question = question_run(question_id=asked.pk)
    assert question.state == "failed"
    assert "nobody is on record as having approved" in question.error


def test_it_cites_the_decision_when_no_document_says_it(space, alice, bob, carol):
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    candidate = triple.relation.candidates.create(
        space=space, origin="person", proposed_by=alice, subject_text="Ada Brook",
        object_text="Lindenau", state="accepted",
    )  # fmt: skip
    decision = candidate.decisions.create(action="accept", actor=bob, triple=triple)
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    citation = question_run(question_id=asked.pk).answer.citations.get()
    assert (citation.evidence, citation.sentence, citation.document_title) == (None, "", "")
    assert (citation.approved_by_label, citation.approved_at) == (bob.label, decision.created_at)


def test_it_asks_again_at_once_when_a_fact_was_withdrawn_meanwhile(space, carol, memory, use_head):
    def retract(answer):
        if not answer.cited:
            reason = "Nothing is recorded."
            return replace(answer, text=reason, abstained=True, reason=reason, answers=())
        Triple.objects.filter(pk=memory[0].pk).update(
            status="retracted", retracted_at=timezone.now()
        )
        return answer

    head = BentHead(retract)
    use_head(head)
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    question = question_run(question_id=asked.pk)
    assert question.state == "done"
    assert question.answer.abstained
    assert not question.answer.citations.exists()
    assert len(head.contexts) == 2


def test_it_quotes_the_best_evidence_that_stands(space, bob, carol, alice, memory):
    triple, weak = memory
    other = factories.make_document(space, alice, "Lindenau saw Ada Brook come into the world.")
    best = factories.make_evidence(triple, other, alice)
    type(weak).objects.filter(pk=weak.pk).update(score=0.5)
    gone = factories.make_evidence(
        triple, factories.make_document(space, bob, "Ada Brook, Lindenau, 1890."), bob
    )
    type(gone).objects.filter(pk=gone.pk).update(score=1, retracted_at=timezone.now())
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    assert question_run(question_id=asked.pk).answer.citations.get().evidence == best


class Failing:
    name, version = "failing", "0"

    def __init__(self, error):
        self.error = error

    def answer(self, question, memory, context):
        raise self.error


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (WorkerError("The model is missing.", permanent=True), "failed", "The model is missing."),
        (WorkerError("Out of memory.", permanent=False), "queued", "Out of memory."),
        (RuntimeError("secret detail"), "queued", QUESTIONS.unexpected),
        (DatabaseError("secret detail"), "queued", QUESTIONS.unexpected),
    ],
)
def test_it_keeps_the_reason_of_a_failure(space, carol, memory, use_head, error, state, words):
    use_head(Failing(error))
    question = question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    assert (question.state, question.error) == (state, words)


def test_it_fails_for_good_when_the_attempts_are_used_up(space, carol, memory, use_head):
    use_head(Failing(RuntimeError()))
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    states = [question_run(question_id=asked.pk).state for _ in range(3)]
    assert states == ["queued", "queued", "failed"]
    assert actions(space) == ["question.asked", "question.failed"]


def test_it_fails_a_question_whose_head_is_not_there(space, carol):
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    Question.objects.filter(pk=asked.pk).update(head="encodr")
    question = question_run(question_id=asked.pk)
    assert question.state == "failed"
    assert "Did you mean 'encoder'?" in question.error


def test_it_retries_only_what_failed(space, carol, memory, use_head, monkeypatch):
    use_head(Failing(WorkerError("No.", permanent=True)))
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    with pytest.raises(NotRetryable):
        question_retry(question=asked, actor=carol)
    question = question_run(question_id=asked.pk)
    question_retry(question=question, actor=carol)
    assert (question.state, question.attempts) == ("queued", 0)
    assert actions(space)[-1] == "question.retried"
    use_head(BentHead(lambda answer: answer))
    assert question_run(question_id=asked.pk).state == "done"


def test_it_rings_again_for_a_question_that_nobody_answered(
    space, carol, rings, django_capture_on_commit_callbacks
):
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    with django_capture_on_commit_callbacks(execute=True):
        assert question_sweep() == 1
    assert rings == [("asking.answer", [asked.pk], "read")]
    assert question_sweep() == 0


def test_it_fails_a_question_whose_workers_were_lost(space, carol, settings):
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    for _ in range(settings.JOB_ATTEMPTS):
        jobs.claim(QUESTIONS, asked.pk)
        Question.objects.filter(pk=asked.pk).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
    question_sweep()
    asked.refresh_from_db()
    assert asked.state == "failed"
    assert "lost 3 times" in asked.error
    assert actions(space)[-1] == "question.failed"


def test_it_tells_the_head_what_was_said_before(space, carol, memory, use_head):
    first = question_ask(space=space, actor=carol, text=QUESTION)
    question_run(question_id=first.pk)
    head = use_head(BentHead(lambda answer: answer))
    second = question_ask(
        space=space, actor=carol, text="And he?", conversation=first.conversation,
        as_of=date(1998, 1, 1),
    )  # fmt: skip
    question_run(question_id=second.pk)
    (context,) = head.contexts
    assert context.as_of == date(1998, 1, 1)
    (turn,) = context.turns
    assert (turn.question, turn.answer) == (QUESTION, "Ada Brook was born in Lindenau [1].")
    assert [entity.name for entity in turn.entities] == ["Ada Brook", "Lindenau"]


def test_it_tells_the_head_what_was_looked_up_in_vain(space, carol, memory, use_head):
    factories.make_relation(space, "place of death", template="{subject} died in {object}.")
    first = question_ask(space=space, actor=carol, text="Where did Ada Brook die?")
    assert question_run(question_id=first.pk).answer.abstained
    head = use_head(BentHead(lambda answer: answer))
    second = question_ask(
        space=space, actor=carol, text="Where was she born?", conversation=first.conversation
    )
    question_run(question_id=second.pk)
    (turn,) = head.contexts[0].turns
    assert [entity.name for entity in turn.entities] == ["Ada Brook"]


def test_it_answers_as_of_a_day(space, bob, carol):
    triple, _ = fill(space, bob)
    Triple.objects.filter(pk=triple.pk).update(valid_from=date(1990, 1, 1))
    before = question_ask(space=space, actor=carol, text=QUESTION, as_of=date(1980, 1, 1))
    after = question_ask(space=space, actor=carol, text=QUESTION, as_of=date(2000, 1, 1))
    assert question_run(question_id=before.pk).answer.abstained
    assert not question_run(question_id=after.pk).answer.abstained


def test_it_reads_no_other_space(space, alice, bob, carol):
    fill(factories.make_space("other"), bob)
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    assert question_run(question_id=asked.pk).answer.abstained


def test_it_answers_here_without_a_worker_getting_hold_of_it(
    space, carol, memory, rings, use_head, django_capture_on_commit_callbacks
):
    taken = []

    def look(answer):
        pk = Question.objects.get().pk
        taken.append((jobs.claim(QUESTIONS, pk), question_sweep()))
        return answer

    use_head(BentHead(look))
    with django_capture_on_commit_callbacks(execute=True):
        question = question_answer_here(space=space, actor=carol, text=QUESTION)
    assert taken == [(None, 0)]
    assert (question.state, question.attempts) == ("done", 1)
    assert rings == []
    assert actions(space) == ["question.asked", "question.answered"]


@pytest.fixture
def nothing_loaded():
    heads_load.cache_clear()
    yield
    heads_load.cache_clear()


def test_it_loads_its_head_before_the_first_question(nothing_loaded, db, monkeypatch):
    loaded = []
    monkeypatch.setattr(registry, "read_head", loaded.append)
    sweep_questions()
    sweep_questions()
    assert loaded == ["scripted"]


def test_it_sweeps_on_without_a_head(nothing_loaded, space, carol, settings, rings, caplog):
    settings.READ_HEAD = "scripted"
    question_ask(space=space, actor=carol, text="Who?")
    settings.READ_HEAD = "nowhere"
    for _ in range(2):
        sweep_questions()
    assert caplog.text.count("could not be loaded") == 1
