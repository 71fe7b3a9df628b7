"""Questions that a space does not want to keep are erased by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.asking.models import AnswerMark, Question
from apps.asking.services import answer_mark, question_answer_here, question_ask
from apps.audit.models import Event
from apps.provenance.merkle import root_of
from apps.provenance.rows import entries
from apps.provenance.services.retention import retention_run
from apps.provenance.services.sequencer import hashes_of, log_of, seal, tree_of
from apps.provenance.tasks import retention
from tests.apps.asking.rows import fill
from tests.apps.provenance.test_document_erasure import found_in_database

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[[User], Client]
TEXT = "Where was Ada Brook born, zebrastone?"


def _keep(space: Space, days: int | None, **fields: bool) -> None:
    Space.objects.filter(pk=space.pk).update(question_days=days, **fields)
    space.refresh_from_db()


def _age(question: Question, days: int) -> None:
    Question.objects.filter(pk=question.pk).update(created_at=timezone.now() - timedelta(days=days))


@pytest.fixture
def asked(space: Space, bob: User, carol: User) -> Question:
    fill(space, bob)
    return question_answer_here(space=space, actor=carol, text=TEXT)


def test_nothing_is_left_of_an_old_question(space: Space, carol: User, asked: Question) -> None:
    other = question_answer_here(space=space, actor=carol, text="Who founded Brook Institute?")
    _age(asked, 31)
    assert len(found_in_database("zebrastone")) > 3
    assert retention_run() == 0  # nobody has said so
    _keep(space, 30)
    seal()
    log = log_of(space)
    size, root = log.size, tree_of(log).root()
    retention()
    assert found_in_database("zebrastone") == []
    asked.refresh_from_db()
    assert asked.text == asked.answer.text == "Erased by retention"
    assert asked.erased_at is not None
    other.refresh_from_db()
    assert other.erased_at is None
    event = Event.objects.get(action="privacy.erased")
    assert event.payload["questions"] == 1
    assert event.payload["reason"] == "questions are kept for 30 days"
    seal()
    log.refresh_from_db()
    assert tree_of(log).root(size) == root
    rows = [one for _, one in entries(log, 0, log.size)]
    assert root_of(hashes_of(log, rows)) == tree_of(log).root()


def test_one_event_a_run_and_one_run_an_hour(space: Space, carol: User, asked: Question) -> None:
    more = [question_answer_here(space=space, actor=carol, text=TEXT) for _ in range(3)]
    for question in (asked, *more[:2]):
        _age(question, 31)
    _keep(space, 30)
    assert retention_run() == 3
    assert Event.objects.filter(action="privacy.erased").count() == 1
    _age(more[2], 31)
    assert retention_run() == 0
    assert Question.objects.filter(erased_at=None).count() == 1


def test_what_somebody_marked_stays_where_that_is_wanted(
    space: Space, carol: User, asked: Question
) -> None:
    answer_mark(answer=asked.answer, actor=carol, expected="Zebrastone Hill")
    _age(asked, 31)
    _keep(space, 30)
    assert retention_run() == 0
    _keep(space, 30, keep_marked_questions=False)
    assert retention_run() == 1
    mark = AnswerMark.objects.get()
    assert (mark.expected, mark.diagnosis) == ("", {})


def test_what_is_still_open_is_left_alone(space: Space, carol: User) -> None:
    question = question_ask(space=space, actor=carol, text=TEXT)
    _age(question, 31)
    _keep(space, 30)
    assert retention_run() == 0


def test_pages_of_what_was_erased(
    space: Space, carol: User, alice: User, asked: Question, sign_in: Open
) -> None:
    answer_mark(answer=asked.answer, actor=carol, expected="Zebrastone Hill")
    mark = AnswerMark.objects.get()
    _age(asked, 31)
    _keep(space, 30, keep_marked_questions=False)
    retention_run()
    client = sign_in(carol)
    page = client.get(f"/s/atlas/ask/questions/{asked.pk}/")
    assert page.status_code == 200
    assert "Erased by retention" in page.content.decode()
    assert client.get(f"/s/atlas/ask/questions/{asked.pk}.json").status_code == 410
    assert (
        client.post(f"/s/atlas/ask/questions/{asked.pk}/follow-up/", {"text": "Why?"}).status_code
        == 404
    )
    assert client.get(f"/s/atlas/ask/marks/{mark.pk}/").status_code == 404
    assert "Erased by" not in client.get("/s/atlas/ask/").content.decode()
    owner = sign_in(alice).get("/s/atlas/audit/privacy/").content.decode()
    assert "30 days" in owner
    assert "1 question" in owner


def test_an_owner_sets_how_long(space: Space, alice: User, sign_in: Open) -> None:
    client, given = sign_in(alice), {"name": "Atlas", "keep_marked_questions": "on"}
    for wrong in ("0", "-1", "x", "99999999999"):
        page = client.post("/s/atlas/settings/", given | {"question_days": wrong})
        assert page.status_code == 422, wrong
    assert client.post("/s/atlas/settings/", given | {"question_days": "90"}).status_code == 302
    space.refresh_from_db()
    assert (space.question_days, space.keep_marked_questions) == (90, True)
    event = Event.objects.filter(action="space.changed").latest("pk")
    assert event.payload["after"]["question_days"] == 90
    assert client.post("/s/atlas/settings/", given | {"question_days": ""}).status_code == 302
    space.refresh_from_db()
    assert space.question_days is None
