"""Holding on to the lease of a job that is one long transaction.

Nobody sees anything of such a transaction before its end, so a thread with a connection of its own
renews the lease meanwhile, and writes down how far the job is.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

from django.db import connection
from redis.exceptions import RedisError

from apps.common import jobs
from apps.common.worker_status import mark_task
from memweb.queues import served_with

EVERY: Final = 2.0  # seconds


class Pulse:
    """Runs beside a job. Called with the fields that say how far it is; raises jobs.LeaseLost there
    once the job was cancelled or taken over."""

    def __init__(self, kind: jobs.Kind[Any], pk: int) -> None:
        self._kind = kind
        self._row = kind.model._default_manager.get(pk=pk)
        # Whatever waits for this worker waits for this job, and for no worker that is stuck.
        self._queues = served_with((kind.bell(self._row) or ("", kind.queue))[1])
        self._said: dict[str, Any] = {}
        self._over, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def __call__(self, **fields: Any) -> None:
        self._said = fields
        if self._lost.is_set():
            raise jobs.LeaseLost

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while True:
                said = self._said
                jobs.renew(self._row)
                if said:
                    self._kind.model._default_manager.filter(pk=self._row.pk).update(**said)
                with suppress(RedisError):
                    mark_task(self._queues)
                if self._over.wait(EVERY):
                    return
        except jobs.LeaseLost:
            self._lost.set()
        finally:
            connection.close()
