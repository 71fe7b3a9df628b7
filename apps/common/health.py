"""What memweb says about itself: to monitors, to containers and to ``up``.

Nothing here waits for a server that is frozen: the database is asked over a connection of its own
with a limit of time, Redis likewise. So many ask at once that they share one answer.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connection
from psycopg import sql

from apps.common.jobs.kinds import KINDS
from apps.common.worker_status import last_tasks, worker_alive
from memweb.queues import GROUPS, QUEUES
from memweb.serving.roles import ALTERS_EVENTS

# libpq knows no shorter one.
CONNECT_SECONDS = 2
STATEMENT_MILLISECONDS = 2000
SHARED_SECONDS = 1.0
# A worker whose child begins no task for so long while jobs wait gets nowhere.
SLOW_SECONDS = 30.0
FREE_BYTES = 64_000_000


@dataclass(frozen=True)
class Health:
    """``waiting`` holds, by queue, for how many seconds the oldest job has waited; ``stuck`` the
    groups of workers that must be started again. ``log_protected`` is False where the database
    role could change or remove events, and None while the database is away."""

    database: bool
    broker: bool
    worker: bool
    disk: bool
    log_protected: bool | None = None
    waiting: dict[str, float] = field(default_factory=dict)
    stuck: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return self.database and self.disk


class _Shared:
    """The last answer, for all who ask within a second."""

    lock = threading.Lock()
    at = -SHARED_SECONDS
    health: Health | None = None


def health() -> Health:
    """Return how memweb is; takes a few seconds at most, whatever is frozen."""
    with _Shared.lock:
        if _Shared.health is None or time.monotonic() - _Shared.at > SHARED_SECONDS:
            _Shared.health = look()
            _Shared.at = time.monotonic()
        return _Shared.health


def look() -> Health:
    """Return how memweb is at this moment."""
    database = ask_database()
    waiting = database.waiting if database else {}
    listening = worker_alive()
    slow = _without_task(waiting, SLOW_SECONDS) if listening.reachable else set()
    return Health(
        database=database is not None,
        broker=listening.reachable,
        worker=listening.alive and not slow,
        disk=has_room(),
        log_protected=database.log_protected if database else None,
        waiting={queue: round(age, 1) for queue, age in waiting.items()},
        stuck=sorted(_stuck(waiting) if listening.reachable else ()),
    )


@dataclass(frozen=True)
class Database:
    """What the database says: see ``Health``."""

    waiting: dict[str, float]
    log_protected: bool


def ask_database() -> Database | None:
    """Ask the database over a new connection; None when it does not answer in time."""
    parameters = connection.get_connection_params()
    parameters |= {
        "connect_timeout": CONNECT_SECONDS,
        "options": f"{parameters.get('options', '')} -c statement_timeout={STATEMENT_MILLISECONDS}",
    }
    try:
        with psycopg.connect(**parameters) as fresh:
            altering = fresh.execute(ALTERS_EVENTS).fetchone()
            return Database(_waiting(fresh), not (altering and altering[0]))
    except psycopg.Error:
        return None


def _waiting(fresh: psycopg.Connection[Any]) -> dict[str, float]:
    """Return for how long the oldest waiting job of each queue has waited since it was saved or
    last worked on, or has been due."""
    ages: dict[str, float] = {}
    for kind in KINDS.values():
        since = sql.Identifier(kind.model.DUE or "created_at")
        query = sql.SQL(
            "SELECT EXTRACT(EPOCH FROM now() - min(GREATEST(created_at, started_at, {since})))"
            " FROM {table} WHERE state = 'queued' AND {since} <= now()"
        ).format(table=sql.Identifier(kind.model._meta.db_table), since=since)
        row = fresh.execute(query).fetchone()
        if row and row[0] is not None:
            ages[kind.queue] = max(ages.get(kind.queue, 0.0), float(row[0]))
    return ages


def _stuck(waiting: dict[str, float]) -> set[str]:
    """Return the groups of which a queue waits and a worker begins no task in a time in which the
    longest task would have been ended."""
    lost = _without_task(waiting, settings.JOB_SECONDS + SLOW_SECONDS)
    return {group for group, queues in GROUPS.items() if lost & set(queues)}


def _without_task(waiting: dict[str, float], seconds: float) -> set[str]:
    late = [queue for queue, age in waiting.items() if age > seconds]
    if not late:
        return set()
    try:
        tasks = last_tasks(QUEUES)
    except redis.RedisError:
        return set()
    return {queue for queue in late if tasks.get(queue, seconds + 1) > seconds}


def has_room() -> bool:
    """Tell whether the disks that memweb itself writes to have room left."""
    return all(_free(place) >= FREE_BYTES for place in _places())


def _places() -> list[Path]:
    places = [settings.VAR_DIR, Path(tempfile.gettempdir())]
    if settings.EMBEDDED_POSTGRES:
        from memweb.embedded.layout import layout_for

        places.append(layout_for(settings.VAR_DIR).postgres.parent)
    return places


def _free(place: Path) -> int:
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return 0
