"""The forms with which a person says what is wrong with an answer."""

from __future__ import annotations

from django.db.models import prefetch_related_objects
from django.http import QueryDict

from apps.asking.forms import GapForm, MarkForm
from apps.asking.models import Answer, Question
from apps.asking.services import gap_of
from apps.asking.services.understanding import slot_of


def mark_form(answer: Answer, data: QueryDict | None = None) -> MarkForm:
    """Return the form for one answer, with the choices that it leaves open."""
    prefetch_related_objects([answer], "reads")
    citations = answer.citations.select_related(
        "triple__subject", "triple__relation", "triple__object"
    ).defer(
        "triple__subject__embedding", "triple__relation__embedding", "triple__object__embedding"
    )
    slots = [slot_of(answer, citation) for citation in citations]
    many = any(slot is not None and not slot.is_single for slot in slots)
    return MarkForm(data, answer=answer, many=many or len(slots) > 1)


def gap_form(question: Question) -> GapForm:
    """Return the form for what an answer lacked, filled in from its reads."""
    return GapForm(question=question, gap=gap_of(question.answer))
