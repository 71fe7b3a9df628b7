"""The results of a run as a file that a worker writes, since there are many."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.common.models import FileJob


class RunExport(FileJob):
    """A file of a run's results (states: see Job).

    ``total`` is how many results there were when it began, ``done`` how many are written, ``last``
    the case after which the work goes on and ``written`` how many bytes are written for good.
    """

    PERSON = "requested_by"

    class Format(models.TextChoices):
        JSON = "json", "JSON"
        CSV = "csv", "CSV"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey("evaluation.Run", on_delete=models.PROTECT, related_name="exports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    format = models.CharField(max_length=4, choices=Format)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    last = models.BigIntegerField(default=0)
    written = models.PositiveBigIntegerField(default=0)

    class Meta(FileJob.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *FileJob.Meta.indexes,
            models.Index(fields=["requested_by", "-started_at"], name="evaluation_export_turn"),
            models.Index(fields=["run", "-id"], name="evaluation_export_newest"),
        ]
        constraints = [
            *FileJob.Meta.constraints,
            models.CheckConstraint(
                condition=Q(format__in=["json", "csv"]), name="evaluation_export_format_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(size__isnull=False, expires_at__isnull=False, sha256__regex="^[0-9a-f]{64}$"),
                name="evaluation_export_done_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format} of {self.run}"
