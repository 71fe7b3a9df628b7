"""An answer without one of its memories: whether it changes, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from apps.asking.models import Answer, AnswerTrial, Citation, Question, ReadCall
from apps.asking.services import trial_ask, trial_run, trial_run_next, trial_sweep
from apps.asking.services.errors import TrialRefused
from apps.audit.models import Event
from apps.common.jobs import TooManyOpen
from apps.explicit.models import ExplicitMemory, ExplicitUseful
from apps.explicit.services import explicit_switch_off
from apps.memory.controller import MemoryController
from apps.memory.models import FactSchedule
from apps.provenance.services.question_erasure import questions_empty

pytestmark = pytest.mark.django_db


def tried(answer: Answer, carol, number: int = 1) -> AnswerTrial:
    return trial_run(trial_id=trial_ask(answer=answer, number=number, actor=carol).pk)


def stating(answer: Answer) -> int:
    cited = answer.citations.get().triple_id
    return next(row.number for row in answer.attended.all() if cited in row.triples)


def test_without_the_cited_memory_another_answer_is_given(answer, carol) -> None:
    row = tried(answer, carol, stating(answer))
    assert (row.state, row.is_other, row.writes_other, row.is_as_then) == (
        "done", True, True, True,
    )  # fmt: skip
    assert row.before == "Lindenau"
    assert row.written != "Lindenau"
    told = Event.objects.get(action="answer.tried").payload
    assert (told["is_other"], told["without"]) == (True, row.text)
    assert Event.objects.get(action="answer.trial_asked").actor == carol


def test_without_another_memory_it_is_the_same(answer, carol) -> None:
    number = next(one.number for one in answer.attended.all() if one.number != stating(answer))
    row = tried(answer, carol, number)
    assert (row.is_other, row.writes_other) == (False, False)


def test_what_a_model_says_by_heart_is_told_from_what_it_looked_up(answer, carol, head) -> None:
    """No fact of the memory bears the words out then, so a reader is told something else; but the
    model wrote the same."""
    head.writes = "Lindenau"
    row = tried(answer, carol, stating(answer))
    assert (row.is_other, row.writes_other) == (True, False)


def test_it_is_nobodys_question_and_counts_as_no_use(answer, carol, space) -> None:
    def counted():
        used = ExplicitMemory.objects.order_by("pk").values_list("pk", "uses", "used_at")
        read = FactSchedule.objects.order_by("pk").values_list("pk", "uses")
        useful = ExplicitUseful.objects.values_list("subject", "counted")
        return (
            Question.objects.count(), Answer.objects.count(), Citation.objects.count(),
            ReadCall.objects.count(), list(used), list(read), list(useful),
        )  # fmt: skip

    before = counted()
    tried(answer, carol, stating(answer))
    assert counted() == before


def test_only_memories_that_it_looked_at_are_taken_away(answer, carol) -> None:
    with pytest.raises(TrialRefused):
        trial_ask(answer=answer, number=99, actor=carol)
    answer.attended.filter(number=1).update(left_out="It does not fit beside the question.")
    with pytest.raises(TrialRefused):
        trial_ask(answer=answer, number=1, actor=carol)


def test_it_is_asked_once_and_a_person_has_few_open(answer, carol, settings) -> None:
    settings.OPEN_TRIALS = 1
    first = trial_ask(answer=answer, number=1, actor=carol)
    assert trial_ask(answer=answer, number=1, actor=carol) == first
    with pytest.raises(TooManyOpen, match="answers to be asked again"):
        trial_ask(answer=answer, number=2, actor=carol)
    AnswerTrial.objects.update(rung_at=None)
    assert trial_sweep() == 1
    assert trial_run_next() == first
    assert trial_ask(answer=answer, number=1, actor=carol).state == "done"
    assert Event.objects.filter(action="answer.trial_asked").count() == 1


def test_what_was_changed_since_is_not_compared(answer, carol, alice, space, fact) -> None:
    MemoryController(space).retract(fact, actor=alice, reason="not so")
    row = tried(answer, carol)
    assert row.state == "failed"
    assert row.error.startswith("What this answer looked at was changed since")
    assert Event.objects.get(action="answer.trial_failed").payload["number"] == 1
    again = trial_ask(answer=answer, number=1, actor=carol)
    assert (again.pk, again.state) == (row.pk, "queued")


def test_it_is_not_asked_where_explicit_memory_is_off(answer, carol, alice, space) -> None:
    explicit_switch_off(space=space, actor=alice)
    assert tried(answer, carol).state == "failed"


def test_a_retraction_while_it_is_asked_leaves_no_result(
    answer, carol, alice, space, fact, head
) -> None:
    def retract() -> None:
        head.while_decoding = lambda: None
        MemoryController(space).retract(fact, actor=alice, reason="not so")

    trial = trial_ask(answer=answer, number=1, actor=carol)
    head.while_decoding = retract
    row = trial_run(trial_id=trial.pk)
    assert (row.state, row.text, row.is_other) == ("queued", "", None)
    row = trial_run(trial_id=trial.pk)
    assert (row.state, row.text, row.is_other) == ("failed", "", None)


def test_an_answer_that_the_memory_does_not_bear_out_is_no_result(answer, carol, head) -> None:
    class Forging(type(head)):
        def answer(self, question, memory, context):
            found = super().answer(question, memory, context)
            return replace(found, text="Ada Brook was born in Tern.", cited=(), abstained=False)

    head.__class__ = Forging
    row = tried(answer, carol)
    assert row.state == "failed"
    assert row.text == ""


def test_its_words_go_with_an_erased_question(answer, carol) -> None:
    tried(answer, carol, 1)
    trial_ask(answer=answer, number=2, actor=carol)
    questions_empty([answer.question_id], said="Erased")
    states = AnswerTrial.objects.order_by("number").values_list("state", "text", "written")
    assert list(states) == [("done", "", ""), ("cancelled", "", "")]


def test_the_trace_has_a_button_and_then_what_came_of_it(answer, carol, client, space) -> None:
    client.force_login(carol)
    at = reverse("asking:question", args=[space.slug, answer.question_id])
    number = stating(answer)
    without = reverse("asking:without", args=[space.slug, answer.question_id, number])
    trial = reverse("asking:trial", args=[space.slug, answer.question_id, number])
    assert client.get(trial).status_code == 404
    assert client.get(at).content.decode().count("Answer without this memory") == 2
    sent = client.post(without)
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{at}#memory-{number}")
    assert f'hx-get="{trial}"' in client.get(at).content.decode()
    polled = client.get(trial, headers={"HX-Request": "true"})
    assert (polled.status_code, "hx-get" in polled.content.decode()) == (200, True)
    trial_run_next()
    polled = client.get(trial, headers={"HX-Request": "true"})
    assert polled.status_code == 286
    page = client.get(at).content.decode()
    assert "another answer" in page
    assert "in place of “Lindenau”" in page
    assert client.get(trial).headers["Location"] == at


def test_it_is_for_those_alone_who_may_open_the_question(
    answer, bob, dave, mallory, client, space
) -> None:
    at = reverse("asking:without", args=[space.slug, answer.question_id, 1])
    for person, status in ((mallory, 404), (bob, 404), (dave, 302)):  # bob sees what is marked
        client.force_login(person)
        assert client.post(at).status_code == status
    assert AnswerTrial.objects.get().asked_by == dave
    assert client.get(at).status_code == 405
    client.logout()
    client.post(reverse("asking:without", args=[space.slug, answer.question_id, 2]))
    assert AnswerTrial.objects.count() == 1
