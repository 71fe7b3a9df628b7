"""Runs of a write head over documents, and what it read there and did not propose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Space
from apps.common.models import Job
from apps.memory.models import Relation
from apps.sources.models import Document, Passage


class Extraction(Job):
    """One run of a write head over a document (states: see Job).

    Progress is the number of its PassageExtraction rows: each passage is written in a transaction
    of its own, so that a lost worker repeats no passage and leaves none out.
    """

    PERSON = "requested_by"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="extractions")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="extractions")
    head = models.CharField(max_length=40)  # a name of worker/registry.py
    head_version = models.CharField(max_length=80, blank=True)
    # What else the space chose of it, and the SHA-256 of what it was made of when it last read.
    head_setup = models.JSONField(default=dict, db_default={}, blank=True)
    head_hashes = models.JSONField(default=dict, db_default={}, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="extractions"
    )

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["requested_by", "-started_at"], name="curation_extraction_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["document"],
                condition=Q(state__in=["queued", "running"]),
                name="curation_extraction_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"extraction {self.pk} of {self.document}"

    @property
    def scores_are_shares(self) -> bool:
        """Whether a score says how often such a proposal is right. That of a language model says
        how sure it was of its own words, unless its adapter was calibrated; a pair of heads
        halves the score of what its second head did not find."""
        if "-" in self.head:
            return False
        return self.head not in ("causal", "remote") or "calibration" in self.head_hashes


class PassageExtraction(models.Model):
    """A passage that an extraction is through with; ``call`` is the literal MEM_WRITE text.

    Of the ``proposals`` of the head, ``refused`` were not borne out by the text or the call.
    """

    extraction = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="passages")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="extractions")
    call = models.TextField()
    proposals = models.PositiveIntegerField()
    # [start, end, type] of each mention, in the document; null: none were kept.
    mentions = models.JSONField(null=True)
    refused = models.PositiveIntegerField(default=0)
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["extraction", "passage"], name="curation_passageextraction_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.passage} in {self.extraction}"


class Unstated(models.Model):
    """A fact that a passage only speaks of, as an extraction read it: no candidate, and evidence
    of nothing. The spans are document offsets."""

    class Mood(models.TextChoices):
        DENIED = "denied", "Denied"
        UNCERTAIN = "uncertain", "Uncertain"
        ASKED = "asked", "Asked"
        PLANNED = "planned", "Planned"

    read_in = models.ForeignKey(
        PassageExtraction, on_delete=models.PROTECT, related_name="unstated"
    )
    mood = models.CharField(max_length=10, choices=Mood)
    relation = models.ForeignKey(Relation, on_delete=models.PROTECT, related_name="+")
    subject_text = models.CharField(max_length=500)
    object_text = models.CharField(max_length=500)
    sentence_start = models.PositiveIntegerField()
    sentence_end = models.PositiveIntegerField()
    subject_start = models.PositiveIntegerField()
    subject_end = models.PositiveIntegerField()
    object_start = models.PositiveIntegerField()
    object_end = models.PositiveIntegerField()
    score = models.FloatField()

    class Meta:
        verbose_name_plural = "unstated"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mood__in=["denied", "uncertain", "asked", "planned"]),
                name="curation_unstated_mood_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    sentence_start__lte=F("subject_start"),
                    subject_start__lt=F("subject_end"),
                    subject_end__lte=F("sentence_end"),
                    object_start__gte=F("sentence_start"),
                    object_start__lt=F("object_end"),
                    object_end__lte=F("sentence_end"),
                ),
                name="curation_unstated_spans",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mood}: {self.subject_text} / {self.relation} / {self.object_text}"
