"""Who takes which work: the worker groups that one machine needs, and the queues of each.

``read`` (answering), ``maintain`` (short upkeep), ``export`` (files for auditors, in short slices),
``write`` (extraction), ``evaluate`` (benchmarks, trainings and explicit memories, which wait for
people's work), and four that may take minutes: ``erase`` (a large document), ``bundle`` (facts with
their proof, in one piece), ``import`` (the bundle of a space into an empty one) and ``verify`` (a
log from its first event to its last).
``call`` is what waits for the servers of others: by threads, so that one that hangs holds up none
beside it. A worker that serves several takes them in the order in which its command line names
them, and none is passed over for ever (``turns.py``). ``read`` has workers of its own, so that no
question waits for a document, and so have those four, for which nothing else waits.
"""

from __future__ import annotations

from typing import Any

GROUPS = {
    "questions": ("read",),
    "documents": ("maintain", "export", "write", "evaluate"),
    "checks": ("erase", "bundle", "import", "verify"),
    "calls": ("call",),
}
# How many tasks a group does at once, by threads; another one does one at a time.
THREADS = {"calls": 8}
QUEUES = tuple(queue for queues in GROUPS.values() for queue in queues)

# Options of a task that the clock rings for: one that is lost is not sent again, for the clock is.
BY_CLOCK: dict[str, Any] = {"acks_late": False, "retry_on_worker_lost": False}


def served_with(queue: str) -> tuple[str, ...]:
    """Return the queues of the workers that serve one: while they are at it, all of these wait."""
    return next(queues for queues in GROUPS.values() if queue in queues)
