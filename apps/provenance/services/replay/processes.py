"""The work of a verification, in this process or in several that see the same of the database."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any, Final, Protocol

from django.db import connection

from apps.provenance.services.replay.checks import CHECKS, run_check
from apps.provenance.services.replay.findings import Findings
from apps.provenance.services.replay.hashing import Hashed, hash_range
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot, snapshot
from apps.provenance.services.replay.trees import LogRow
from memweb.child import set_up

_LOGIN: Final = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
AHEAD: Final = 2  # ranges that wait for each process, or for the one that takes them
Seen = tuple[str, dict[str, Any]]


class Work(Protocol):
    """What makes leaves and runs checks."""

    def hash_ranges(self, log: LogRow, ranges: list[tuple[int, int]]) -> Iterator[Hashed]:
        """Yield the leaves of ranges, in order."""

    def check(self, name: str) -> tuple[Findings, int]:
        """Return what a check found, and of how many rows the log tells."""


@contextmanager
def together(view: Snapshot, shared: str, processes: int, scope: Scope) -> Iterator[Work]:
    """Give what does the work in so many processes, in the snapshot that was shared; without one,
    in this process."""
    if not shared:
        yield _Alone(view, scope)
        return
    # Another database than that of the settings may be in use here: that of a measurement.
    seen = (shared, {name: connection.settings_dict[name] for name in _LOGIN})
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=set_up) as pool:
        try:
            yield _Apart(pool, processes, seen, scope)
        finally:
            pool.shutdown(cancel_futures=True)


class _Alone:
    def __init__(self, view: Snapshot, scope: Scope) -> None:
        self._view, self._scope = view, scope

    def hash_ranges(self, log: LogRow, ranges: list[tuple[int, int]]) -> Iterator[Hashed]:
        for start, stop in ranges:
            yield hash_range(
                self._view,
                log=log.id,
                identity=log.identity,
                space=log.space,
                start=start,
                stop=stop,
            )

    def check(self, name: str) -> tuple[Findings, int]:
        return run_check(self._view, name, self._scope)


class _Apart:
    def __init__(self, pool: ProcessPoolExecutor, processes: int, seen: Seen, scope: Scope) -> None:
        self._pool, self._processes, self._seen = pool, processes, seen
        self._checks = {name: pool.submit(_check, seen, name, scope) for name in CHECKS}

    def hash_ranges(self, log: LogRow, ranges: list[tuple[int, int]]) -> Iterator[Hashed]:
        waiting: deque[Future[Hashed]] = deque()
        for start, stop in ranges:
            waiting.append(self._pool.submit(_hash_range, self._seen, log, start, stop))
            if len(waiting) >= AHEAD * self._processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def check(self, name: str) -> tuple[Findings, int]:
        return self._checks[name].result()


class _Own:
    """The view of one of the processes, open as long as it lives."""

    opened: AbstractContextManager[Snapshot] | None = None
    view: Snapshot | None = None


def _view(seen: Seen) -> Snapshot:
    if _Own.view is None:
        gc.disable()  # there are no cycles in what is made here, and a great deal of it
        shared, login = seen
        connection.settings_dict |= login
        _Own.opened = snapshot(shared)
        _Own.view = _Own.opened.__enter__()
    return _Own.view


def _hash_range(seen: Seen, log: LogRow, start: int, stop: int) -> Hashed:
    view = _view(seen)
    with view.by_index():
        return hash_range(
            view, log=log.id, identity=log.identity, space=log.space, start=start, stop=stop
        )


def _check(seen: Seen, name: str, scope: Scope) -> tuple[Findings, int]:
    return run_check(_view(seen), name, scope)
