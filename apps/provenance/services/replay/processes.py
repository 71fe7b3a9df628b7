"""Making leaves in several processes, all of which see the same of the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any, Final
from uuid import UUID

from django.db import connection

from apps.provenance.services.replay.hashing import Hashed, hash_range
from apps.provenance.services.replay.snapshot import Snapshot, snapshot
from apps.provenance.services.replay.trees import LogRow
from memweb.child import set_up

_LOGIN: Final = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
AHEAD: Final = 2  # ranges that wait for each process, or for the one that takes them
HashRanges = Callable[[LogRow, list[tuple[int, int]]], Iterator[Hashed]]


class _Own:
    """The view of one of the processes, open as long as it lives."""

    opened: AbstractContextManager[Snapshot] | None = None
    view: Snapshot | None = None
    indexed: AbstractContextManager[None] | None = None


@contextmanager
def hash_ranges_apart(shared: str, processes: int) -> Iterator[HashRanges | None]:
    """Give what makes the leaves of ranges in other processes, in the snapshot that was shared;
    nothing without one."""
    if not shared:
        yield None
        return
    # Another database than that of the settings may be in use here: that of a measurement.
    seen = (shared, {name: connection.settings_dict[name] for name in _LOGIN})
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=set_up) as pool:

        def apart(log: LogRow, ranges: list[tuple[int, int]]) -> Iterator[Hashed]:
            waiting: deque[Future[Hashed]] = deque()
            for start, stop in ranges:
                waiting.append(
                    pool.submit(_hash_range, seen, log.id, log.identity, log.space, start, stop)
                )
                if len(waiting) >= AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        yield apart


def _hash_range(
    seen: tuple[str, dict[str, Any]],
    log: int,
    identity: UUID,
    space: int | None,
    start: int,
    stop: int,
) -> Hashed:
    if _Own.view is None:
        shared, login = seen
        connection.settings_dict |= login
        _Own.opened = snapshot(shared)
        _Own.view = _Own.opened.__enter__()
        _Own.indexed = _Own.view.by_index()
        _Own.indexed.__enter__()
    return hash_range(_Own.view, log=log, identity=identity, space=space, start=start, stop=stop)
