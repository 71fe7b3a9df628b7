"""What reviewers have open, and last said, of facts that are due."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.memory.models import Triple


class DueHold(models.Model):
    """A reviewer has the card of a fact that is due open, until ``until`` if the card does not
    renew it. It decides nothing and is no event, as ``curation.Hold``."""

    triple = models.OneToOneField(Triple, on_delete=models.CASCADE, related_name="due_hold")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="due_holds"
    )
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.triple} open with {self.holder}"


class LastWord(models.Model):
    """The last that a reviewer said of a fact that was due, with the schedule of the fact before,
    so that they can take it back as long as nothing else happened to it.

    ``after`` is the version (``due_selectors.version_of``) that it made. It goes when it is taken
    back; what was said and taken back stands in the log.
    """

    class Kind(models.TextChoices):
        STILL_TRUE = "still_true", "Still true"
        PUT_OFF = "put_off", "Put off"
        RETRACTED = "retracted", "Retracted"

    triple = models.OneToOneField(Triple, on_delete=models.CASCADE, related_name="last_word")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="last_words"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    after = models.CharField(max_length=16)
    at = models.DateTimeField()
    stability = models.FloatField()
    difficulty = models.FloatField()
    held_at = models.DateTimeField()
    confirmations = models.PositiveIntegerField()
    put_off_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.triple}"
