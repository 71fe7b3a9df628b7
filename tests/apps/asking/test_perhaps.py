"""What a question that was abstained from may mean: offered, not answered, and asked by a click."""

from dataclasses import replace

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.tokens import token_make
from apps.asking.models import AnswerMark, Question, ReadingChoice
from apps.asking.selectors import answer_as_dict
from apps.asking.services import question_ask, question_run, reading_choose
from apps.asking.services.errors import NoSuchReading, ReadingGone
from apps.asking.terminal import answer_as_text
from apps.audit.models import Event
from apps.common.jobs import TooManyOpen
from tests.apps.asking.rows import BentHead, fill
from worker import registry
from worker.reading.asking_back import asked_back
from worker.reading.question import Option, Reached, Thing
from worker.reading.question import Question as Meant
from worker.types import OfferedReading

TEXT = "Ada Brook hails from what spot?"
WHY = "The question asks for none of the relations of the memory."


def read_as(answer, known="subject"):
    """Return the fact of an answer asked for from one of its sides, as a reading of TEXT."""
    fact = answer.cited[0]
    start = fact.subject if known == "subject" else fact.object
    target = Reached(Thing((start,), start.name), (Option(fact.relation, known),))
    meant = Meant("which", target, text=TEXT)
    return OfferedReading(asked_back(meant), meant, -0.5)


def unsure(answer):
    """Abstain, and offer both sides of the fact that was cited."""
    offered = (read_as(answer), read_as(answer, "object"))
    return replace(
        answer, text=f"I don't know. {WHY}", abstained=True, reason=WHY, cited=(), answers=(),
        questions=(), perhaps=offered,
    )  # fmt: skip


@pytest.fixture
def head(space, bob, monkeypatch):
    fill(space, bob)
    head = BentHead(unsure)
    monkeypatch.setattr(registry, "read_head", lambda name: head)
    return head


@pytest.fixture
def answered(space, carol, head):
    asked = question_ask(space=space, actor=carol, text=TEXT)
    return question_run(question_id=asked.pk)


def address(question, name="choose"):
    return reverse(f"asking:{name}", args=["atlas", question.pk])


def retire(space):
    space.relations.filter(name="place of birth").update(retired_at=timezone.now())


def test_what_is_offered_is_kept_and_is_no_answer(answered):
    answer = answered.answer
    assert answer.abstained
    assert not answer.citations.exists()
    assert [one["said"] for one in answer.perhaps] == [
        "Where was Ada Brook born?", "Who was born in Lindenau?",
    ]  # fmt: skip
    told = answer_as_dict(answered)
    assert [one["number"] for one in told["perhaps"]] == [1, 2]
    assert told["perhaps"][0]["reading"][0]["target"]["options"][0]["name"] == "place of birth"
    assert (told["citations"], told["abstained"]) == ([], True)
    text = answer_as_text(told)
    assert "Did you mean\n  1. Where was Ada Brook born?\n  2. Who was born in Lindenau?" in text


def test_an_answer_offers_nothing(space, carol, head):
    head.bend = lambda answer: replace(answer, perhaps=(read_as(answer),))
    asked = question_ask(space=space, actor=carol, text=TEXT)
    assert question_run(question_id=asked.pk).answer.perhaps == []


def test_one_click_asks_it_by_the_reading(space, carol, answered, sign_in):
    client = sign_in(carol)
    html = client.get(address(answered, "question")).content.decode()
    assert "Did you mean" in html
    assert 'name="number" value="2"' in html
    assert "Offered, and not answered" in html
    response = client.post(address(answered), {"number": "1"})
    again = Question.objects.latest("pk")
    assert response.url == address(again, "question")
    assert (again.text, again.conversation) == (TEXT, answered.conversation)
    done = question_run(question_id=again.pk)
    assert done.answer.text == "Ada Brook was born in Lindenau [1]."
    assert done.answer.citations.get().triple.subject.name == "Ada Brook"
    assert done.answer.reads.exists()
    html = client.get(address(again, "question")).content.decode()
    assert "You chose: <strong>Where was Ada Brook born?</strong>" in " ".join(
        html.replace("</svg>", "").split()
    ).replace("You  chose", "You chose")
    assert not AnswerMark.objects.exists()
    choice = ReadingChoice.objects.get()
    assert (choice.answer, choice.number, choice.chosen_by) == (answered.answer, 1, carol)
    event = Event.objects.get(action="answer.meant")
    assert event.payload["said"] == "Where was Ada Brook born?"
    assert event.payload["asked_again"] == again.pk
    page = client.get(address(answered, "question")).content.decode()
    assert address(again, "question") in page


