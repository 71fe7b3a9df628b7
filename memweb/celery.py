"""The Celery app. Redis is only a doorbell: every job is a row that a sweeper rings for again."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from celery import Celery, Task
from celery.signals import (
    celeryd_init,
    heartbeat_sent,
    task_postrun,
    task_prerun,
    worker_ready,
    worker_shutting_down,
)
from kombu import Queue

from apps.common.requests import during
from memweb.queues import QUEUES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")

# What the clock rings for, and the queue it rings on: questions are swept by who answers them.
SWEEPERS = {
    "curation.sweep_extractions": "maintain",
    "asking.sweep_questions": "read",
    "asking.sweep_trials": "maintain",
    "memory.embed_pending": "maintain",
    "memory.schedule": "maintain",
    "provenance.seal": "maintain",
    "provenance.retention": "maintain",
    "provenance.checkpoint": "maintain",
    "provenance.deliver": "maintain",
    "provenance.verify_due": "maintain",
    "provenance.sweep_exports": "maintain",
    "provenance.sweep_imports": "maintain",
    "provenance.sweep_erasures": "maintain",
    "evaluation.sweep_runs": "maintain",
    "evaluation.sweep_learning": "maintain",
    "evaluation.sweep_exports": "maintain",
    "evaluation.schedules": "maintain",
    "explicit.sweep_builds": "maintain",
    "explicit.weigh": "maintain",
    "webhooks.follow": "call",
}
BELL_TIMEOUT = 0.4
# A worker waits at its queues, where an answer takes a second.
WORKER_TIMEOUT = 5.0


def broker_url(redis_url: str) -> str:
    """Turn a redis-py address into kombu's, which names unix sockets differently."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def configuration() -> dict[str, object]:
    """Return Celery's settings, read from Django's when they are first needed."""
    from django.conf import settings

    return {
        "broker_url": broker_url(settings.REDIS_URL),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            # A message of a worker that was killed returns after this time. The row's lease, not
            # this, decides who works; long jobs that are delivered twice find the lease taken.
            "visibility_timeout": max(600, 5 * settings.LEASE_SECONDS),
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "queue_order_strategy": "memweb.turns:TurnsForAll",
            # A web request that rings may not hang on a broker that is away or frozen: one try,
            # no waiting.
            "socket_connect_timeout": BELL_TIMEOUT,
            "socket_timeout": BELL_TIMEOUT,
            "max_retries": 0,
        },
        # The first limit raises an error inside the task, which ends in the job's row; the second
        # ends a process that is frozen or in an endless loop, and the lease gives the job back.
        "task_soft_time_limit": settings.JOB_SECONDS,
        "task_time_limit": settings.JOB_SECONDS + 15,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_retry_on_worker_lost": True,
        "task_queues": [Queue(name) for name in QUEUES],
        "task_default_queue": "maintain",
        "worker_prefetch_multiplier": 1,
        "worker_soft_shutdown_timeout": 3.0,
        "worker_send_task_events": False,
        "timezone": "UTC",
        "beat_scheduler": "memweb.rings:SteadyScheduler",
        "beat_schedule": {
            name: {
                "task": name,
                "schedule": float(settings.SWEEP_SECONDS),
                # A sweep that nobody took before the next one is due is of no use.
                "options": {"queue": queue, "expires": 2 * settings.SWEEP_SECONDS},
            }
            for name, queue in SWEEPERS.items()
        },
    }


class NamedTask(Task):  # type: ignore[type-arg]  # Celery's own takes no parameter
    """A task whose name its events hold, unless they are of a job."""

    abstract = True

    def __call__(self, *args: object, **kwargs: object) -> Any:
        with during(f"task:{self.name}"):
            return super().__call__(*args, **kwargs)


app = Celery("memweb", task_cls=NamedTask)
app.add_defaults(configuration)
app.autodiscover_tasks()


def own_queues() -> list[str]:
    """Return the queues that this worker takes tasks from."""
    return list(app.amqp.queues.consume_from)


@celeryd_init.connect
def _be_patient(conf: Any, **kwargs: object) -> None:
    timeouts = {"socket_timeout": WORKER_TIMEOUT, "socket_connect_timeout": WORKER_TIMEOUT}
    conf.broker_transport_options = conf.broker_transport_options | timeouts


@heartbeat_sent.connect
def _say_alive(**kwargs: object) -> None:
    """Every two seconds, from the worker's main process, also while a job keeps its child busy."""
    from redis.exceptions import RedisError

    from apps.common.worker_status import mark_alive

    with contextlib.suppress(RedisError):  # the mark fades by itself
        mark_alive(own_queues())


@worker_ready.connect
@task_prerun.connect
@task_postrun.connect
def _say_task(**kwargs: object) -> None:
    """From the worker's child, which does the tasks; the main process says only the first."""
    from redis.exceptions import RedisError

    from apps.common.worker_status import mark_task

    with contextlib.suppress(RedisError):  # without Redis nobody is judged by these marks
        mark_task(own_queues())


@worker_shutting_down.connect
def _say_gone(**kwargs: object) -> None:
    from redis.exceptions import RedisError

    from apps.common.worker_status import mark_gone

    with contextlib.suppress(RedisError):
        mark_gone(own_queues())
