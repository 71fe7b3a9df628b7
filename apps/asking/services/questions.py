"""Asking: a row first, a ring for a worker second."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Space, User
from apps.asking.models import Conversation, Question
from apps.asking.services.errors import (
    EmptyQuestion,
    NotCancellable,
    NotRetryable,
    NotYourConversation,
    QuestionTooLong,
    UnreadableQuestion,
)
from apps.asking.services.progress import progress_end
from apps.audit.services import record
from apps.common import jobs
from apps.common.text import plain
from apps.memory.models import Entity
from worker import registry
from worker.setups import HeadSetup


def _record_failure(question: Question) -> None:
    progress_end(question)
    record(
        space=question.space,
        action="question.failed",
        actor=None,
        actor_label=f"read head {question.head}",
        subject=question,
        payload={"reason": question.error},
    )


QUESTIONS = jobs.Kind(
    model=Question,
    task="asking.answer",
    queue="read",
    worker="The read head",
    record_failure=_record_failure,
    most_rung=64,
    limit="OPEN_QUESTIONS",
    things="questions",
)


def question_ask(
    *,
    space: Space,
    actor: User,
    text: str,
    conversation: Conversation | None = None,
    as_of: date | None = None,
) -> Question:
    """Save a question and ring for a worker to answer it.

    ``as_of`` asks what held on that day. Without a conversation a new one begins. Raises
    EmptyQuestion, QuestionTooLong, UnreadableQuestion, NotYourConversation, jobs.TooManyOpen, and
    UnknownBackend when there is no head of the name that was chosen.
    """
    with transaction.atomic():
        jobs.check_room(QUESTIONS, actor.pk)
        question = question_create(
            space=space, actor=actor, text=text, conversation=conversation, as_of=as_of
        )
        jobs.ring(QUESTIONS, question)
    return question


def question_create(
    *,
    space: Space,
    actor: User,
    text: str,
    conversation: Conversation | None = None,
    as_of: date | None = None,
    head: str | None = None,
    topic: Entity | None = None,
) -> Question:
    """Save a question without ringing, inside the caller's transaction. Raises as question_ask.

    ``head`` is for a caller that answers with a head of its own; else it is the one that
    the space chose, or READ_HEAD.
    ``topic`` is what the question is about by the word of a person.
    """
    text = _checked(text)
    setup = HeadSetup(head) if head else _chosen(space)
    if conversation is None:
        conversation = Conversation.objects.create(space=space, user=actor, title=text[:200])
    elif conversation.space_id != space.pk or conversation.user_id != actor.pk:
        raise NotYourConversation
    question = Question.objects.create(
        space=space, conversation=conversation, asked_by=actor, text=text, as_of=as_of,
        head=setup.backend, head_setup=setup.as_json(), topic=topic,
    )  # fmt: skip
    record(
        space=space,
        action="question.asked",
        actor=actor,
        subject=question,
        payload={
            "text": text,
            "conversation": conversation.pk,
            "as_of": as_of.isoformat() if as_of else None,
            "head": setup.backend,
            **({"topic": topic.pk} if topic else {}),
        },
    )
    return question


def _chosen(space: Space) -> HeadSetup:
    """Return the read head that the space chose. Raises UnknownBackend."""
    setup = HeadSetup.of(space.read_head, default=settings.READ_HEAD)
    registry.check("read", setup.backend)
    return setup


def question_cancel(*, question: Question, actor: User) -> Question:
    """End a question that waits or is being answered; its worker stops at what it tells next, and
    a late answer is dropped. Raises NotCancellable."""
    with transaction.atomic():
        if not jobs.cancel(question):
            raise NotCancellable
        progress_end(question)
        question.refresh_from_db()
        record(
            space=question.space,
            action="question.cancelled",
            actor=actor,
            subject=question,
            payload={"text": question.text},
        )
    return question


def question_retry(*, question: Question, actor: User) -> Question:
    """Queue a failed or cancelled question again. Raises NotRetryable and jobs.TooManyOpen."""
    with transaction.atomic():
        jobs.check_room(QUESTIONS, question.asked_by_id, actor=actor.pk)
        if not jobs.reopen(question):
            raise NotRetryable
        question.refresh_from_db()
        if question.erased_at is not None:
            raise NotRetryable
        record(
            space=question.space,
            action="question.retried",
            actor=actor,
            subject=question,
            payload={"text": question.text},
        )
        jobs.ring(QUESTIONS, question)
    return question


def _checked(text: str) -> str:
    """Return the question in one line, without blanks that say nothing."""
    text = " ".join(text.split())
    if not text:
        raise EmptyQuestion
    if len(text) > Question.MAX_LENGTH:
        raise QuestionTooLong(len(text))
    # A terminal hands bytes that are no UTF-8 over as lone surrogates, which no database stores.
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise UnreadableQuestion
    text = plain(text)
    if not text:
        raise EmptyQuestion
    return text
