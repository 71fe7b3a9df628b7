"""What takes a case longer than a worker has: it is no answer of that case, and the run goes on."""

from __future__ import annotations

import logging
import time

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from apps.evaluation.models import Case
from apps.evaluation.services.answering.given import Answering, Given

logger = logging.getLogger(__name__)
TOO_LONG = "It took longer than {:,.0f} seconds, and a worker has {} for all that it does at once."


def answered_in_time(answering: Answering, case: Case, *, again: bool) -> Given:
    """Return what came of a case, be it that the worker's time was over.

    Where loading the model took most of that time, and the run can be tried ``again``, the end of
    the time is raised: the case then has all of it.
    """
    began = time.monotonic()
    try:
        return answering.answer(case)
    except SoftTimeLimitExceeded:
        took = time.monotonic() - began
        if again and took < settings.JOB_SECONDS / 2:
            raise
        logger.warning("case %s took longer than %.0f s", case.pk, took)
        why = TOO_LONG.format(took, settings.JOB_SECONDS)
        return Given(seconds=took, refused=why, late=True)
