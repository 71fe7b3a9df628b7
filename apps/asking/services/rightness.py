"""When an answer is right: one person's word for its facts and for how its question was read."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.accounts.models import User
from apps.asking.models import Answer, AnswerConfirmation
from apps.asking.services.errors import MarkRefused
from apps.audit.services import record
from apps.explicit.services import found_useful
from apps.memory.controller.spacing import held_again

MARKED_RIGHT: Final = 2.0  # answers that the word of a person counts as much as


def answer_confirm(*, answer: Answer, actor: User) -> AnswerConfirmation:
    """Note that an answer is right; said twice by one person, it counts once.

    Raises MarkRefused for an answer that states nothing.
    """
    if answer.abstained:
        raise MarkRefused("This answer states no fact that could be confirmed.")
    with transaction.atomic():
        row, made = AnswerConfirmation.objects.get_or_create(answer=answer, confirmed_by=actor)
        if made:
            triples = list(answer.citations.values_list("triple_id", flat=True))
            if answer.question.as_of is None:  # else it tells nothing of today
                held_again(triples)
            if answer.attended.exists():
                found_useful(
                    space=answer.question.space, user=actor, triples=triples, weight=MARKED_RIGHT
                )
            record(
                space=answer.question.space,
                action="answer.confirmed",
                actor=actor,
                subject=answer.question,
                payload={
                    "text": answer.question.text,
                    "answer": answer.text,
                    "triples": triples,
                    "calls": answer.calls,
                },
            )
    return row
