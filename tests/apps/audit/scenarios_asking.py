"""Questions, answers, and what people say of them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from apps.asking.models import Answer, AnswerMark, AttendedMemory, Question
from apps.asking.services import (
    Correction,
    answer_confirm,
    answer_mark,
    answer_misread,
    due_put_off,
    due_retract,
    due_still_true,
    due_take_back,
    fact_correct,
    gap_record,
    mark_propose,
    question_answer_here,
    question_ask,
    question_ask_about,
    question_ask_anew,
    question_ask_as_meant,
    question_cancel,
    question_retry,
    question_run,
    question_run_next,
    question_sweep,
    reading_choose,
    trial_ask,
    trial_run,
    trial_run_next,
    trial_sweep,
)
from apps.asking.services.wording import misreading_teach
from tests.apps.asking.rows import QUESTION, fill
from tests.apps.audit.changes import World


def _answer(world: World, text: str = QUESTION) -> Answer:
    if not world.space.triples.exists():
        with world.given():
            fill(world.space, world.bob)
    answer: Answer = question_answer_here(space=world.space, actor=world.carol, text=text).answer
    return answer


def questions(world: World) -> None:
    answer = _answer(world)
    asked = {"space": world.space, "actor": world.carol, "text": QUESTION}
    question_run(question_id=question_ask(**asked).pk)
    question_ask(**asked)
    question_sweep()
    question_run_next()
    question_run(question_id=question_ask_anew(question=answer.question, actor=world.carol).pk)
    broken = question_ask(**asked)
    with world.given():
        Question.objects.filter(pk=broken.pk).update(head="no-such-head")
    assert question_run(question_id=broken.pk).state == "failed"
    again = question_retry(question=Question.objects.get(pk=broken.pk), actor=world.carol)
    question_cancel(question=again, actor=world.carol)


def a_topic(world: World) -> None:
    answer = _answer(world)
    with world.given():
        other = world.space.entities.get(name="Brook Institute")
        answer.topic = {"others": [{"id": other.pk, "name": other.name}]}
        answer.save(update_fields=["topic"])
    question_ask_about(question=answer.question, actor=world.carol, entity=other.pk)


def marks(world: World) -> None:
    answer_confirm(answer=_answer(world), actor=world.carol)
    cited = _answer(world).citations.get().triple
    for say in (due_still_true, due_put_off):
        say(triple=cited, actor=world.bob)
        due_take_back(triple=cited, actor=world.bob)
    due_retract(triple=cited, actor=world.bob, reason="not any more")
    due_take_back(triple=cited, actor=world.bob)
    fact_correct(triple=cited, actor=world.bob, object="Halden")
    mark = answer_mark(answer=_answer(world), actor=world.carol, expected="Halden")
    assert mark.candidate is not None
    meant = {"entity": world.space.entities.get(name="Ada Brook"), "known": "subject"}
    question_ask_as_meant(
        mark=mark, actor=world.carol, relation=world.space.relations.get(name="founded by"), **meant
    )
    other = answer_mark(answer=_answer(world), actor=world.bob, expected="Ada Brook")
    with world.given():
        AnswerMark.objects.filter(pk=other.pk).update(candidate=None, expected="Oakham")
    mark_propose(mark=AnswerMark.objects.get(pk=other.pk), actor=world.bob)
    gap = _answer(world, "What is the blood type of Ada Brook?")
    gap_record(
        answer=gap, actor=world.carol, subject="Ada Brook", object="A", new_relation="blood type"
    )


def an_answer_without_a_memory(world: World) -> None:
    answer = _answer(world)
    with world.given():
        for number in (1, 2):
            AttendedMemory.objects.create(answer=answer, number=number, memory=number, version=1)
    first = trial_ask(answer=answer, number=1, actor=world.carol)
    assert trial_run(trial_id=first.pk).state == "failed"  # there is no such memory any more
    trial_ask(answer=answer, number=2, actor=world.carol)
    trial_sweep()
    trial_run_next()


def misreadings(world: World) -> None:
    answer = _answer(world)
    with world.given():
        relation = world.space.relations.get(name="founded by")
    correction = Correction(0, "target", relation=relation, known="object")
    mark = answer_misread(answer=answer, actor=world.carol, corrections=[correction])
    misreading = mark.misreadings.get()
    question_run(question_id=misreading.asked_again_id)
    misreading_teach(misreading=misreading, actor=world.alice)


def a_reading_chosen(world: World) -> None:
    answer = _answer(world)
    with world.given():
        answer.perhaps = [{"said": "Where was Ada Brook born?", "reading": answer.reading}]
        answer.save(update_fields=["perhaps"])
    choice = reading_choose(answer=answer, number=1, actor=world.carol)
    question_run(question_id=choice.asked_again_id)


def a_question_sent_twice(world: World) -> None:
    _answer(world)
    client = Client()
    client.force_login(world.carol)
    before = Question.objects.count()
    for _ in range(2):
        form = {"text": QUESTION, "once": "x" * 32}
        assert client.post(reverse("asking:ask", args=["atlas"]), form).status_code == 302
    assert Question.objects.count() == before + 1


_SERVICES = "apps.asking.services"
SCENARIOS = {
    questions: (
        f"{_SERVICES}.answering.question_answer_here",
        f"{_SERVICES}.answering.question_run",
        f"{_SERVICES}.answering.question_run_next",
        f"{_SERVICES}.answering.question_sweep",
        f"{_SERVICES}.asking_again.created_again",
        f"{_SERVICES}.asking_again.question_ask_anew",
        f"{_SERVICES}.citations.save_reads",
        f"{_SERVICES}.citations.save_citations",
        f"{_SERVICES}.attended.save_attended",
        f"{_SERVICES}.questions.question_ask",
        f"{_SERVICES}.questions.question_create",
        f"{_SERVICES}.questions.question_cancel",
        f"{_SERVICES}.questions.question_retry",
    ),
    a_topic: (f"{_SERVICES}.asking_again.question_ask_about",),
    marks: (
        f"{_SERVICES}.asking_again.question_ask_as_meant",
        f"{_SERVICES}.due.due_put_off",
        f"{_SERVICES}.due.due_retract",
        f"{_SERVICES}.due.due_still_true",
        f"{_SERVICES}.due.due_take_back",
        f"{_SERVICES}.due.fact_correct",
        f"{_SERVICES}.marks.answer_mark",
        f"{_SERVICES}.marks.mark_propose",
        f"{_SERVICES}.marks.gap_record",
        f"{_SERVICES}.marks.save_mark",
        f"{_SERVICES}.rightness.answer_confirm",
    ),
    an_answer_without_a_memory: (
        f"{_SERVICES}.trials.trial_ask",
        f"{_SERVICES}.trials.trial_run",
        f"{_SERVICES}.trials.trial_run_next",
        f"{_SERVICES}.trials.trial_sweep",
    ),
    misreadings: (
        f"{_SERVICES}.misread.answer_misread",
        f"{_SERVICES}.wording.misreading_teach",
    ),
    a_reading_chosen: (f"{_SERVICES}.choosing.reading_choose",),
    a_question_sent_twice: ("apps.common.once.once",),
}
