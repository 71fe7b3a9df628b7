"""The same question once more: of the memory as it is now, or read as a person meant it."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.asking.models import AnswerMark, Misreading, Question
from apps.asking.services.as_meant import AS_MEANT
from apps.asking.services.errors import MarkRefused, NoSuchTopic
from apps.asking.services.questions import QUESTIONS, question_create
from apps.audit.services import record
from apps.common import jobs
from apps.memory.models import Entity, Relation


def question_ask_as_meant(
    *, mark: AnswerMark, actor: User, entity: Entity, relation: Relation, known: str
) -> Misreading:
    """Ask the question of a marked answer again, read as a person says that it was meant.

    The misreading is kept. Raises MarkRefused for rows of another space and a retired relation.
    """
    question = mark.answer.question
    if entity.space_id != question.space_id or relation.space_id != question.space_id:
        raise MarkRefused("There is no such entity or relation in this space.", field="relation")
    if relation.retired_at is not None:
        raise MarkRefused("This relation is retired.", field="relation")
    if known not in Misreading.Known.values:
        raise MarkRefused("Say on which side of the relation the entity stands.", field="relation")
    with transaction.atomic():
        jobs.check_room(QUESTIONS, actor.pk)
        again = created_again(question, actor, AS_MEANT)
        misreading = Misreading.objects.create(
            mark=mark,
            entity=entity,
            relation=relation,
            known=known,
            noted_by=actor,
            asked_again=again,
        )
        record(
            space=question.space,
            action="answer.misread",
            actor=actor,
            subject=question,
            payload={
                "text": question.text,
                "mark": mark.pk,
                "understood": mark.diagnosis["understood"],
                "meant": {"entity": entity.pk, "relation": relation.pk, "known": known},
                "asked_again": again.pk,
            },
        )
        jobs.ring(QUESTIONS, again)
    return misreading


def created_again(question: Question, actor: User, head: str | None = None) -> Question:
    """Return the same question once more, in its conversation where that is the person's own, for
    a read head (None: the product's)."""
    own = question.conversation if question.conversation.user_id == actor.pk else None
    return question_create(
        space=question.space,
        actor=actor,
        text=question.text,
        conversation=own,
        as_of=question.as_of,
        head=head,
    )


def question_ask_anew(*, question: Question, actor: User) -> Question:
    """Ask the same question of the memory as it is now."""
    with transaction.atomic():
        jobs.check_room(QUESTIONS, actor.pk)
        again = created_again(question, actor)
        jobs.ring(QUESTIONS, again)
    return again


def question_ask_about(*, question: Question, actor: User, entity: int) -> Question:
    """Ask a question of one's own again, about another of the things that it could mean.

    ``entity`` is the id of one of the answer's other topics. Raises NoSuchTopic,
    NotYourConversation and jobs.TooManyOpen.
    """
    topic = question.answer.topic or {"others": []}
    found = Entity.objects.filter(space=question.space_id, pk=entity).defer("embedding").first()
    if found is None or entity not in [one["id"] for one in topic["others"]]:
        raise NoSuchTopic
    with transaction.atomic():
        jobs.check_room(QUESTIONS, actor.pk)
        again = question_create(
            space=question.space,
            actor=actor,
            text=question.text,
            conversation=question.conversation,
            as_of=question.as_of,
            topic=found,
        )
        jobs.ring(QUESTIONS, again)
    return again
