"""What may come of a marked answer: a proposal, a question read otherwise, a wording taught."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.asking.models import Answer, AnswerMark, Question
from apps.asking.services import answer_mark, question_answer_here, question_run
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.memory.models import Relation, Triple
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.apps.asking.rows import QUESTION, fill

AT = "/api/v1/spaces/atlas"


@pytest.fixture
def born(space: Space, bob: User) -> Triple:
    return fill(space, bob)[0]


@pytest.fixture
def died(space: Space, bob: User, born: Triple) -> Relation:
    relation = factories.make_relation(
        space, "place of death", template="{subject} died in {object}."
    )
    document = factories.make_document(space, bob, "Ada Brook has it, says Halden.")
    triple = factories.make_triple(space, "Ada Brook", relation, "Halden")
    factories.make_evidence(triple, document, bob)
    return relation


@pytest.fixture
def answer(space: Space, carol: User, born: Triple) -> Answer:
    return question_answer_here(space=space, actor=carol, text=QUESTION).answer


@pytest.fixture
def asker(carol: User, program: Program) -> Client:
    return program(carol)


def test_a_misread_step_is_asked_as_it_was_meant(
    answer: Answer, died: Relation, asker: Client, carol: User
) -> None:
    at = f"{AT}/questions/{answer.question_id}"
    thing, step = asker.get(f"{at}/parts").json()["items"]
    assert (thing["name"], step["name"], step["meaning"]) == ("Ada Brook", None, "place of birth")
    meant = {"number": 0, "path": step["path"], "relation": died.pk, "known": "subject"}
    body = {"corrections": [meant]}
    made = send(asker, f"{at}/misread", body, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    assert send(asker, f"{at}/misread", body, Idempotency_Key="one").json() == made.json()
    [misreading] = made.json()["misreadings"]
    assert misreading["meant"] == "place of death of Ada Brook"
    again = question_run(question_id=misreading["asked_again"])
    assert [one.triple.object.name for one in again.answer.citations.all()] == ["Halden"]
    assert asker.get(made["Location"]).json() == made.json()
    assert [one.actor for one in Event.objects.filter(action="answer.misread")] == [carol]
    assert not Candidate.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"left_out": "what nobody wrote"},
        {"corrections": [{"number": 7, "path": "target", "name": "Ada Brook"}]},
        {"corrections": [{"number": 0, "path": "target.0", "name": "Nobody"}]},
        {"corrections": [{"number": 0, "path": "target", "relation": 10**9, "known": "subject"}]},
        {"corrections": [{"number": 0, "path": "target", "name": "Ada Brook"}]},
    ],
)
def test_what_is_no_correction_marks_nothing(
    answer: Answer, asker: Client, body: dict[str, Any]
) -> None:
    made = send(asker, f"{AT}/questions/{answer.question_id}/misread", body)
    assert (made.status_code, made["Content-Type"]) == (422, "application/problem+json")
    assert not AnswerMark.objects.exists()


def test_a_mark_is_asked_as_meant_and_its_relation_taught(
    answer: Answer, died: Relation, asker: Client, bob: User, program: Program, carol: User
) -> None:
    mark = answer_mark(answer=answer, actor=carol)
    body = {"entity": "Ada Brook", "relation": died.pk, "known": "subject"}
    asked = send(asker, f"{AT}/marks/{mark.pk}/meant", body)
    assert (asked.status_code, asked.json()["text"]) == (202, QUESTION), asked.content
    [misreading] = asker.get(f"{AT}/marks/{mark.pk}").json()["misreadings"]
    assert asked["Location"] == f"{AT}/questions/{misreading['asked_again']}"
    at = f"{AT}/misreadings/{misreading['id']}/teach"
    assert send(asker, at, {}).status_code == 403
    reviewer = program(bob)
    taught = send(reviewer, at, {}).json()
    assert taught == {"misreading": misreading["id"], "relation": died.pk, "learnt": True}
    died.refresh_from_db()
    assert any("{subject}" in one for one in died.questions)
    assert send(reviewer, at, {}).json()["learnt"] is False
    nobody = send(asker, f"{AT}/marks/{mark.pk}/meant", body | {"entity": "Nobody"})
    assert nobody.status_code == 422


def test_a_mark_proposes_what_is_right(
    answer: Answer, asker: Client, carol: User, bob: User, program: Program
) -> None:
    mark = answer_mark(answer=answer, actor=carol, expected="Halden")
    made = send(asker, f"{AT}/marks/{mark.pk}/propose", {})
    assert made.status_code == 201, made.content
    candidate = Candidate.objects.get(pk=made.json()["candidate"])
    assert (candidate.state, candidate.object_text, candidate.proposed_by) == (
        "pending", "Halden", carol,
    )  # fmt: skip
    assert Triple.objects.filter(object__name="Halden", status="active").count() == 0
    plain = answer_mark(answer=answer, actor=carol)
    assert send(asker, f"{AT}/marks/{plain.pk}/propose", {}).status_code == 422
    listed = program(bob).get(f"{AT}/marks").json()["items"]
    assert [one["id"] for one in listed] == [plain.pk, made.json()["id"], mark.pk]


def test_an_answered_question_is_asked_anew(answer: Answer, asker: Client) -> None:
    asked = send(asker, f"{AT}/questions/{answer.question_id}/again", {})
    assert asked.status_code == 202
    assert Question.objects.filter(text=QUESTION).count() == 2


def test_nobody_sees_the_marks_of_what_they_may_not_open(
    answer: Answer, space: Space, carol: User, program: Program
) -> None:
    mark = answer_mark(answer=answer, actor=carol)
    erin = factories.make_user("erin")
    factories.grant(space, erin, "asker")
    other = program(erin)
    assert other.get(f"{AT}/marks/{mark.pk}").status_code == 404
    assert send(other, f"{AT}/marks/{mark.pk}/propose", {}).status_code == 404
    assert send(other, f"{AT}/questions/{answer.question_id}/again", {}).status_code == 404
    assert other.get(f"{AT}/marks").status_code == 403
