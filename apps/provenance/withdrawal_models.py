"""What was withdrawn together, row by row, so that it can be brought back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.memory.models import Evidence, Triple
from apps.sources.models import Document


class Withdrawal(models.Model):
    """What rested on one source alone, taken out of the memory at once (``services.withdrawing``).

    ``name`` is the source as it was called then, ``at`` the time that its facts and evidence have
    as the one when they left the memory.
    """

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        IMPORT = "import", "Import"
        REVIEWER = "reviewer", "Reviewer"
        HEAD = "head", "Version of a head"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="withdrawals")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=300)
    document = models.ForeignKey(
        Document, null=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    head = models.CharField(max_length=40, blank=True)
    head_version = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=500)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="withdrawals"
    )
    at = models.DateTimeField()
    facts = models.PositiveIntegerField(default=0)
    evidence = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="provenance_withdrawal_says_why"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="provenance_withdrawal_undone_by",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["document", "import"], document__isnull=False)
                | Q(kind="reviewer", reviewer__isnull=False)
                | (Q(kind="head") & ~Q(head="")),
                name="provenance_withdrawal_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"withdrawal of {self.name}"


class WithdrawnRow(models.Model):
    """A fact, with its status before and when it had left the memory, or a piece of evidence."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="rows")
    triple = models.ForeignKey(
        Triple, null=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    evidence = models.ForeignKey(Evidence, null=True, on_delete=models.PROTECT, related_name="+")
    was = models.CharField(max_length=10, blank=True)
    was_retracted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(triple__isnull=False, evidence__isnull=True)
                | Q(triple__isnull=True, evidence__isnull=False),
                name="provenance_withdrawnrow_is_one",
            )
        ]

    def __str__(self) -> str:
        return f"fact {self.triple_id}" if self.triple_id else f"evidence {self.evidence_id}"
