"""A verification of a log: asked for by an auditor, or due every night."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.common.models import Job


class Verification(Job):
    """One verification of one log, with what came of it.

    Without ``asked_by`` it was the clock's. ``report`` is ``Report.as_json`` once it is done, and
    ``holds`` its verdict. ``doing``, ``progress`` and ``total`` say how far it is.
    """

    PERSON = "asked_by"

    log = models.ForeignKey(
        "provenance.Log", on_delete=models.PROTECT, related_name="verifications"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    doing = models.CharField(max_length=100, blank=True)
    progress = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    holds = models.BooleanField(null=True)
    findings = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(null=True)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["asked_by", "-started_at"], name="provenance_verify_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["log"],
                condition=Q(state__in=["queued", "running"]),
                name="provenance_verification_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(holds__isnull=False, report__isnull=False),
                name="provenance_verification_done_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"verification {self.pk} of {self.log}"

    @property
    def sentence(self) -> str:
        """The verdict in one sentence; empty while there is none."""
        report: dict[str, Any] = self.report or {}
        return str(report.get("sentence", ""))
