"""Whether a worker is listening. Workers say so in Redis every few seconds, also in the middle of
a long job; the mark fades by itself when a worker dies."""

from __future__ import annotations

import redis
from django.conf import settings

KEY = "memweb:worker-alive"
SECONDS = 15


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, decode_responses=True
    )


def mark_alive() -> None:
    """Say that a worker of this installation is alive. Raises redis.RedisError."""
    with _client() as client:
        client.set(KEY, "1", ex=SECONDS)


def mark_gone() -> None:
    """Say that the worker is stopping. Raises redis.RedisError."""
    with _client() as client:
        client.delete(KEY)


def worker_alive() -> bool:
    """Return whether a worker has spoken within SECONDS; False when Redis is unreachable."""
    try:
        with _client() as client:
            return bool(client.exists(KEY))
    except redis.RedisError:
        return False
