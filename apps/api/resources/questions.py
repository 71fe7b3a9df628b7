"""Questions, their answers with the whole trace, and what people say of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER, ASK, READ
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict, Problem
from apps.api.fields import ID, Strict
from apps.api.resources.answers import AnswerOut
from apps.api.resources.shapes import JobOut, Nothing
from apps.api.streams import EventStream, answer_told
from apps.asking.forms import GapForm
from apps.asking.mark_forms import mark_form
from apps.asking.models import AnswerMark, Misreading, Question
from apps.asking.selectors import answer_as_dict, marks_of, visible_questions
from apps.asking.services import (
    answer_confirm,
    answer_mark,
    gap_of,
    gap_record,
    meant_in_words,
    question_ask,
    question_cancel,
    question_retry,
    reading_choose,
)

MOST_NUMBERED = 100  # more than an answer ever offers


class QuestionOut(JobOut):
    """A question. Its answer stands at ``.../answer`` once the state is done."""

    text = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)
    conversation = serializers.IntegerField(source="conversation_id")
    asked_by = serializers.CharField(source="asked_by.username")
    head = serializers.CharField()
    erased_at = serializers.DateTimeField(allow_null=True)


class QuestionIn(Strict):
    """A question; ``conversation`` goes on with one of your own."""

    text = serializers.CharField(max_length=Question.MAX_LENGTH)
    as_of = serializers.DateField(required=False)
    conversation = serializers.IntegerField(required=False, **ID)


class MarkIn(Strict):
    """That an answer is wrong. ``expected`` is the right name where it is known, ``citation`` the
    number of the fact that is wrong, ``beside`` whether the name holds as well."""

    expected = serializers.CharField(required=False, max_length=500, allow_blank=True)
    citation = serializers.IntegerField(required=False, **ID)
    beside = serializers.BooleanField(required=False)
    since = serializers.DateField(required=False)


class GapIn(Strict):
    """The fact that an answer lacked; ``relation`` is a number, ``new_relation`` a name."""

    subject = serializers.CharField(max_length=500)
    object = serializers.CharField(max_length=500)
    relation = serializers.IntegerField(required=False, **ID)
    new_relation = serializers.CharField(required=False, max_length=120)
    since = serializers.DateField(required=False)


class MisreadingOut(serializers.Serializer[Any]):
    """How a question was meant, in words, and the question that was asked so. ``relation`` may be
    taught its wording; null where what was meant is more than one look-up of one thing."""

    id = serializers.IntegerField()
    meant = serializers.SerializerMethodField()
    relation = serializers.IntegerField(source="relation_id", allow_null=True)
    asked_again = serializers.IntegerField(source="asked_again_id")

    def get_meant(self, row: Misreading) -> str:
        return meant_in_words(row)


class MarkOut(serializers.Serializer[Any]):
    """What somebody said of an answer, which step failed, what was proposed, and how the question
    was meant."""

    id = serializers.IntegerField()
    question = serializers.IntegerField(source="answer.question_id")
    by = serializers.CharField(source="marked_by.username")
    expected = serializers.CharField(allow_blank=True)
    step = serializers.CharField()
    diagnosis = serializers.JSONField()
    candidate = serializers.IntegerField(source="candidate_id", allow_null=True)
    relation_proposal = serializers.IntegerField(source="relation_proposal_id", allow_null=True)
    misreadings = MisreadingOut(many=True)
    created_at = serializers.DateTimeField()


class MeantIn(Strict):
    """Which of the readings that an abstention offers (its ``perhaps``) is meant."""

    number = serializers.IntegerField(min_value=1, max_value=MOST_NUMBERED)


class ConfirmedOut(serializers.Serializer[Any]):
    """That an answer is right."""

    question = serializers.IntegerField()
    by = serializers.CharField()


class QuestionView(ApiView):
    def questions(self) -> QuerySet[Question]:
        rows = visible_questions(user=self.user, space=self.space, roles=self.roles)
        return rows.select_related("asked_by")

    def question(self, pk: int) -> Question:
        return get_object_or_404(self.questions(), pk=pk)

    def answered(self, pk: int) -> Question:
        rows = self.questions().filter(state=Question.State.DONE, erased_at=None)
        return get_object_or_404(rows.select_related("answer"), pk=pk)


class Questions(QuestionView):
    calls = {
        "GET": Call(
            READ,
            QuestionOut,
            many=True,
            says="The questions that you may open: your own, and by role those of others.",
        ),
        "POST": Call(
            ASK,
            QuestionOut,
            body=QuestionIn,
            status=202,
            says="Ask. The answer is made by a worker: ask the address again, or read its stream.",
        ),
    }

    def get(self) -> Response:
        return self.page(self.questions())

    def post(self) -> Response:
        said = dict(self.said)
        if (number := said.pop("conversation", None)) is not None:
            rows = self.user.conversations.filter(space=self.space)
            said["conversation"] = get_object_or_404(rows, pk=number)
        row = question_ask(space=self.space, actor=self.user, **said)
        where = reverse("api:question", args=[self.space.slug, row.pk])
        return self.one(row, Location=where)


class OneQuestion(QuestionView):
    calls = {"GET": Call(READ, QuestionOut, says="A question and its state.")}

    def get(self, pk: int) -> Response:
        return self.one(self.question(pk))


class AnswerOfQuestion(QuestionView):
    calls = {
        "GET": Call(
            READ,
            AnswerOut,
            says="The answer with its trace; 409 while there is none, 410 where it was erased.",
            errors=(409, 410),
        )
    }

    def get(self, pk: int) -> Response:
        row = self.question(pk)
        if row.erased_at is not None:
            raise Problem("The question and its answer were erased.", status=410)
        if row.state != Question.State.DONE:
            raise Conflict("This question has no answer.", state=row.state, reason=row.error)
        return self.one(answer_as_dict(row))


class AnswerStream(QuestionView):
    calls = {
        "GET": Call(
            READ,
            says="The answer as server-sent events: progress with its text so far, answer with "
            "the whole trace, or failed; then the stream ends.",
            media_type="text/event-stream",
        )
    }

    def get(self, pk: int) -> HttpResponseBase:
        row = self.question(pk)
        if row.erased_at is not None:
            raise Problem("The question and its answer were erased.", status=410)
        return EventStream(answer_told(row.pk))


class CancelQuestion(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            QuestionOut,
            body=Nothing,
            says="End a question of your own, or any as an owner, that has no answer yet.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.question(pk)
        if row.asked_by_id != self.user.pk and not self.roles & ADMINISTER:
            raise Http404
        question_cancel(question=row, actor=self.user)
        return self.one(self.question(pk))


class RetryQuestion(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            QuestionOut,
            body=Nothing,
            status=202,
            says="Ask a question again that failed or was cancelled.",
        )
    }

    def post(self, pk: int) -> Response:
        question_retry(question=self.question(pk), actor=self.user)
        return self.one(self.question(pk))


class Meant(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            QuestionOut,
            body=MeantIn,
            status=202,
            says="Ask a question again by one of the readings that its abstention offers. 409 "
            "where it has no answer, or a relation of the reading is no longer in use.",
            errors=(409,),
        )
    }

    def post(self, pk: int) -> Response:
        row = self.question(pk)
        if row.state != Question.State.DONE or row.erased_at is not None:
            raise Conflict("This question has no answer.", state=row.state, reason=row.error)
        choice = reading_choose(answer=row.answer, number=self.said["number"], actor=self.user)
        where = reverse("api:question", args=[self.space.slug, choice.asked_again_id])
        return self.one(self.question(choice.asked_again_id), Location=where)


class Marks(QuestionView):
    calls = {
        "GET": Call(READ, MarkOut, many=True, says="What people said of an answer."),
        "POST": Call(
            ASK,
            MarkOut,
            body=MarkIn,
            status=201,
            says="Say that an answer is wrong; what is right becomes a candidate.",
        ),
    }

    def get(self, pk: int) -> Response:
        return self.page(marks_shown(self.space).filter(answer__question=self.question(pk)))

    def post(self, pk: int) -> Response:
        row = self.answered(pk)
        said = {name: str(value) for name, value in self.said.items() if name != "beside"}
        if (number := self.said.get("citation")) is not None:
            cited = row.answer.citations.filter(number=number).first()
            said["citation"] = str(cited.pk if cited else 0)
        if "beside" in self.said:
            said["beside"] = "beside" if self.said["beside"] else "instead"
        form = mark_form(row.answer, _query(said))
        filled(form)
        mark = answer_mark(answer=row.answer, actor=self.user, **form.given())
        return self.one(_mark(self, mark))


class Gaps(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            MarkOut,
            body=GapIn,
            status=201,
            says="Record the fact that an answer lacked; it becomes a candidate.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.answered(pk)
        said = {name: str(value) for name, value in self.said.items()}
        form = GapForm(_query(said), question=row, gap=gap_of(row.answer))
        filled(form)
        mark = gap_record(answer=row.answer, actor=self.user, **form.given())
        return self.one(_mark(self, mark))


class Confirm(QuestionView):
    calls = {"POST": Call(ASK, ConfirmedOut, body=Nothing, says="Say that an answer is right.")}

    def post(self, pk: int) -> Response:
        row = self.answered(pk)
        answer_confirm(answer=row.answer, actor=self.user)
        return self.one({"question": row.pk, "by": self.user.username})


def marks_shown(space: Space) -> QuerySet[AnswerMark]:
    """Return the marks of a space with what is told of each."""
    rows = Misreading.objects.select_related("entity", "relation", "mark__answer__question__space")
    return marks_of(space).prefetch_related(Prefetch("misreadings", rows))


def _mark(view: ApiView, mark: AnswerMark) -> AnswerMark:
    return marks_shown(view.space).get(pk=mark.pk)


def _query(said: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(said)
    return query
