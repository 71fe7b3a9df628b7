"""The pages of asking: who may see and do what, and what they show."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.asking.models import Conversation, Question
from apps.asking.selectors import example_questions
from apps.asking.services import question_ask, question_run
from apps.audit.models import Event
from apps.common.worker_status import Listening
from tests import factories
from tests.apps.asking.rows import QUESTION, BentHead, fill
from worker import registry


@pytest.fixture
def alive(monkeypatch):
    """Return a function that says whether a worker is running."""

    def say(value):
        monkeypatch.setattr("apps.asking.views.worker_alive", lambda *queues: value)

    say(True)
    return say


@pytest.fixture(autouse=True)
def _worker(alive):
    pass


@pytest.fixture
def memory(space, bob):
    return fill(space, bob)


@pytest.fixture
def asked(space, carol, memory):
    return question_ask(space=space, actor=carol, text=QUESTION)


@pytest.fixture
def answered(asked):
    return question_run(question_id=asked.pk)


def page(question, name="question"):
    return reverse(f"asking:{name}", args=["atlas", question.pk])


ASK = "/s/atlas/ask/"


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 200), ("bob", 200), ("carol", 200), ("dave", 403), ("mallory", 404)],
)
def test_it_lets_those_ask_who_may(space, sign_in, request, who, status):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(ASK).status_code == status
    posted = client.post(ASK, {"text": "Who?"}).status_code
    assert posted == (302 if status == 200 else status)
    assert Question.objects.count() == (status == 200)


def test_it_asks_a_visitor_to_sign_in(space, asked, client):
    for address in (ASK, page(asked), page(asked, "question-json")):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith("/sign-in/")


def test_it_saves_the_question_and_goes_to_its_page(space, carol, sign_in):
    response = sign_in(carol).post(ASK, {"text": " Who? ", "as_of": "1998-05-31"})
    question = Question.objects.get()
    assert response.url == page(question)
    assert (question.text, str(question.as_of), question.asked_by) == ("Who?", "1998-05-31", carol)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": ""}, "The question is empty."),
        ({}, "The question is empty."),
        ({"text": "x" * 10_000}, "10,000 characters; at most 1,000"),
        ({"text": "a\0b"}, "Null characters are not allowed"),
        ({"text": "Who?", "as_of": "yesterday"}, "Enter a valid date"),
    ],
)
def test_it_says_what_is_wrong_with_a_question(space, carol, sign_in, data, words):
    response = sign_in(carol).post(ASK, data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Question.objects.exists()
    assert not Conversation.objects.exists()


def test_it_suggests_questions_that_the_facts_answer(space, carol, memory, sign_in):
    html = sign_in(carol).get(ASK).content.decode()
    suggested = re.findall(r'name="text" value="([^"]+)"', html)
    assert suggested == ["Who founded Brook Institute?", "Where was Ada Brook born?"]
    for text in suggested:
        question = question_ask(space=space, actor=carol, text=text)
        assert not question_run(question_id=question.pk).answer.abstained


def test_it_lists_only_the_questions_of_the_user(space, alice, carol, memory, sign_in):
    question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    question_ask(space=space, actor=alice, text="A secret of alice?")
    html = sign_in(carol).get(ASK).content.decode()
    assert QUESTION in html
    assert "Ada Brook was born in Lindenau [1]." in html
    assert "A secret of alice?" not in html


def test_it_shows_the_whole_trace(space, bob, carol, memory, answered, sign_in):
    triple, evidence = memory
    html = sign_in(carol).get(page(answered)).content.decode()
    chip = '<a class="cite" href="#citation-1" aria-label="Citation 1">1</a>'
    assert f"Ada Brook was born in Lindenau.{chip}" in html
    assert 'id="citation-1"' in html
    assert (
        '<mark class="mark mark--subject" title="subject" data-label="subject">Ada Brook</mark>'
        in html
    )
    assert (
        '<mark class="mark mark--object" title="object" data-label="object">Lindenau</mark>' in html
    )
    assert (
        f'href="/s/atlas/sources/{evidence.passage.document_id}/#at-0">Ada Brook, a life</a>'
        in html
    )
    assert "Approved by <strong>bob</strong>" in html
    assert f'href="/s/atlas/facts/{triple.pk}/"' in html
    assert "({MEM_READ(Ada Brook&gt;&gt;place of birth&gt;&gt;)--&gt; Lindenau})" in html
    assert "candidate--accepted" in html
    assert "hx-get" not in html


def test_it_shows_an_abstention_with_what_it_looked_up(space, carol, memory, sign_in):
    asked = question_ask(space=space, actor=carol, text="Where was the Brook Institute born?")
    answer = question_run(question_id=asked.pk).answer
    html = sign_in(carol).get(page(asked)).content.decode()
    assert answer.abstained
    assert "I don&#x27;t know." in html
    assert "no answer" in html
    for read in answer.reads.all():
        assert read.subject or read.object
    assert "What the memory holds about" in html
    assert "Memory read 1" in html


def test_it_escapes_what_people_and_documents_say(space, carol, bob, sign_in):
    attack = "<script>alert(1)</script>"
    triple, _ = fill(space, bob)
    triple.object.name = f"Lindenau {attack}"
    triple.object.save()
    asked = question_ask(space=space, actor=carol, text=f"Where was Ada Brook born? {attack}")
    question_run(question_id=asked.pk)
    client = sign_in(carol)
    for address in (ASK, page(asked), f"/s/atlas/facts/{triple.pk}/"):
        html = client.get(address).content.decode()
        assert attack not in html
        assert "&lt;script&gt;" in html


def test_it_polls_until_there_is_an_answer(space, carol, asked, sign_in):
    client = sign_in(carol)
    html = client.get(page(asked)).content.decode()
    (address,) = re.findall(r'hx-get="([^"]+)" hx-trigger="every 1s"', html)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in html
    assert client.get(address, headers={"hx-request": "true"}).status_code == 204
    question_run(question_id=asked.pk)
    response = client.get(address, headers={"hx-request": "true"})
    fragment = response.content.decode()
    assert response.status_code == 286
    assert "<html" not in fragment
    assert "Lindenau" in fragment
    assert "hx-get" not in fragment


def test_it_says_when_no_worker_is_running(space, carol, asked, sign_in, alive):
    client = sign_in(carol)
    assert "No worker is running" not in client.get(page(asked)).content.decode()
    alive(False)
    html = client.get(page(asked)).content.decode()
    assert "No worker is running" in html
    assert "is saved and waits" in html
    # A page that was opened while a worker ran learns that it has stopped.
    poll = client.get(page(asked) + "?seen=queued-True", headers={"hx-request": "true"})
    assert "No worker is running" in poll.content.decode()


def test_it_says_that_a_question_is_kept_while_workers_cannot_be_reached(
    space, carol, asked, sign_in, alive
):
    alive(Listening(False, reachable=False))
    html = sign_in(carol).get(page(asked)).content.decode()
    assert "The workers cannot be reached right now" in html
    assert "Questions are kept" in html
    assert "No worker is running" not in html


def test_it_shows_a_failure_with_its_reason_and_a_retry(space, carol, asked, sign_in):
    Question.objects.filter(pk=asked.pk).update(state="failed", error="The model is missing.")
    client = sign_in(carol)
    html = client.get(page(asked)).content.decode()
    assert "The model is missing." in html
    assert f'action="{page(asked, "retry")}"' in html
    response = client.post(page(asked, "retry"))
    assert response.url == page(asked)
    asked.refresh_from_db()
    assert asked.state == "queued"
    again = client.post(page(asked, "retry"), follow=True)
    assert "Only a question that failed" in again.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 200), ("bob", 404), ("carol", 200), ("dave", 200), ("mallory", 404)],
)
def test_it_shows_an_answer_to_its_asker_to_owners_and_auditors(
    space, answered, sign_in, request, who, status
):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(page(answered)).status_code == status
    assert client.get(page(answered, "question-json")).status_code == status


def test_it_lets_only_the_asker_go_on(space, alice, dave, carol, answered, sign_in):
    for person, status in ((alice, 404), (dave, 403)):
        client = sign_in(person)
        assert page(answered, "follow-up") not in client.get(page(answered)).content.decode()
        assert client.post(page(answered, "follow-up"), {"text": "And?"}).status_code == status
    client = sign_in(carol)
    assert page(answered, "follow-up") in client.get(page(answered)).content.decode()
    response = client.post(page(answered, "follow-up"), {"text": "Who founded it?"})
    second = Question.objects.latest("pk")
    assert response.url == page(second)
    assert second.conversation == answered.conversation
    html = client.get(page(second)).content.decode()
    assert page(answered) in html


def test_it_keeps_the_answer_in_sight_when_a_follow_up_is_wrong(space, carol, answered, sign_in):
    response = sign_in(carol).post(page(answered, "follow-up"), {"text": "x" * 2000})
    html = response.content.decode()
    assert response.status_code == 422
    assert "2,000 characters" in html
    assert "Ada Brook was born in Lindenau" in html


def test_it_finds_no_question_of_another_space(space, alice, answered, sign_in):
    other = factories.make_space("other")
    factories.grant(other, alice, Role.OWNER)
    assert (
        sign_in(alice).get(reverse("asking:question", args=["other", answered.pk])).status_code
        == 404
    )


def test_it_gives_the_answer_as_json(space, carol, answered, sign_in):
    found = sign_in(carol).get(page(answered, "question-json")).json()
    assert found["answer"] == "Ada Brook was born in Lindenau [1]."


def test_it_gives_no_json_before_there_is_an_answer(space, carol, asked, sign_in):
    response = sign_in(carol).get(page(asked, "question-json"))
    assert response.status_code == 409
    assert response.json()["state"] == "queued"


@pytest.mark.parametrize("name", ["follow-up", "retry"])
def test_it_changes_nothing_on_a_get(space, carol, answered, sign_in, name):
    assert sign_in(carol).get(page(answered, name)).status_code == 405


def test_it_never_calls_a_model_in_the_web_process(space, carol, sign_in, monkeypatch):
    def refuse(name):
        raise AssertionError("the web process asked for a backend")

    monkeypatch.setattr("worker.registry.read_head", refuse)
    monkeypatch.setattr("worker.registry.embedder", refuse)
    client = sign_in(carol)
    response = client.post(ASK, {"text": "Who?"}, follow=True)
    assert response.status_code == 200
    assert Event.objects.get().action == "question.asked"


def test_it_asks_no_more_of_the_database_for_more_citations(
    space, bob, carol, sign_in, django_assert_max_num_queries
):
    relation = factories.make_relation(space, "employer", template="{subject} works for {object}.")
    for number in range(8):
        name = f"Person{number} Brook"
        document = factories.make_document(space, bob, f"{name} works for Brook Institute.")
        triple = factories.make_triple(space, name, relation, "Brook Institute")
        factories.make_evidence(triple, document, bob)
    asked = question_ask(space=space, actor=carol, text="Who works for Brook Institute?")
    assert question_run(question_id=asked.pk).answer.citations.count() == 8
    client = sign_in(carol)
    with django_assert_max_num_queries(17):
        client.get(page(asked))


def test_it_shows_what_a_pronoun_was_taken_for(space, carol, memory, asked, sign_in, monkeypatch):
    taken = ("“her” is taken for <Ada> Brook.",)
    head = BentHead(lambda answer: replace(answer, understood=taken))
    monkeypatch.setattr(registry, "read_head", lambda name: head)
    row = question_run(question_id=asked.pk)
    assert row.answer.understood == list(taken)
    html = sign_in(carol).get(page(row)).content.decode()
    assert "“her” is taken for &lt;Ada&gt; Brook." in html


def test_it_says_how_many_questions_come_first_and_about_how_long_they_take(
    space, alice, carol, answered, sign_in, monkeypatch
):
    monkeypatch.setattr("apps.asking.views.worker_alive", lambda *queues: True)
    answered.answer.seconds = 2.0
    answered.answer.save(update_fields=["seconds"])
    for number in range(2):
        asked = question_ask(space=space, actor=carol, text=f"Who? {number}")
    html = sign_in(carol).get(page(asked)).content.decode()
    assert "Waiting for its turn" in html
    assert "1 question is answered before it; this takes about 4 seconds." in html
    poll = sign_in(carol).get(page(asked) + "?seen=queued-True-1", headers={"hx-request": "true"})
    assert poll.status_code == 204


def test_it_refuses_more_questions_than_one_person_may_have_waiting(
    space, carol, asked, sign_in, settings
):
    settings.OPEN_QUESTIONS = 1
    client = sign_in(carol)
    response = client.post(reverse("asking:ask", args=[space.slug]), {"text": "Who was Eva?"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    html = response.content.decode()
    assert "You have 1 questions waiting already" in html
    assert "Who was Eva?" in html
    assert Question.objects.count() == 1


def test_no_example_asks_for_what_has_a_date(space):
    forms = {"questions": ["{subject}, when?"], "inverse_questions": ["What came out in {object}?"]}
    for number in range(4):
        relation = factories.make_relation(space, f"published {number}", **forms)
        factories.make_entity(space, f"{number} May 1983", kind="time")
        factories.make_triple(space, f"Waltz {number}", relation, f"{number} May 1983")
    assert example_questions(space) == [f"Waltz {number}, when?" for number in (3, 2, 1, 0)]
