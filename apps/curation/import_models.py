"""Files of so many ready-made triples that a worker proposes them; files of other systems."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.accounts.models import Space
from apps.common.models import Job
from apps.sources.models import Document


class RowImport(Job):
    """The rows of a file on their way to be candidates (states: see Job).

    The rows that are left lie in its parts. A part is removed in the transaction that saves its
    candidates, so that a lost worker repeats no row and leaves none out.
    """

    PERSON = "requested_by"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="row_imports")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="row_import")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="row_imports"
    )
    rows = models.PositiveIntegerField()
    candidates = models.PositiveIntegerField(default=0)
    problems = models.TextField(blank=True, help_text="rows that could not be proposed, one a line")

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["requested_by", "-started_at"], name="curation_rowimport_turn"),
        ]

    def __str__(self) -> str:
        return f"import of {self.document}"


class RowImportPart(models.Model):
    """Some rows that wait to be proposed, each with the places of its names in the document."""

    row_import = models.ForeignKey(RowImport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(help_text="of its rows")
    rows = models.JSONField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.number} rows of {self.row_import}"


class ForeignDraft(models.Model):
    """What was read in a file of another system, between its dry run and its import.

    It lives for a day at most, and goes with every erasure in its space or of its person.
    """

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="foreign_drafts")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="foreign_drafts"
    )
    filename = models.CharField(max_length=255, blank=True)
    found = models.JSONField(help_text="as ``apps.sources.foreign.Found.to_json`` says it")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"draft of {self.filename or 'a file'}"
