"""The import of a bundle into an empty space, as a job."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.common.models import Job


class SpaceImport(Job):
    """A bundle that somebody uploaded for an empty space, until it is imported or refused (states:
    see Job). What it brought is in ``Origin``.

    The file lies in ``IMPORT_DIR`` under the number of this row, and is removed when the job ends.
    ``key`` is the public key that the person trusts, empty where they gave none. ``doing``,
    ``progress`` and ``total`` say how far it is.
    """

    PERSON = "requested_by"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="imports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="space_imports"
    )
    size = models.PositiveBigIntegerField()
    key = models.CharField(max_length=500, blank=True)
    doing = models.CharField(max_length=100, blank=True)
    progress = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["requested_by", "-started_at"], name="provenance_import_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["space"],
                condition=Q(state__in=["queued", "running"]),
                name="provenance_import_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} into {self.space}"
