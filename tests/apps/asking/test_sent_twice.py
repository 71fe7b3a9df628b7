"""A question or a mark that is sent twice, as a double click does, is one."""

from __future__ import annotations

import re

import pytest

from apps.accounts.models import Space, User
from apps.asking.models import AnswerMark, Question
from apps.asking.services import question_answer_here
from tests.apps.asking.rows import QUESTION, fill

URL = "/s/atlas/ask/"


@pytest.fixture
def answered(space: Space, bob: User, carol: User, settings) -> Question:
    settings.READ_HEAD, settings.EMBEDDER = "scripted", "scripted"
    fill(space, bob)
    return question_answer_here(space=space, actor=carol, text=QUESTION)


def values_in(page: str, action: str) -> str:
    """Return the value that makes the form of an address count once."""
    found = re.search(rf'action="{action}".*?name="once" value="([^"]+)"', page, re.S)
    assert found, action
    return found[1]


def sent_twice(client, page: str, action: str, data: dict[str, str]) -> list[str]:
    value = values_in(client.get(page).content.decode(), action)
    replies = [client.post(action, data | {"once": value}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [302, 302]
    return [reply["Location"] for reply in replies]


def test_it_asks_once(answered: Question, carol: User, sign_in) -> None:
    client = sign_in(carol)
    first, second = sent_twice(client, URL, URL, {"text": "Who founded the Brook Institute?"})
    assert first == second
    assert Question.objects.count() == 2
    sent_twice(client, URL, URL, {"text": "Who founded the Brook Institute?"})
    assert Question.objects.count() == 3  # another page, another question


def test_it_asks_the_next_one_of_a_conversation_once(answered, carol: User, sign_in) -> None:
    page = f"{URL}questions/{answered.pk}/"
    first, second = sent_twice(sign_in(carol), page, f"{page}follow-up/", {"text": "And where?"})
    assert first == second
    assert answered.conversation.questions.count() == 2


def test_it_marks_once(answered: Question, carol: User, sign_in) -> None:
    page = f"{URL}questions/{answered.pk}/"
    data = {"expected": "Mirefeld", "comment": ""}
    first, second = sent_twice(sign_in(carol), page, f"{page}wrong/", data)
    assert first == second
    assert AnswerMark.objects.count() == 1


def test_it_asks_again_as_meant_once(answered: Question, carol: User, sign_in) -> None:
    client = sign_in(carol)
    client.post(f"{URL}questions/{answered.pk}/wrong/", {"expected": "Mirefeld"})
    mark = AnswerMark.objects.get()
    action = f"/s/atlas/ask/marks/{mark.pk}/meant/"
    data = {"entity": "Ada Brook", "known": "subject",
            "relation": mark.answer.citations.get().triple.relation_id}  # fmt: skip
    first, second = sent_twice(client, f"/s/atlas/ask/marks/{mark.pk}/", action, data)
    assert first == second
    assert Question.objects.count() == 2
