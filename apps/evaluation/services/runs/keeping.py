"""The results of a slice of a run: judged, diagnosed and saved in small parts."""

from __future__ import annotations

import time
from typing import Final

from django.db import transaction
from django.db.models import F

from apps.common import jobs
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.kinds import kind_of

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
        """Save what there is, all or nothing. Raises LeaseLost."""
        now = time.monotonic()
        if self._results:
            run, spent = self._run, now - self._since
            with transaction.atomic():
                # Locks the row: a late worker waits here and is turned away.
                jobs.renew(run, got_on=True)
                Result.objects.bulk_create(self._results)
                Run.objects.filter(pk=run.pk).update(
                    done=F("done") + len(self._results), seconds=F("seconds") + spent
                )
            run.done += len(self._results)
            run.seconds += spent
        self._results, self._since = [], now
