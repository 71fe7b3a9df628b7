"""What the job loop has to know of a kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from apps.common.models import Job

J = TypeVar("J", bound=Job)


# Every kind that there is, by its task, for those who look at all queues.
KINDS: dict[str, Kind[Any]] = {}


@dataclass(frozen=True)
class Kind(Generic[J]):
    """A kind of job: its rows, who is rung for it, and what a failure leaves in the log.

    ``task`` is the name of the Celery task, ``worker`` what does the work, in the words of a page
    ("The read head"). ``record_failure`` writes the event of a job that has failed for good; it is
    called in the transaction of that change. A sweep rings for the first ``most_rung`` of a queue.
    A person may have as many open as the setting ``limit`` says; ``things`` is what they are called
    ("questions"). ``bell`` says for which jobs another task and queue are rung.
    """

    model: type[J]
    task: str
    queue: str
    worker: str
    record_failure: Callable[[J], None]
    most_rung: int
    limit: str
    things: str
    bell: Callable[[J], tuple[str, str] | None] = lambda job: None

    def __post_init__(self) -> None:
        KINDS[self.task] = self

    @property
    def unexpected(self) -> str:
        """Return the reason of a failure that only the log of the worker can explain."""
        return (
            f"{self.worker} stopped on an unexpected error; the log of the worker has the details."
        )
