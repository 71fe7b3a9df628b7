"""Emptying questions with their answers: what was asked, understood, read, answered and quoted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.asking.models import (
    Answer,
    AnswerMark,
    AnswerTrial,
    Citation,
    Conversation,
    Misreading,
    Question,
    ReadCall,
)
from apps.common import jobs
from apps.curation.models import Candidate, RelationProposal

# Events about the questions, or about what was proposed because of them in their words.
_EVENTS = """
SELECT id FROM audit_event WHERE erased IS NULL AND (
    (subject_type = 'asking.question' AND subject_id = ANY (%(questions)s::bigint[]))
    OR (subject_type = 'curation.candidate' AND subject_id = ANY (%(candidates)s::bigint[])
        AND payload ? 'wording'))
"""


def questions_empty(
    numbers: Collection[int], *, said: str
) -> tuple[dict[str, list[int]], set[int]]:
    """Put ``said`` in the place of what was asked and answered, in every row; return those rows by
    table, and the numbers of the events that tell of them."""
    questions = Question.objects.filter(pk__in=numbers)
    talks = list(questions.values_list("conversation", flat=True).distinct())
    proposed = list(Candidate.objects.filter(question__in=numbers).values_list("pk", flat=True))
    of_answer = {"answer__question__in": numbers}
    emptied: list[tuple[QuerySet[Any], dict[str, Any]]] = [
        (questions, {"text": said, "erased_at": timezone.now()}),
        (Answer.objects.filter(question__in=numbers, abstained=True), _answer(said, reason=said)),
        (Answer.objects.filter(question__in=numbers, abstained=False), _answer(said, reason="")),
        (
            ReadCall.objects.filter(**of_answer),
            {"call": "", "subject": "", "relation": "", "object": "", "candidates": [],
             "results": []},
        ),
        (
            Citation.objects.filter(**of_answer),
            {"statement": said, "sentence": "", "document_title": ""},
        ),
        (AnswerMark.objects.filter(**of_answer), {"expected": "", "diagnosis": {}}),
        (
            Misreading.objects.filter(mark__answer__question__in=numbers, entity=None),
            {"reading": {"erased": True}},
        ),
        (
            Misreading.objects.filter(mark__answer__question__in=numbers, entity__isnull=False),
            {"reading": {}},
        ),
        (RelationProposal.objects.filter(question__in=numbers), {"question_text": said}),
        (Candidate.objects.filter(pk__in=proposed), {"wording": ""}),
    ]  # fmt: skip
    _trials_empty(AnswerTrial.objects.filter(**of_answer), said)
    questions.filter(state=Question.State.FAILED).update(error=said)
    questions.exclude(state=Question.State.FAILED).update(error="")
    rows: dict[str, list[int]] = {}
    for found, values in emptied:
        pks = list(found.values_list("pk", flat=True))
        found.model._default_manager.filter(pk__in=pks).update(**values)
        rows.setdefault(found.model._meta.db_table, []).extend(pks)
    left = Question.objects.filter(conversation=OuterRef("pk"), erased_at=None)
    over = Conversation.objects.filter(pk__in=talks).exclude(Exists(left))
    rows["asking_conversation"] = list(over.values_list("pk", flat=True))
    Conversation.objects.filter(pk__in=rows["asking_conversation"]).update(title=said)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"questions": list(numbers), "candidates": proposed})
        return rows, {number for (number,) in cursor.fetchall()}


def _answer(said: str, *, reason: str) -> dict[str, Any]:
    return {
        "text": said,
        "reason": reason,
        "calls": "",
        "understood": [],
        "reading": {},
        "topic": None,
        "perhaps": [],
        "unsupported": [],
    }


def _trials_empty(trials: QuerySet[AnswerTrial], said: str) -> None:
    """End what is still to be asked again without a memory, and empty what came of the others."""
    for trial in trials.filter(state__in=AnswerTrial.OPEN):
        jobs.cancel(trial)
    trials.filter(state=AnswerTrial.State.FAILED).update(error=said)
    trials.update(text="", before="", written="")
