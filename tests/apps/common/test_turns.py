"""Whose turn it is among the jobs of several people, and how many one person may have open."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from apps.asking.models import Question
from apps.asking.services import question_ask
from apps.asking.services.questions import QUESTIONS
from apps.common import jobs
from apps.common.jobs.turns import in_turn, next_in_turn
from tests import factories


def _order(work=None) -> list[str]:
    """Do every question that waits, in turn; return their texts in the order of work."""
    done: list[str] = []

    def note(question: Question) -> None:
        done.append(question.text)
        jobs.finish(question)

    while jobs.run_next(QUESTIONS, work or note):
        pass
    return done


def test_people_are_served_in_turn_and_each_persons_jobs_by_age(space, alice, bob, carol):
    for actor, texts in ((carol, "abc"), (bob, "de"), (alice, "f")):
        for text in texts:
            question_ask(space=space, actor=actor, text=text)
    assert _order() == ["a", "d", "f", "b", "e", "c"]


def test_who_was_served_longest_ago_comes_first(space, bob, carol):
    question_ask(space=space, actor=carol, text="a")
    _order()
    question_ask(space=space, actor=carol, text="b")
    question_ask(space=space, actor=bob, text="c")
    assert _order() == ["c", "b"]


def test_the_place_of_a_job_is_how_many_are_done_before_it(space, alice, bob, carol):
    asked = [
        question_ask(space=space, actor=actor, text=text)
        for actor, texts in ((carol, "abcd"), (bob, "ef"), (alice, "g"))
        for text in texts
    ]
    places = {question.text: jobs.place(Question, question).before for question in asked}
    order = _order()
    assert places == {text: order.index(text) for text in order}


def test_a_job_that_is_being_done_counts_as_running(space, bob, carol):
    first = question_ask(space=space, actor=carol, text="a")
    second = question_ask(space=space, actor=bob, text="b")
    assert jobs.claim(QUESTIONS, first.pk)
    assert jobs.place(Question, second) == jobs.Place(before=0, running=1)


def test_a_job_that_was_just_taken_up_does_not_wait_for_itself(space, carol):
    question = question_ask(space=space, actor=carol, text="a")  # read before somebody took it up
    assert jobs.claim(QUESTIONS, question.pk)
    assert jobs.place(Question, question) == jobs.Place(before=0, running=0)


def test_a_job_that_keeps_failing_lets_the_others_of_its_person_pass(space, carol):
    question_ask(space=space, actor=carol, text="bad")
    for text in "ab":
        question_ask(space=space, actor=carol, text=text)
    tried: list[str] = []

    def work(question: Question) -> None:
        tried.append(question.text)
        if question.text == "bad":
            raise RuntimeError
        jobs.finish(question)

    _order(work)
    assert tried == ["bad", "a", "b", "bad", "bad"]
    assert Question.objects.get(text="bad").state == "failed"


def test_a_person_may_have_only_so_many_open(space, bob, carol, settings):
    settings.OPEN_QUESTIONS = 2
    for text in "ab":
        question_ask(space=space, actor=carol, text=text)
    with pytest.raises(jobs.TooManyOpen, match="You have 2 questions waiting already"):
        question_ask(space=space, actor=carol, text="c")
    question_ask(space=space, actor=bob, text="d")
    _order()
    question_ask(space=space, actor=carol, text="c")


def test_choosing_the_next_reads_no_question_that_is_done(space, carol, bob):
    first = question_ask(space=space, actor=carol, text="a")
    Question.objects.bulk_create(
        Question(
            space=space, conversation=first.conversation, asked_by=actor, text=f"Who? {n}",
            head=first.head, state="done", started_at=first.created_at,
            finished_at=first.created_at,
        )
        for n in range(2000)
        for actor in (carol, bob)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE asking_question")
    assert next_in_turn(Question) == first.pk
    assert "Seq Scan" not in in_turn(Question).explain()


@pytest.mark.django_db(transaction=True)
def test_requests_at_one_moment_do_not_pass_the_limit_together(settings):
    settings.OPEN_QUESTIONS = 3
    space, carol = factories.make_space("atlas"), factories.make_user("carol")
    start, refused = threading.Barrier(8), []

    def ask(number: int) -> None:
        try:
            start.wait()
            question_ask(space=space, actor=carol, text=f"Who? {number}")
        except jobs.TooManyOpen:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    assert Question.objects.count() == 3
