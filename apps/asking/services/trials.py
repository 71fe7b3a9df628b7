"""Counterfactuals: a question asked again without one of the memories that its answer attended to.

What is asked again is compared with the same question asked now of all of these memories, and not
with the answer that was given: then nothing else differs. Nothing of it is an answer, cites a fact
or counts as a use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.asking.models import Answer, AnswerTrial
from apps.asking.services.context import as_told, context_of, head_of
from apps.asking.services.errors import MemoriesChanged, MemoryWentStale, TrialRefused
from apps.asking.services.grounding import RecordedMemory
from apps.audit.services import record
from apps.common import jobs
from apps.explicit.selectors import still_holding
from apps.explicit.services import ShelfAsThen
from apps.memory.controller import MemoryController
from worker import registry, stopping
from worker.types import TracedAnswer


def _record_failure(trial: AnswerTrial) -> None:
    _told(trial, "answer.trial_failed", reason=trial.error)


TRIALS: Final = jobs.Kind(
    model=AnswerTrial,
    task="asking.try_without",
    queue="evaluate",
    worker="The read head",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_TRIALS",
    things="answers to be asked again without a memory",
)


def trial_ask(*, answer: Answer, number: int, actor: User) -> AnswerTrial:
    """Queue the question of an answer without its memory ``number``; where that was done, or is
    under way, return it. Raises TrialRefused and jobs.TooManyOpen."""
    try:
        with transaction.atomic():
            row = AnswerTrial.objects.filter(answer=answer, number=number).first()
            if row is not None and row.state not in AnswerTrial.RETRYABLE:
                return row
            if not answer.attended.filter(number=number, left_out="").exists():
                raise TrialRefused
            jobs.check_room(TRIALS, row.asked_by_id if row else actor.pk, actor=actor.pk)
            if row is None:
                row = AnswerTrial.objects.create(answer=answer, number=number, asked_by=actor)
            elif not jobs.reopen(row):  # somebody else was quicker
                return AnswerTrial.objects.get(pk=row.pk)
            _told(row, "answer.trial_asked", actor=actor)
            jobs.ring(TRIALS, row)
    except IntegrityError:  # somebody else asked at the same moment
        return AnswerTrial.objects.get(answer=answer, number=number)
    row.refresh_from_db()
    return row


def trial_run(*, trial_id: int) -> AnswerTrial:
    """Do a trial, if no one else is at it; return how it stands."""
    return jobs.run(TRIALS, trial_id, _try)


def trial_run_next() -> AnswerTrial | None:
    """Do the trial whose turn it is; None when there is none."""
    return jobs.run_next(TRIALS, _try)


def trial_sweep() -> int:
    """Ring again for trials that nobody did; return how many it rang for."""
    return jobs.sweep(TRIALS)


@dataclass(frozen=True)
class Compared:
    """What is told without a memory, what the model wrote with and without it, and whether either
    differs. ``is_as_then``: with all memories the answer is the one that was given."""

    text: str
    before: str
    written: str
    is_other: bool
    writes_other: bool
    is_as_then: bool


class AskedAgain:
    """The question of an answer, asked now of the memories that the answer attended to, or of all
    but one of them. Raises MemoriesChanged where one of them is not what it was."""

    def __init__(self, answer: Answer, look: Callable[[], None] = lambda: None) -> None:
        """Ask nothing yet. ``look`` is called while the head is at it (``worker.stopping``)."""
        self.answer, self.look = answer, look
        rows = list(answer.attended.filter(left_out="").order_by("number"))
        self.memories = {row.number: row.memory for row in rows}
        self.versions = {row.memory: row.version for row in rows}

    @cached_property
    def whole(self) -> TracedAnswer:
        """What is answered with all of them."""
        return self._ask(self.versions)

    def without(self, *numbers: int) -> Compared:
        """Return what is answered without the memories of these numbers. Raises KeyError."""
        gone = {self.memories[number] for number in numbers}
        whole = self.whole
        left = self._ask({pk: one for pk, one in self.versions.items() if pk not in gone})
        return Compared(
            text=left.text,
            before=whole.written,
            written=left.written,
            is_other=_said(left) != _said(whole),
            writes_other=_plain(left.written) != _plain(whole.written),
            is_as_then=_said(whole)
            == (self.answer.abstained, "" if self.answer.abstained else _plain(self.answer.text)),
        )

    @cached_property
    def _head(self) -> Any:
        return head_of(self.answer.question)

    def _ask(self, versions: Mapping[int, int]) -> TracedAnswer:
        question = self.answer.question
        embedder = registry.embedder(settings.EMBEDDER)
        shelf = ShelfAsThen(question.space, embedder, versions)
        controller = MemoryController(question.space, embedder=embedder)
        memory = RecordedMemory(controller.as_memory(as_of=question.as_of), shelf)
        with stopping.asked(self.look):
            answer: TracedAnswer = self._head.answer(question.text, memory, context_of(question))
        if shelf.gone or len(memory.offered) < len(versions):
            raise MemoriesChanged
        memory.check(answer)
        if any(one.left_out for one in answer.attended):
            raise MemoriesChanged
        return as_told(question, answer)


def _said(answer: TracedAnswer) -> tuple[bool, str]:
    """Return what of an answer counts: two that say "I don't know" say the same."""
    return answer.abstained, "" if answer.abstained else _plain(answer.text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _try(trial: AnswerTrial) -> None:
    if trial.answer.question.erased_at is not None:
        raise MemoriesChanged
    again = AskedAgain(trial.answer, look=jobs.watch(trial))
    try:
        found = again.without(trial.number)
    except KeyError:
        raise MemoriesChanged from None
    with transaction.atomic():
        jobs.renew(trial)
        # What was retracted meanwhile stands in no result either.
        if still_holding(again.versions) != set(again.versions):
            raise MemoryWentStale
        AnswerTrial.objects.filter(pk=trial.pk).update(
            text=found.text, before=found.before, written=found.written, is_other=found.is_other,
            writes_other=found.writes_other, is_as_then=found.is_as_then,
        )  # fmt: skip
        _told(
            trial, "answer.tried", is_other=found.is_other, writes_other=found.writes_other,
            is_as_then=found.is_as_then, without=found.text,
        )  # fmt: skip
        jobs.finish(trial)


def _told(trial: AnswerTrial, action: str, *, actor: User | None = None, **more: object) -> None:
    question = trial.answer.question
    record(
        space=question.space, action=action, actor=actor,
        actor_label="" if actor else f"read head {question.head}", subject=question,
        payload={"text": question.text, "number": trial.number, **more},
    )  # fmt: skip
