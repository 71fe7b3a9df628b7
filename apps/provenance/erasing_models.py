"""The erasure of a large document, as a job."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.common.models import Job
from apps.sources.models import Document


class Erasing(Job):
    """A document that somebody wants erased and that takes too long for a browser to wait (states:
    see Job). ``reason`` is emptied when the log has it. ``doing``, ``progress`` and ``total`` say
    how far it is."""

    PERSON = "requested_by"

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="erasings")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasings"
    )
    reason = models.CharField(max_length=500, blank=True)
    retract = models.BooleanField(default=False)
    doing = models.CharField(max_length=100, blank=True, default="", db_default="")
    progress = models.PositiveBigIntegerField(default=0, db_default=0)
    total = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["requested_by", "-started_at"], name="provenance_erasing_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["document"],
                condition=Q(state__in=["queued", "running"]),
                name="provenance_erasing_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"erasing {self.pk} of document {self.document_id}"
