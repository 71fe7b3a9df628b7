"""What several apps build on: the abstract job, and which forms were sent."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Job(models.Model):
    """A piece of background work: a row first, a message second.

    States::

        queued --claim--> running --finish--> done
        running --lease ran out or transient error--> queued   (attempts < JOB_ATTEMPTS)
        running --its slice is over, more is left--> queued    (attempts start at 0 again)
        running --put off until another time--> queued         (attempts start at 0 again)
        running --permanent error or attempts used up--> failed
        queued | running --a person cancels it--> cancelled
        failed | cancelled --a person presses retry--> queued  (attempts start at 0 again)

    A worker owns a running job only while ``lease_token`` is its own and ``lease_until`` lies
    ahead; every write of a result checks the token (see ``apps.common.jobs``). The message queue
    is a doorbell: a sweeper rings again for rows that nobody answered.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.QUEUED, State.RUNNING)
    RETRYABLE = (State.FAILED, State.CANCELLED)
    PERSON: ClassVar[str]  # the field that says whose job it is
    DUE: ClassVar[str] = ""  # the field that says before when it is not taken, if there is one
    ONE_EACH: ClassVar[bool] = False  # whether a person's jobs are done one after the other

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    rung_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        indexes = [
            # What sweeps and counts read: as small as what is waiting, however much is done.
            models.Index(
                fields=["id"],
                condition=Q(state__in=["queued", "running"]),
                name="%(app_label)s_%(class)s_open",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="%(app_label)s_%(class)s_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True, lease_until__isnull=True)),
                name="%(app_label)s_%(class)s_lease_when_running",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""),
                name="%(app_label)s_%(class)s_failed_says_why",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class FileJob(Job):
    """A job that makes a file (states: see Job). One that is done has its ``size`` in bytes and its
    ``sha256``; it is given out until ``expires_at``, and was removed at ``removed_at``."""

    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta(Job.Meta):
        abstract = True

    @property
    def is_offered(self) -> bool:
        """Whether there is a whole file that may still be downloaded."""
        return (
            self.state == self.State.DONE
            and self.removed_at is None
            and self.expires_at is not None
            and self.expires_at > timezone.now()
        )


class Submission(models.Model):
    """A form that was sent, so that sending it twice makes one thing (``apps.common.once``)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    address = models.CharField(max_length=500)  # where the thing that it made is shown
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="common_submission_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.address}"
