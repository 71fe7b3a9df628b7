"""Abstentions that offer facts of a near relation: cited, shown as offered, blamed by nobody."""

from dataclasses import replace

import pytest
from django.urls import reverse

from apps.asking.models import Question
from apps.asking.services import question_ask, question_run
from apps.asking.services.objections import blamable
from tests.apps.asking.rows import QUESTION, BentHead, fill
from worker import registry


def offering(answer):
    """Tell a fact as near to what is not known."""
    reason = "The memory has no such fact."
    return replace(
        answer, text=f"I don't know. {reason} Near: {answer.text}", abstained=True, reason=reason,
        answers=(),
    )  # fmt: skip


@pytest.fixture
def ask(space, bob, carol, monkeypatch):
    fill(space, bob)

    def run(bend):
        head = BentHead(bend)
        monkeypatch.setattr(registry, "read_head", lambda name: head)
        asked = question_ask(space=space, actor=carol, text=QUESTION)
        return question_run(question_id=asked.pk)

    return run


def test_it_keeps_what_is_offered_with_its_citation(ask, carol, sign_in):
    row = ask(offering)
    assert row.answer.abstained
    assert [one.number for one in row.answer.citations.all()] == [1]
    assert not row.answer.stated.exists()
    page = reverse("asking:question", args=["atlas", row.pk])
    html = sign_in(carol).get(page).content.decode()
    assert "Offered instead" in html
    assert "Rests on" not in html


def test_a_fact_that_was_only_offered_can_be_blamed_by_no_mark(ask):
    assert blamable(ask(offering).answer) == []
    assert len(blamable(ask(lambda answer: answer).answer)) == 1


@pytest.mark.parametrize(
    "bend",
    [
        lambda answer: replace(offering(answer), text="I don't know. Near: Ada Brook."),
        lambda answer: replace(offering(answer), answers=answer.answers),
        lambda answer: replace(offering(answer), reason=" "),
    ],
)
def test_an_offer_is_checked_as_an_answer_is(ask, bend):
    row = ask(bend)
    assert row.state == Question.State.FAILED
    assert "was refused" in row.error
