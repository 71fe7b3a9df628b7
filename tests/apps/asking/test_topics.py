"""What a question takes from earlier turns, and a person's word that something else is meant."""

from dataclasses import replace

import pytest
from django.urls import reverse

from apps.asking.models import Question
from apps.asking.selectors import answer_as_dict
from apps.asking.services import question_ask, question_ask_about, question_run
from apps.asking.services.errors import NoSuchTopic
from apps.audit.models import Event
from tests import factories
from tests.apps.asking.rows import QUESTION, BentHead, fill
from worker import registry
from worker.types import EntityRef, Topic


@pytest.fixture
def others(space):
    return [factories.make_entity(space, name) for name in ("<Lind> & Co", "Ben Brook")]


@pytest.fixture
def head(space, bob, others, monkeypatch):
    """A head that takes every question to be about Ada Brook."""
    fill(space, bob)
    ada = factories.make_entity(space, "Ada Brook")
    one, *rest = (EntityRef(str(entity.pk), entity.name) for entity in (ada, *others))
    head = BentHead(lambda answer: replace(answer, topic=Topic("she", one, tuple(rest))))
    monkeypatch.setattr(registry, "read_head", lambda name: head)
    return head


@pytest.fixture
def answered(space, carol, head):
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    return question_run(question_id=asked.pk)


def address(question, name="about"):
    return reverse(f"asking:{name}", args=["atlas", question.pk])


def test_it_keeps_what_was_taken_as_it_was_called(space, answered, others):
    ada = factories.make_entity(space, "Ada Brook")
    kept = {
        "words": "she",
        "entity": {"id": ada.pk, "name": "Ada Brook"},
        "others": [{"id": one.pk, "name": one.name} for one in others],
    }
    assert answered.answer.topic == kept
    assert answer_as_dict(answered)["topic"] == kept


def test_the_page_says_what_was_taken_and_offers_the_others_to_its_asker(
    carol, alice, answered, others, sign_in
):
    html = sign_in(carol).get(address(answered, "question")).content.decode()
    assert "“she” is taken for" in html
    for one in others:
        assert f'name="entity" value="{one.pk}"' in html
    assert "&lt;Lind&gt; &amp; Co" in html
    seen = sign_in(alice).get(address(answered, "question")).content.decode()
    assert "“she” is taken for" in seen
    assert address(answered) not in seen


def test_one_click_asks_it_about_something_else(space, carol, answered, others, head, sign_in):
    response = sign_in(carol).post(address(answered), {"entity": others[1].pk})
    again = Question.objects.latest("pk")
    assert response.url == address(again, "question")
    assert (again.text, again.topic) == (QUESTION, others[1])
    assert again.conversation == answered.conversation
    event = Event.objects.filter(action="question.asked").latest("pk")
    assert event.payload["topic"] == others[1].pk
    question_run(question_id=again.pk)
    assert head.contexts[-1].topic.name == "Ben Brook"
    html = sign_in(carol).get(address(again, "question")).content.decode()
    assert "about <strong>Ben Brook</strong>" in html


def test_a_topic_that_was_merged_since_stands_for_the_other(space, carol, answered, others, head):
    again = question_ask_about(question=answered, actor=carol, entity=others[0].pk)
    others[0].merged_into = others[1]
    others[0].save(update_fields=["merged_into"])
    question_run(question_id=again.pk)
    assert head.contexts[-1].topic.id == str(others[1].pk)


@pytest.mark.parametrize("entity", ["", "0", "-1", "x", "9" * 30, "²"])
def test_it_asks_about_nothing_that_was_not_offered(space, carol, answered, sign_in, entity):
    client = sign_in(carol)
    response = client.post(address(answered), {"entity": entity}, follow=True)
    assert "pick one of the things" in response.content.decode()
    assert Question.objects.count() == 1


def test_it_refuses_a_thing_of_the_space_that_it_did_not_offer(space, carol, answered):
    other = factories.make_entity(space, "Somebody else")
    with pytest.raises(NoSuchTopic):
        question_ask_about(question=answered, actor=carol, entity=other.pk)


def test_only_the_asker_of_an_answered_question_says_what_it_is_about(
    space, alice, carol, dave, mallory, answered, others, sign_in
):
    for person, status in ((alice, 404), (dave, 403), (mallory, 404)):
        client = sign_in(person)
        assert client.post(address(answered), {"entity": others[0].pk}).status_code == status
    client = sign_in(carol)
    assert client.get(address(answered)).status_code == 405
    waiting = question_ask(space=space, actor=carol, text=QUESTION)
    assert client.post(address(waiting), {"entity": others[0].pk}).status_code == 404
