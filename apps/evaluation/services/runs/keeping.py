"""The results of a slice of a run: judged, diagnosed and saved in small parts."""

from __future__ import annotations

import time
from typing import Final

from django.db import transaction
from django.db.models import F

from apps.common import jobs
from apps.evaluation.models import Benchmark, Case, Result, Run
from apps.evaluation.services.runs.answering import Given
from apps.evaluation.services.runs.asked import Asked
from apps.evaluation.services.runs.diagnosis import Found, diagnose_question, diagnose_sentence
from apps.evaluation.services.runs.judging import judge_question, judge_sentence, relation_names
from apps.memory.controller import MemoryController

SAVE_SECONDS: Final = 0.5  # of results that a killed worker loses at most, with the case at hand


class Keeping:
    """Takes in what came of each case, and saves it soon."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._memory = MemoryController(run.space)
        self._is_questions = run.version.benchmark.kind == Benchmark.Kind.QUESTIONS
        self._relations = {} if self._is_questions else relation_names(run)
        self._results: list[Result] = []
        self._since = time.monotonic()

    def add(self, case: Case, given: Given) -> None:
        """Take the result of a case in, and save when the last time was long enough ago."""
        if self._is_questions:
            result = judge_question(self._run, case, given)
            asked = Asked(self._run, case, given, self._memory)
            found = diagnose_question(asked, given, result.outcome)
        else:
            result = judge_sentence(self._run, case, given, self._relations)
            in_use = [spec.name for spec in self._memory.relations()]
            found = diagnose_sentence(case, given, result.outcome, self._relations, in_use)
        self._results.append(_diagnosed(result, found))
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


def _diagnosed(result: Result, found: Found) -> Result:
    result.diagnosis = found.key
    shown = {"why": found.why, "triples": found.triples, "candidates": found.candidates}
    result.answer |= {key: value for key, value in shown.items() if value}
    return result
