"""A head that is asked once, and what of its errors belongs to the question."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError

from apps.asking.services.errors import AnswerRefused
from apps.common import jobs
from apps.evaluation.services.answering.given import NotReadyYet
from worker.errors import WorkerError

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Tried(Generic[T]):
    """What came of asking; where nothing did, ``refused`` says why."""

    value: T | None
    seconds: float
    refused: str = ""


def tried(who: str, text: str, ask: Callable[[], T]) -> Tried[T]:
    """Ask a head about a text. Its error with this text is a refusal that says which; what does not
    come of the text is raised: a lost lease, a server that is away, a machine without memory; and
    the end of the worker's time, of which ``timed`` knows whose it was."""
    began = time.perf_counter()
    try:
        return Tried(ask(), time.perf_counter() - began)
    except AnswerRefused as error:
        refused = error.message
    except WorkerError as error:
        if not error.permanent:
            raise
        refused = error.message
    except (DatabaseError, MemoryError, jobs.LeaseLost, SoftTimeLimitExceeded, NotReadyYet):
        raise
    except Exception as error:  # of this head, with this text
        logger.exception("%s", text)
        refused = f"{who} stopped on {type(error).__name__}."
    return Tried(None, time.perf_counter() - began, refused)
