"""How far an answer is, for the page of its question: no evidence of anything, and gone with the
end of the answering."""

from __future__ import annotations

import time

from django.db import transaction
from django.db.models import F

from apps.asking.models import AnswerProgress, Question
from apps.common import jobs
from worker.types import AnswerProgress as Progress
from worker.types import Fact

EVERY = 0.4  # seconds between two tellings of text; a read is told at once


class Told:
    """What a read head tells while it answers; raises LeaseLost once the question is cancelled, or
    another worker has it."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._last = 0.0
        self._reads = 0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if len(progress.reads) == self._reads and now - self._last < EVERY:
            return
        reads = [
            {"call": one.call, "results": [_said(fact) for fact in one.result.facts]}
            for one in progress.reads
        ]
        with transaction.atomic():
            jobs.renew(self.question)
            AnswerProgress.objects.update_or_create(
                question=self.question,
                defaults={"text": progress.text, "reads": reads, "steps": F("steps") + 1},
                create_defaults={"text": progress.text, "reads": reads},
            )
        self._last, self._reads = now, len(progress.reads)


def _said(fact: Fact) -> dict[str, str]:
    return {
        "subject": fact.subject.name,
        "relation": fact.relation.name,
        "object": fact.object.name,
    }


def progress_end(question: Question) -> None:
    """Forget how far an answer was."""
    AnswerProgress.objects.filter(question=question).delete()


def progress_sweep() -> None:
    """Forget how far answers were that nobody is at any more."""
    AnswerProgress.objects.exclude(question__state=Question.State.RUNNING).delete()
