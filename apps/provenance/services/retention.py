"""Erasing questions that are older than their space wants to keep them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Space
from apps.asking.models import AnswerConfirmation, AnswerMark, Question
from apps.audit.models import Event
from apps.provenance.models import PastEvent
from apps.provenance.services.also_kept import Gone, erase_above
from apps.provenance.services.erasing import Act, erase_from_log
from apps.provenance.services.exports.forgetting import questions_forget
from apps.provenance.services.question_erasure import questions_empty
from apps.provenance.services.sequencer import seal

SAID: Final = "Erased by retention"
MOST: Final = 1_000  # questions of one transaction
EVERY: Final = timedelta(hours=1)


def questions_over(space: Space) -> QuerySet[Question]:
    """Return the questions of a space that it does not want to keep any longer, oldest first."""
    if space.question_days is None:
        return Question.objects.none()
    until = timezone.now() - timedelta(days=space.question_days)
    over = Question.objects.filter(space=space, erased_at=None, created_at__lt=until)
    over = over.exclude(state__in=Question.OPEN)
    if space.keep_marked_questions:
        marked = AnswerMark.objects.filter(answer__question=OuterRef("pk"))
        confirmed = AnswerConfirmation.objects.filter(answer__question=OuterRef("pk"))
        over = over.exclude(Exists(marked)).exclude(Exists(confirmed)).filter(meant=None)
    return over.order_by("pk")


def retention_run() -> int:
    """Erase the questions of every space that are over, each space once an hour at most; return
    how many."""
    spaces = Space.objects.exclude(question_days=None).order_by("pk")
    due = [space for space in spaces if not _was_just_done(space)]
    if due:
        seal()
    return sum(map(questions_over_erase, due))


def questions_over_erase(space: Space) -> int:
    """Erase the questions of a space that are over, with one event; return how many."""
    with transaction.atomic():
        _past_erase(space)
        numbers = list(
            questions_over(space)
            .select_for_update(of=("self",), skip_locked=True)
            .values_list("pk", flat=True)[:MOST]
        )
        if not numbers:
            return 0
        rows, events = questions_empty(numbers, said=SAID)
        days = space.question_days
        act = Act(
            f"{len(numbers):,} question{'' if len(numbers) == 1 else 's'}",
            f"questions are kept for {days} day{'' if days == 1 else 's'}",
            actor=None,
            actor_label="retention",
            about={"questions": len(numbers)},
        )
        erase_from_log(act, rows=rows.items(), events=events)
        questions_forget(numbers=numbers, actor=None, actor_label=act.actor_label)
        gone = Gone(act.what, [space.pk], questions=numbers, actor_label=act.actor_label)
        erase_above(gone)
    return len(numbers)


def _past_erase(space: Space) -> None:
    """Erase what the events that the space was imported with say of questions as old as that."""
    assert space.question_days is not None
    until = timezone.now() - timedelta(days=space.question_days)
    of_questions = Q(action__startswith="question.") | Q(action__startswith="answer.")
    past = PastEvent.objects.filter(of_questions, origin__space=space, at__lt=until)
    past.exclude(payload=None).update(payload=None)


def _was_just_done(space: Space) -> bool:
    """Tell whether the last run is less than an hour ago and left nothing."""
    last = Event.objects.filter(
        space=space, action="privacy.erased", created_at__gt=timezone.now() - EVERY
    ).filter(payload__questions__isnull=False, actor=None)
    found = last.order_by("-pk").first()
    return found is not None and found.payload["questions"] < MOST
