"""What a space's own decisions taught its write head."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.common.models import Job


class LearnedWeights(Job):
    """Corrections of a write head's scores, fitted to decisions of a space (states: see Job).

    When it is done it is a candidate, which a person switches on; it is on where the space's write
    head names its ``sha256``. Decisions up to the number ``last_decision`` count; ``counts`` says
    which they were and what was left out. ``base`` is the head that it was learned of
    (``worker.learned.correction.made_of``). ``passages`` are read once more, also below the head's
    threshold; ``done`` of them are, and ``read`` has what was scored there: relations and scores.
    ``parameters`` is a ``worker.learned.correction.Correction``, whose hash is ``sha256``.
    ``instead_of`` was on when this was switched on; empty for the shipped weights.
    """

    PERSON = "started_by"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="learned_weights")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    backend = models.CharField(max_length=40)
    base = models.JSONField(default=dict)
    seed = models.BigIntegerField(default=0)
    last_decision = models.PositiveBigIntegerField()
    counts = models.JSONField(default=dict)
    passages = models.JSONField(default=list)
    read = models.JSONField(default=list)
    done = models.PositiveIntegerField(default=0)
    parameters = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(default=dict)
    switched_at = models.DateTimeField(null=True)
    switched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    instead_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        verbose_name_plural = "learned weights"
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["started_by", "-started_at"], name="evaluation_learned_turn"),
            models.Index(fields=["sha256"], name="evaluation_learned_sha256"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["space"],
                condition=Q(state__in=["queued", "running"]),
                name="evaluation_learned_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(sha256__regex="^[0-9a-f]{64}$"),
                name="evaluation_learned_done_has_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"learned weights {self.pk}"

    @property
    def total(self) -> int:
        """How many passages it reads."""
        return len(self.passages)

    @property
    def is_on(self) -> bool:
        """Whether the space's write head uses it."""
        return bool(self.sha256) and self.space.write_head.get("learned") == self.sha256
