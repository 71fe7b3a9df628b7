"""Answering a question: a read head, the memory, and one transaction that keeps the result."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Space, User
from apps.asking.models import Answer, Question
from apps.asking.services.attended import attended_told, save_attended
from apps.asking.services.choosing import perhaps_kept
from apps.asking.services.citations import save_citations, save_reads
from apps.asking.services.context import as_told, context_of, head_of
from apps.asking.services.errors import FactWithdrawn, MemoryWentStale
from apps.asking.services.grounding import RecordedMemory
from apps.asking.services.progress import Told, progress_end, progress_sweep
from apps.asking.services.questions import QUESTIONS, question_create
from apps.asking.services.readings import reading_kept
from apps.audit.services import record
from apps.common import jobs
from apps.explicit.services import SpaceShelf, damaged_mark, found_useful
from apps.memory.controller import MemoryController
from worker import registry, stopping
from worker.interfaces import Embedder, ReadHead, StreamingReadHead
from worker.types import Topic, TracedAnswer

logger = logging.getLogger(__name__)


def question_run(*, question_id: int) -> Question:
    """Answer the question, if no one else is at it; return how it stands now."""
    return jobs.run(QUESTIONS, question_id, _answer)


def question_run_next() -> Question | None:
    """Answer the question whose turn it is; None when there is none."""
    return jobs.run_next(QUESTIONS, _answer)


def question_answer_here(
    *, space: Space, actor: User, text: str, as_of: date | None = None
) -> Question:
    """Ask and answer in this process, for a command; no worker gets hold of the question.

    It is claimed in the transaction that creates it. Raises as question_ask.
    """
    with transaction.atomic():
        created = question_create(space=space, actor=actor, text=text, as_of=as_of)
        question = jobs.claim(QUESTIONS, created.pk)
    assert question is not None, "nobody else can have seen the row"
    jobs.run_claimed(QUESTIONS, question, _answer)
    return Question.objects.get(pk=question.pk)


def question_sweep() -> int:
    """Ring again for questions that nobody answered and fail those whose attempts are used up.

    Returns how many it rang for.
    """
    progress_sweep()
    return jobs.sweep(QUESTIONS)


@cache
def heads_load() -> None:
    """Load what answers, once in a process, before somebody's question has to wait for it.

    An error is only logged here: it ends in the row of each question that meets it.
    """
    try:
        registry.embedder(settings.EMBEDDER)
        registry.read_head(settings.READ_HEAD)
    except Exception:
        logger.exception("what answers could not be loaded before the first question")


def _answer(question: Question) -> None:
    progress_end(question)  # of a try that was lost
    head = head_of(question)
    embedder = registry.embedder(settings.EMBEDDER)
    started = time.monotonic()  # loading a model is no part of the answer
    shelf = SpaceShelf(question.space, embedder, question.asked_by)
    answer = _ask(question, head, embedder, shelf)
    try:
        _save(question, head, answer, shelf, time.monotonic() - started)
    except (FactWithdrawn, MemoryWentStale):  # made again, on the memory as it is now
        answer = _ask(question, head, embedder, shelf)
        _save(question, head, answer, shelf, time.monotonic() - started)
    if gone := [int(one.id) for one in answer.attended if one.damaged]:
        damaged_mark(space=question.space, memories=gone)


def _ask(question: Question, head: ReadHead, embedder: Embedder, shelf: SpaceShelf) -> TracedAnswer:
    """Let the head answer, and believe it only what the memory bears out."""
    controller = MemoryController(question.space, embedder=embedder)
    memory = RecordedMemory(controller.as_memory(as_of=question.as_of), shelf)
    context = context_of(question)
    with stopping.asked(jobs.watch(question)):
        if isinstance(head, StreamingReadHead):
            told = Told(question)
            answer = head.answer_streaming(question.text, memory, context, told)
        else:
            answer = head.answer(question.text, memory, context)
    memory.check(answer)
    return as_told(question, answer)


def _topic(topic: Topic | None) -> dict[str, Any] | None:
    """Return a topic as plain values, as ``Answer.topic`` keeps it."""
    if topic is None:
        return None
    entity, *others = (
        {"id": int(one.id), "name": one.name} for one in (topic.entity, *topic.others)
    )
    return {"words": topic.words, "entity": entity, "others": others}


def _save(
    question: Question, head: ReadHead, traced: TracedAnswer, shelf: SpaceShelf, seconds: float
) -> None:
    """Keep the answer with all it rests on, all or nothing. Raises LeaseLost and WorkerError."""
    with transaction.atomic():
        jobs.renew(question)  # locks the row: a late worker waits here and is turned away
        answer = Answer.objects.create(
            question=question,
            text=traced.text,
            abstained=traced.abstained,
            reason=traced.reason,
            calls=traced.calls,
            understood=list(traced.understood),
            reading=reading_kept(traced, question.text),
            topic=_topic(traced.topic),
            perhaps=perhaps_kept(traced, question),
            head_version=head.version,
            unsupported=[[one.start, one.end] for one in traced.unsupported],
            head_hashes=registry.hashes_of(head),
            seconds=seconds,
        )
        save_reads(answer, traced.reads)
        save_citations(answer, question.space, traced.cited)
        save_attended(answer, traced.attended, shelf.why)
        if traced.attended and not traced.abstained:
            cited = [int(fact.triple_id) for fact in traced.cited]
            found_useful(space=question.space, user=question.asked_by, triples=cited)
        record(
            space=question.space,
            action="question.answered",
            actor=None,
            actor_label=f"read head {question.head} {head.version}",
            subject=question,
            payload={
                "answer": traced.text,
                "abstained": traced.abstained,
                "triples": [int(fact.triple_id) for fact in traced.cited],
                "calls": traced.calls,
                **attended_told(traced.attended),
                **({"spent": asdict(traced.spent)} if traced.spent else {}),
            },
        )
        progress_end(question)
        jobs.finish(question)  # last, so that a failure above leaves the lease in our hands
