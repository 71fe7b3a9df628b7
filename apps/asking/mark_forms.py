"""The forms with which a person says what is wrong with an answer."""

from __future__ import annotations

from django.db.models import prefetch_related_objects
from django.http import QueryDict

from apps.asking.forms import GapForm, MarkForm, MisreadForm
from apps.asking.models import Answer, Question
from apps.asking.services import blamable, gap_of, parts_to_correct
from apps.asking.services.understanding import slot_of


def mark_form(answer: Answer, data: QueryDict | None = None) -> MarkForm:
    """Return the form for one answer, with the choices that it leaves open."""
    prefetch_related_objects([answer], "reads")
    asked = blamable(answer)
    slots = [slot_of(answer, citation) for citation in asked]
    many = any(slot is not None and not slot.is_single for slot in slots)
    return MarkForm(data, answer=answer, many=many or len(slots) > 1, asked=asked)


def misread_form(question: Question, data: QueryDict | None = None) -> MisreadForm:
    """Return the form that corrects how a question was read, part by part."""
    return MisreadForm(data, question=question, parts=parts_to_correct(question.answer))


def gap_form(question: Question) -> GapForm:
    """Return the form for what an answer lacked, filled in from its reads."""
    return GapForm(question=question, gap=gap_of(question.answer))
