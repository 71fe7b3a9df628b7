"""Where an imported space came from, and what happened there."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.accounts.models import Space


class Origin(models.Model):
    """The log that the rows of a space were imported from.

    ``identity`` is that log's, ``name`` the first line of its checkpoints; ``checkpoint`` is the
    signed note that the bundle came with, ``key`` the one that signed it, ``sha256`` of the file.
    """

    space = models.OneToOneField(Space, on_delete=models.PROTECT, related_name="origin")
    identity = models.UUIDField()
    name = models.CharField(max_length=300)
    checkpoint = models.TextField()
    key = models.CharField(max_length=500)
    key_given = models.BooleanField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.space} from {self.name}"


class PastEvent(models.Model):
    """An event of the log that a space was imported from, as it was sealed there.

    ``leaf`` is the canonical text that was hashed: all of them, in order, give the root of the
    origin's checkpoint. Numbers of rows in it are those that they had there. ``payload`` is None
    where it was erased.
    """

    origin = models.ForeignKey(Origin, on_delete=models.PROTECT, related_name="events")
    index = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=200)
    payload = models.JSONField(null=True)
    leaf = models.TextField()

    class Meta:
        ordering = ["origin_id", "index"]
        constraints = [
            models.UniqueConstraint(fields=["origin", "index"], name="provenance_pastevent_once")
        ]

    def __str__(self) -> str:
        return f"{self.action} [{self.index}] of {self.origin}"
