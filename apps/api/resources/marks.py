"""What people said of answers, and what may come of it: a proposal, a question read otherwise, a
wording that is taught."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, ASK, AUDIT, DECIDE, READ
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Unfit
from apps.api.fields import ID, Strict
from apps.api.resources.questions import MarkOut, QuestionOut, QuestionView, marks_shown
from apps.api.resources.shapes import Nothing
from apps.asking.forms import MeantForm
from apps.asking.models import AnswerMark, Misreading
from apps.asking.selectors import visible_questions
from apps.asking.services import (
    Correction,
    answer_misread,
    mark_propose,
    misreading_teach,
    parts_to_correct,
    question_ask_about,
    question_ask_anew,
    question_ask_as_meant,
)
from apps.memory.controller import MemoryController

TEACH = DECIDE | ADMINISTER
MOST_PARTS = 50


class PartOut(serializers.Serializer[Any]):
    """A part of how a question was read: ``number`` and ``path`` name it, ``words`` are those of
    the question and ``meaning`` what they were taken for; ``name`` is that of the entity, null
    where the part is a step, which asks for a relation."""

    number = serializers.IntegerField()
    path = serializers.CharField()
    words = serializers.CharField(allow_blank=True)
    meaning = serializers.CharField()
    name = serializers.CharField(allow_null=True)


class CorrectionIn(Strict):
    """What one part was meant for: ``name`` of another entity or, of a step, ``relation`` by its
    number and the side of it that is ``known``."""

    number = serializers.IntegerField(min_value=0, max_value=MOST_PARTS)
    path = serializers.CharField(max_length=200, allow_blank=True)
    name = serializers.CharField(max_length=500, required=False)
    relation = serializers.IntegerField(required=False, **ID)
    known = serializers.ChoiceField(Misreading.Known.choices, required=False)


class MisreadIn(Strict):
    """How a question was meant, part by part (``/parts``), and the words of it that the answer does
    not take into account."""

    corrections = CorrectionIn(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_PARTS
    )
    left_out = serializers.CharField(max_length=500, required=False)


class AsMeantIn(Strict):
    """How a question was meant: an entity by its name, or by its number where several have it, the
    relation by its number, and which of its sides the entity is."""

    entity = serializers.CharField(max_length=500)
    entity_id = serializers.IntegerField(required=False, **ID)
    relation = serializers.IntegerField(**ID)
    known = serializers.ChoiceField(Misreading.Known.choices)


class AboutIn(Strict):
    """Which of the other things that a question could mean is meant (``others`` of its answer's
    ``topic``), by its number."""

    entity = serializers.IntegerField(**ID)


class TaughtOut(serializers.Serializer[Any]):
    """That a relation knows a wording; ``learnt`` is false where it did before."""

    misreading = serializers.IntegerField()
    relation = serializers.IntegerField()
    learnt = serializers.BooleanField()


class MarkView(ApiView):
    def marks(self) -> QuerySet[AnswerMark]:
        questions = visible_questions(user=self.user, space=self.space, roles=self.roles)
        return marks_shown(self.space).filter(answer__question__in=questions)

    def mark(self, pk: int) -> AnswerMark:
        return get_object_or_404(self.marks(), pk=pk)


class AllMarks(MarkView):
    calls = {
        "GET": Call(
            DECIDE | AUDIT,
            MarkOut,
            many=True,
            says="The answers that people marked as wrong, the newest first.",
        )
    }

    def get(self) -> Response:
        return self.page(self.marks())


class OneMark(MarkView):
    calls = {"GET": Call(READ, MarkOut, says="What somebody said of an answer, and its repair.")}

    def get(self, pk: int) -> Response:
        return self.one(self.mark(pk))


class ProposeFromMark(MarkView):
    calls = {
        "POST": Call(
            ASK,
            MarkOut,
            body=Nothing,
            status=201,
            says="Propose what a mark says is right, though its diagnosis blames the reading. The "
            "answer is a new mark, with the candidate.",
        )
    }

    def post(self, pk: int) -> Response:
        made = mark_propose(mark=self.mark(pk), actor=self.user)
        where = reverse("api:mark", args=[self.space.slug, made.pk])
        return self.one(self.mark(made.pk), Location=where)


class AskAsMeant(MarkView):
    calls = {
        "POST": Call(
            ASK,
            QuestionOut,
            body=AsMeantIn,
            status=202,
            says="Ask a marked question again, read as it was meant.",
        )
    }

    def post(self, pk: int) -> Response:
        mark = self.mark(pk)
        said = QueryDict(mutable=True)
        said.update({name: str(value) for name, value in self.said.items()})
        given = filled(MeantForm(said, question=mark.answer.question))
        found = MemoryController(self.space).resolve_entity(given["entity"])
        entity = given["entity_id"] or found.entity
        if entity is None:
            several = found.how == "ambiguous"
            raise Unfit(
                "Several entities have this name; give the number of one as entity_id."
                if several
                else "The memory knows no such name."
            )
        read = question_ask_as_meant(
            mark=mark, actor=self.user, entity=entity, relation=given["relation"],
            known=given["known"],
        )  # fmt: skip
        where = reverse("api:question", args=[self.space.slug, read.asked_again_id])
        return self.one(read.asked_again, Location=where)


class Teach(MarkView):
    calls = {
        "POST": Call(
            TEACH,
            TaughtOut,
            body=Nothing,
            says="Let a relation learn how a misread question asked for it: from now on such "
            "questions are read so.",
        )
    }

    def post(self, pk: int) -> Response:
        rows = Misreading.objects.select_related("entity", "relation", "mark__answer__question")
        row = get_object_or_404(rows, pk=pk, mark__in=self.marks())
        learnt = misreading_teach(misreading=row, actor=self.user)
        return self.one({"misreading": row.pk, "relation": row.relation_id, "learnt": learnt})


class Parts(QuestionView):
    calls = {
        "GET": Call(
            READ,
            PartOut,
            many=True,
            whole=True,
            says="How a question was read, part by part, for correcting it.",
        )
    }

    def get(self, pk: int) -> Response:
        return self.listed(parts_to_correct(self.answered(pk).answer))


class Misread(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            MarkOut,
            body=MisreadIn,
            status=201,
            says="Say that no fact is wrong and the question was misread, and how it was meant. "
            "With corrections it is asked again so: the misreading of the mark has the question.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.answered(pk)
        parts = {(one.number, one.path): one for one in parts_to_correct(row.answer)}
        corrections = []
        for one in self.said.get("corrections", ()):
            if (one["number"], one["path"]) not in parts:
                raise Unfit("The reading has no such part; see its /parts.")
            corrections.append(self._correction(one))
        mark = answer_misread(
            answer=row.answer,
            actor=self.user,
            corrections=corrections,
            left_out=self.said.get("left_out", ""),
        )
        where = reverse("api:mark", args=[self.space.slug, mark.pk])
        return self.one(marks_shown(self.space).get(pk=mark.pk), Location=where)

    def _correction(self, said: dict[str, Any]) -> Correction:
        given = {name: said[name] for name in ("name", "known") if name in said}
        relation = None
        if "relation" in said:
            rows = self.space.relations.filter(retired_at=None).defer("embedding")
            relation = rows.filter(pk=said["relation"]).first()
            if relation is None:
                raise Unfit("There is no such relation in this space.")
        return Correction(said["number"], said["path"], relation=relation, **given)


class AskAbout(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            QuestionOut,
            body=AboutIn,
            status=202,
            says="Ask a question of your own again about another of the things that it could mean.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.answered(pk)
        if row.asked_by_id != self.user.pk:
            raise Http404("only who asked goes on with a conversation")
        again = question_ask_about(question=row, actor=self.user, entity=self.said["entity"])
        where = reverse("api:question", args=[self.space.slug, again.pk])
        return self.one(self.question(again.pk), Location=where)


class AskAgain(QuestionView):
    calls = {
        "POST": Call(
            ASK,
            QuestionOut,
            body=Nothing,
            status=202,
            says="Ask an answered question of the memory as it is now.",
        )
    }

    def post(self, pk: int) -> Response:
        made = question_ask_anew(question=self.answered(pk), actor=self.user)
        where = reverse("api:question", args=[self.space.slug, made.pk])
        return self.one(self.question(made.pk), Location=where)
