"""Background work: a row first, a ring for a worker second (see ``apps.common.models.Job``).

The pattern: a row is saved in the business transaction and rung on commit; a task claims a lease
with one conditional UPDATE, works, and writes its result in the transaction that also checks that
the lease is still its own. A result that comes too late changes nothing.

An app describes its jobs once, as a ``Kind``, and gives ``run`` what is to be done with one:

>>> QUESTIONS = jobs.Kind(model=Question, task="asking.answer", queue="read", ...)
>>> jobs.run(QUESTIONS, pk, answer)
"""

from celery import current_app

from apps.common.jobs.bell import ring, sweep
from apps.common.jobs.kinds import Kind
from apps.common.jobs.loop import claim, run, run_claimed
from apps.common.jobs.rows import LeaseLost, fail, finish, renew, reopen

__all__ = [
    "Kind",
    "LeaseLost",
    "claim",
    "current_app",
    "fail",
    "finish",
    "renew",
    "reopen",
    "ring",
    "run",
    "run_claimed",
    "sweep",
]
