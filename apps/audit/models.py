"""The append-only record of every change."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.accounts.models import Space


class Event(models.Model):
    """One thing that happened in a space, written in the transaction of the change itself.

    Database triggers refuse UPDATE, DELETE and TRUNCATE of the table. ``action`` is a dotted name
    from ``apps.audit.actions``; ``actor`` is empty for the system, whose part is then named in
    ``actor_label`` (for example ``write head encoder-1a2b3c4d``).
    """

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="events")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="events"
    )
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["space", "-id"], name="audit_event_space_newest"),
            models.Index(fields=["space", "action", "-id"], name="audit_event_space_action"),
            models.Index(fields=["subject_type", "subject_id"], name="audit_event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"