def test_a_double_click_asks_once_and_two_readings_ask_twice(carol, answered, sign_in):
    client = sign_in(carol)
    for _ in range(2):
        client.post(address(answered), {"number": "1", "once": "x" * 32})
    assert ReadingChoice.objects.count() == 1
    client.post(address(answered), {"number": "2", "once": "x" * 32})
    assert sorted(ReadingChoice.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize("number", ["", "0", "3", "-1", "x", "9" * 30, "²", "1.0"])
def test_it_asks_no_reading_that_was_not_offered(carol, answered, sign_in, number):
    response = sign_in(carol).post(address(answered), {"number": number}, follow=True)
    assert "pick one of those" in response.content.decode()
    assert Question.objects.count() == 1


def test_only_who_may_ask_and_sees_the_question_chooses(
    space, alice, bob, carol, dave, mallory, answered, sign_in
):
    for person, status in ((dave, 403), (mallory, 404), (bob, 404)):
        assert sign_in(person).post(address(answered), {"number": "1"}).status_code == status
    seen = sign_in(dave).get(address(answered, "question")).content.decode()
    assert "Where was Ada Brook born?" in seen
    assert address(answered) not in seen
    client = sign_in(carol)
    assert client.get(address(answered)).status_code == 405
    waiting = question_ask(space=space, actor=carol, text=TEXT)
    assert client.post(address(waiting), {"number": "1"}).status_code == 404
    assert not ReadingChoice.objects.exists()


def test_who_chooses_for_the_question_of_another_asks_in_a_conversation_of_their_own(
    alice, carol, answered
):
    choice = reading_choose(answer=answered.answer, number=1, actor=alice)
    assert choice.asked_again.asked_by == alice
    assert choice.asked_again.conversation != answered.conversation


def test_a_reading_whose_relation_was_retired_is_refused(space, carol, answered):
    retire(space)
    with pytest.raises(ReadingGone):
        reading_choose(answer=answered.answer, number=1, actor=carol)
    assert Question.objects.count() == 1


def test_a_reading_that_is_retired_while_it_waits_is_abstained_from(space, carol, answered):
    choice = reading_choose(answer=answered.answer, number=1, actor=carol)
    retire(space)
    again = question_run(question_id=choice.asked_again_id)
    assert again.answer.abstained
    assert "no longer in use" in again.answer.reason


def test_it_refuses_other_numbers_and_more_than_may_wait(carol, answered, settings):
    for number in (0, 3, -1):
        with pytest.raises(NoSuchReading):
            reading_choose(answer=answered.answer, number=number, actor=carol)
    settings.OPEN_QUESTIONS = 1
    reading_choose(answer=answered.answer, number=1, actor=carol)
    with pytest.raises(TooManyOpen):
        reading_choose(answer=answered.answer, number=2, actor=carol)


def test_what_was_chosen_for_the_same_words_is_offered_first(space, alice, carol, answered):
    reading_choose(answer=answered.answer, number=2, actor=carol)
    asked = question_ask(space=space, actor=alice, text=TEXT.upper())
    again = question_run(question_id=asked.pk)
    assert [one["said"] for one in again.answer.perhaps] == [
        "Who was born in Lindenau?", "Where was Ada Brook born?",
    ]  # fmt: skip
    other = question_ask(space=space, actor=alice, text="Whence came Ada Brook to us all?")
    first = question_run(question_id=other.pk).answer.perhaps[0]["said"]
    assert first == "Where was Ada Brook born?"


def test_the_database_refuses_a_choice_without_a_number(carol, answered):
    with pytest.raises(IntegrityError):
        ReadingChoice.objects.create(
            answer=answered.answer, number=0, chosen_by=carol, asked_again=answered
        )


@pytest.fixture
def program(carol):
    _, text = token_make(user=carol, name="a program")
    return Client(headers={"authorization": f"Bearer {text}"})


def test_a_program_asks_by_a_reading(carol, answered, program):
    at = f"/api/v1/spaces/atlas/questions/{answered.pk}"
    told = program.get(f"{at}/answer").json()
    assert [one["number"] for one in told["perhaps"]] == [1, 2]
    for _ in range(2):  # a call that is sent again asks once
        response = program.post(
            f"{at}/meant", {"number": 2}, "application/json", headers={"idempotency-key": "k" * 20}
        )
        assert response.status_code == 202
    again = Question.objects.latest("pk")
    assert (response.json()["id"], Question.objects.count()) == (again.pk, 2)
    assert question_run(question_id=again.pk).answer.text == "Ada Brook was born in Lindenau [1]."
    assert program.post(f"{at}/meant", {"number": 3}, "application/json").status_code == 422
    assert program.post(f"{at}/meant", {}, "application/json").status_code == 400


def test_a_program_is_told_why_it_cannot(space, alice, carol, answered, program):
    at = "/api/v1/spaces/atlas/questions"
    waiting = question_ask(space=space, actor=carol, text=TEXT)
    other = question_ask(space=space, actor=alice, text=TEXT)
    for pk, status in ((waiting.pk, 409), (other.pk, 404), (10**9, 404)):
        response = program.post(f"{at}/{pk}/meant", {"number": 1}, "application/json")
        assert response.status_code == status
    retire(space)
    response = program.post(f"{at}/{answered.pk}/meant", {"number": 1}, "application/json")
    assert response.status_code == 409
    assert "no longer in use" in response.json()["detail"]
