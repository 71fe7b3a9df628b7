"""The results of a slice of a run: judged, diagnosed and saved in small parts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import F

from apps.common import jobs
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.kinds import kind_of
from apps.sources.models import Document, Passage

SAVE_SECONDS: Final = 0.5  # of results that a killed worker loses at most, with the case at hand


class Keeping:
    """Takes in what came of each case, and saves it soon."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._judge = kind_of(run.version.benchmark.kind).judging(run)
        self._results: list[Result] = []
        self._since = time.monotonic()

    def add(self, case: Case, given: Given) -> None:
        """Take the result of a case in, and save when the last time was long enough ago."""
        self._results.append(self._judge(case, given))
        if time.monotonic() >= self._since + SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Save what there is, all or nothing; nothing of what was erased while it was asked. Raises
        LeaseLost."""
        now = time.monotonic()
        if self._results:
            run, spent = self._run, now - self._since
            with transaction.atomic():
                results = _standing(self._results)
                # Locks the row: a late worker waits here and is turned away.
                jobs.renew(run, got_on=True)
                Result.objects.bulk_create(results)
                Run.objects.filter(pk=run.pk).update(
                    done=F("done") + len(results), seconds=F("seconds") + spent
                )
            run.refresh_from_db(fields=["done", "seconds"])
        self._results, self._since = [], now


def _standing(results: Sequence[Result]) -> list[Result]:
    """Return the results of cases that are still there, without the words of answers that were read
    in an erased document. Holds these rows, in the order in which an erasure does."""
    read = {passage for one in results for passage in one.answer.get("passages") or ()}
    passages = dict(Passage.objects.filter(pk__in=read).values_list("pk", "document"))
    documents = Document.objects.filter(pk__in=set(passages.values())).order_by("pk")
    held = documents.select_for_update(no_key=True).values_list("pk", "erased_at")
    erased = {number for number, erased_at in held if erased_at is not None}
    cases = Case.objects.filter(pk__in=[one.case_id for one in results]).order_by("pk")
    there = set(cases.select_for_update(no_key=True).values_list("pk", flat=True))
    for one in results:
        if any(passages.get(number) in erased for number in one.answer.get("passages") or ()):
            one.answer = {"text": Result.ERASED}
    return [one for one in results if one.case_id in there]
