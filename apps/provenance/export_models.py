"""Exports: what of a space was asked for, how far the file is, and where it lies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.common.models import FileJob


class Export(FileJob):
    """A file of facts and what stands behind them, made by a worker (states: see Job).

    ``number`` is the document, entity, person or question of the scope, ``version`` that of a write
    head, ``since`` and ``until`` the first and the last day (UTC). The names in the file begin with
    ``address``. ``last`` is the fact after which the work goes on, ``newest`` the last one that
    there was when it began; ``parts`` how many bytes of each part are written for good. A file
    may have been removed since ``removed_because``.
    """

    PERSON = "requested_by"

    class Scope(models.TextChoices):
        SPACE = "space", "The whole space"
        PERIOD = "period", "A period"
        DOCUMENT = "document", "One document"
        ENTITY = "entity", "One entity"
        REVIEWER = "reviewer", "One reviewer"
        HEAD = "head", "One version of the model"
        ANSWER = "answer", "One answer"

    class Format(models.TextChoices):
        BUNDLE = "bundle", "Bundle with proof"
        JSON_LINES = "jsonl", "JSON Lines"
        CSV = "csv", "CSV"
        PROV_JSON = "prov-json", "W3C PROV-JSON"
        PROV_N = "prov-n", "W3C PROV-N"
        TRIG = "trig", "RDF as TriG"
        JSON_LD = "json-ld", "RDF as JSON-LD"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="exports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports"
    )
    scope = models.CharField(max_length=10, choices=Scope)
    format = models.CharField(max_length=10, choices=Format)
    number = models.BigIntegerField(null=True)
    version = models.CharField(max_length=80, blank=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    address = models.CharField(max_length=300)
    counts = models.JSONField(default=dict)
    newest = models.BigIntegerField(null=True)
    last = models.BigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    parts = models.JSONField(default=dict)
    removed_because = models.CharField(max_length=300, blank=True)

    class Meta(FileJob.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *FileJob.Meta.indexes,
            models.Index(fields=["requested_by", "-started_at"], name="provenance_export_turn"),
            models.Index(fields=["space", "-id"], name="provenance_export_newest"),
        ]
        constraints = [
            *FileJob.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(size__isnull=False, expires_at__isnull=False, sha256__regex="^[0-9a-f]{64}$"),
                name="provenance_export_done_has_file",
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True)
                | Q(until__isnull=True)
                | Q(since__lte=models.F("until")),
                name="provenance_export_period",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} of {self.space}"
