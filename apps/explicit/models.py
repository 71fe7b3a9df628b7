"""Explicit memories: which facts and sentences a file of key-values stands for, and whether they
still hold.

Triggers of the database (migration 0002) mark a memory stale in the transaction of every change of
what it stands for, whoever makes it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from pgvector.django import HalfVectorField

from apps.accounts.models import Space
from apps.common.models import Job
from apps.memory.models import Entity, Evidence, Triple
from apps.sources.models import Passage


class ExplicitChoice(models.Model):
    """Whether a space keeps explicit memories, by the word of an owner, and of which model."""

    space = models.OneToOneField(Space, on_delete=models.PROTECT, related_name="explicit_choice")
    is_on = models.BooleanField(default=False)
    base = models.CharField(max_length=300, blank=True)
    adapter = models.CharField(max_length=300, blank=True)  # empty: the one that comes with it
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=False) | ~Q(base=""), name="explicit_choice_on_has_base"
            )
        ]

    def __str__(self) -> str:
        return f"explicit memory of {self.space}: {'on' if self.is_on else 'off'}"


class ExplicitMemory(models.Model):
    """What is kept of a reference, a file ``name`` of ``worker.explicit.store``, of one subject.

    ``maker`` stands for model, adapter and scheme. No text is kept here: it follows from the facts
    and sentences, which are as they were as long as the memory is fresh. ``version`` grows when it
    goes stale. ``uses`` counts answers that attended to it, each half after a half-life, as it
    stood at ``used_at``. A failed one says why in ``error`` and is tried again when its facts
    change.
    """

    class State(models.TextChoices):
        BUILDING = "building", "Being built"
        FRESH = "fresh", "Fresh"
        STALE = "stale", "Out of date"
        FAILED = "failed", "Failed"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="explicit_memories")
    subject = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.BUILDING)
    version = models.PositiveIntegerField(default=1)
    maker = models.CharField(max_length=64)
    model = models.CharField(max_length=64)
    adapter = models.CharField(max_length=64, blank=True)
    scheme = models.JSONField(default=dict)
    name = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)  # kept, by layer and head
    error = models.CharField(max_length=300, blank=True)
    embedding = HalfVectorField(null=True, editable=False)
    embedded_by = models.CharField(max_length=80, blank=True, editable=False)
    uses = models.FloatField(default=0.0)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "explicit memories"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["building", "fresh", "stale", "failed"]),
                name="explicit_memory_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="fresh")
                | Q(sha256__regex="^[0-9a-f]{64}$", bytes__gt=0, embedding__isnull=False),
                name="explicit_memory_fresh_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="explicit_memory_failed_says_why"
            ),
            # One text of a subject, one memory of it at a time. Two subjects may say the same; they
            # then share a file.
            models.UniqueConstraint(
                fields=["space", "subject", "name"],
                condition=Q(state__in=["building", "fresh"]),
                name="explicit_memory_once",
            ),
        ]
        indexes = [models.Index(fields=["space", "state"], name="explicit_memory_state")]

    def __str__(self) -> str:
        return f"explicit memory {self.pk}"


class ExplicitFact(models.Model):
    """A fact that a memory states. ``digest`` is what ``explicit_digest`` of the database said of
    it and its names when the memory was made: another one means that it was changed."""

    memory = models.ForeignKey(ExplicitMemory, on_delete=models.CASCADE, related_name="facts")
    triple = models.ForeignKey(Triple, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=32)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["memory", "triple"], name="explicit_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.triple_id} in {self.memory_id}"


class ExplicitSentence(models.Model):
    """A sentence of a document that a memory holds, as evidence that stood when it was made."""

    memory = models.ForeignKey(ExplicitMemory, on_delete=models.CASCADE, related_name="sentences")
    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__lt=F("end")), name="explicit_sentence_is_span"
            )
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}[{self.start}:{self.end}] in {self.memory_id}"


class ExplicitBuild(Job):
    """Building what a space lacks (states: see Job), one subject after the other, up to the one
    with the number ``reached``. ``asked_by`` is who asked, or who switched explicit memory on
    where the clock asked (``by_clock``)."""

    PERSON = "asked_by"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="explicit_builds")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    by_clock = models.BooleanField(default=False)
    reached = models.PositiveBigIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["asked_by", "-started_at"], name="explicit_build_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["space"],
                condition=Q(state__in=["queued", "running"]),
                name="explicit_build_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"build {self.pk} of {self.space}"
