"""Answers that are kept for calls that come twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.accounts.models import Space


class KeptAnswer(models.Model):
    """What a call with an ``Idempotency-Key`` was answered, for a day. ``asked`` is the SHA-256 of
    where it went and what it said."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="api_keptanswer_once"),
        ]
        indexes = [models.Index(fields=["user", "created_at"], name="api_keptanswer_by_age")]

    def __str__(self) -> str:
        return self.key
