"""Whether workers listen, and whether they get anywhere.

The main process of a worker says in Redis every few seconds, for each of its queues, that it is
there; the mark fades by itself when the worker dies. Its child, which does the work, leaves a mark
at the beginning and end of each task. A main process that speaks while its child begins no task
and jobs wait is a worker that is stuck.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from memweb.queues import QUEUES

ALIVE, TASK, BEGUN = "memweb:worker-alive:", "memweb:worker-task:", "memweb:begun:"
SECONDS = 15
TASK_SECONDS = 24 * 3600
# No page waits longer than this for Redis, nor for a ring of its bell.
TIMEOUT = 0.4


@dataclass(frozen=True)
class Listening:
    """Whether a worker listens; when not, whether it is only Redis that cannot be asked."""

    alive: bool
    reachable: bool = True

    def __bool__(self) -> bool:
        return self.alive


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def mark_alive(queues: Iterable[str] = QUEUES) -> None:
    """Say that a worker of these queues is alive. Raises redis.RedisError."""
    _mark(ALIVE, queues, SECONDS)


def mark_task(queues: Iterable[str] = QUEUES) -> None:
    """Say that a worker of these queues has begun or ended a task. Raises redis.RedisError."""
    _mark(TASK, queues, TASK_SECONDS)


def _mark(kind: str, queues: Iterable[str], seconds: int) -> None:
    with _client() as client:
        now = _now(client)
        with client.pipeline(transaction=False) as pipe:
            for queue in queues:
                pipe.set(kind + queue, str(now), ex=seconds)
            pipe.execute()


def _now(client: redis.Redis) -> float:
    """Return the time by Redis's own clock, the same for whoever marks and whoever looks."""
    seconds, microseconds = client.time()
    return float(seconds) + float(microseconds) / 1e6


def mark_gone(queues: Iterable[str] = QUEUES) -> None:
    """Say that the worker of these queues is stopping. Raises redis.RedisError."""
    with _client() as client:
        client.delete(*(ALIVE + queue for queue in queues))


def mark_begun(what: str, seconds: int) -> bool:
    """Say that something is begun that may take this process along; False where somebody began it
    less than ``seconds`` ago and did not come to its end. Raises redis.RedisError."""
    with _client() as client:
        return bool(client.set(BEGUN + what, "1", nx=True, ex=seconds))


def mark_done(what: str) -> None:
    """Say that something which was begun came to its end. Raises redis.RedisError."""
    with _client() as client:
        client.delete(BEGUN + what)


def worker_alive(*queues: str) -> Listening:
    """Tell whether a worker of each of these queues (without names: of every queue) has spoken
    within SECONDS."""
    wanted = queues or QUEUES
    try:
        spoke = _ages(ALIVE, wanted)
    except redis.RedisError:
        return Listening(False, reachable=False)
    return Listening(len(spoke) == len(set(wanted)) and max(spoke.values()) <= SECONDS)


def last_tasks(queues: Sequence[str]) -> dict[str, float]:
    """Return how many seconds ago a worker of each queue began or ended a task; a queue of which
    that is not known is left out. Raises redis.RedisError."""
    return _ages(TASK, queues)


def _ages(kind: str, queues: Sequence[str]) -> dict[str, float]:
    """Return the ages of the marks that there are. Redis keeps a mark of the future too long, so
    one that was left before the clock was set back is none."""
    with _client() as client:
        marks = client.mget([kind + queue for queue in queues])
        now = _now(client)
    ages = {
        queue: now - float(mark)
        for queue, mark in zip(queues, marks, strict=True)
        if mark is not None
    }
    return {queue: max(age, 0.0) for queue, age in ages.items() if age > -1}
