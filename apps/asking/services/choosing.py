"""What a question that was abstained from may mean: kept with its answer, and asked by a click."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.asking.models import Answer, Question, ReadingChoice
from apps.asking.services.as_meant import AS_MEANT
from apps.asking.services.asking_again import created_again
from apps.asking.services.errors import NoSuchReading, ReadingGone
from apps.asking.services.questions import QUESTIONS
from apps.asking.services.readings import values_of
from apps.audit.services import record
from apps.common import jobs
from apps.memory.controller import MemoryController
from worker.reading.stored import MalformedQuestion, from_json
from worker.types import TracedAnswer

REMEMBERED = 50  # choices for the same words, the newest, that the order of what is offered follows


def perhaps_kept(answer: TracedAnswer, question: Question) -> list[dict[str, Any]]:
    """Return what an abstention offers as plain values, for ``Answer.perhaps``: first what people
    of the space chose for the same words, the most often chosen first. Raises AnswerRefused."""
    if not answer.abstained or not answer.perhaps:
        return []
    kept = [
        {"said": one.said, "reading": values_of([one.question], question.text)}
        for one in answer.perhaps
    ]
    chosen = _chosen_before(question)
    return sorted(kept, key=lambda one: -chosen[one["said"]])


def _chosen_before(question: Question) -> Counter[str]:
    """Return how often each reading was chosen in the space for the words of a question."""
    rows = ReadingChoice.objects.filter(
        answer__question__space=question.space_id,
        answer__question__text__iexact=question.text,
        answer__question__erased_at=None,
    )
    newest = rows.select_related("answer").order_by("-pk")[:REMEMBERED]
    return Counter(row.said for row in newest)


def reading_choose(*, answer: Answer, number: int, actor: User) -> ReadingChoice:
    """Ask the question of an abstention again by one of the readings that it offers, counted from
    1, in its conversation where that is the person's own. No mark is made of the answer.

    The choice is kept. Raises NoSuchReading, ReadingGone and jobs.TooManyOpen.
    """
    if not 1 <= number <= len(answer.perhaps):
        raise NoSuchReading
    offered, question = answer.perhaps[number - 1], answer.question
    meant = offered["reading"]["questions"]
    relations = {one.id: one for one in MemoryController(question.space).relations()}
    try:
        for one in meant:
            from_json(one, relations)
    except MalformedQuestion as error:
        raise ReadingGone from error
    with transaction.atomic():
        jobs.check_room(QUESTIONS, actor.pk)
        again = created_again(question, actor, AS_MEANT)
        choice = ReadingChoice.objects.create(
            answer=answer, number=number, chosen_by=actor, asked_again=again
        )
        record(
            space=question.space,
            action="answer.meant",
            actor=actor,
            subject=question,
            payload={
                "text": question.text,
                "number": number,
                "said": offered["said"],
                "meant": meant,
                "asked_again": again.pk,
            },
        )
        jobs.ring(QUESTIONS, again)
    return choice
