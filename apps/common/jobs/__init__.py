"""Background work: a row first, a ring for a worker second (see ``apps.common.models.Job``).

The pattern: a row is saved in the business transaction and rung on commit; a task claims a lease
with one conditional UPDATE, works, and writes its result in the transaction that also checks that
the lease is still its own. A result that comes too late changes nothing.

An app describes its jobs once, as a ``Kind``, and gives ``run`` what is to be done with one:

>>> QUESTIONS = jobs.Kind(model=Question, task="asking.answer", queue="read", ...)
>>> jobs.run_next(QUESTIONS, answer)

A ring says that there is work, not which: the worker takes the job whose turn it is, so that the
work of several people goes on side by side whoever asked first or for most.
"""

from celery import current_app

from apps.common.jobs.bell import ring, sweep
from apps.common.jobs.kinds import Kind
from apps.common.jobs.leases import (
    LeaseLost,
    cancel,
    fail,
    finish,
    give_way,
    put_off,
    renew,
    reopen,
    watch,
)
from apps.common.jobs.loop import claim, run, run_claimed, run_next
from apps.common.jobs.turns import Place, TooManyOpen, check_room, place

__all__ = [
    "Kind",
    "LeaseLost",
    "Place",
    "TooManyOpen",
    "cancel",
    "check_room",
    "claim",
    "current_app",
    "fail",
    "finish",
    "give_way",
    "place",
    "put_off",
    "renew",
    "reopen",
    "ring",
    "run",
    "run_claimed",
    "run_next",
    "sweep",
    "watch",
]
