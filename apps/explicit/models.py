"""Explicit memories: which facts and sentences a file of key-values stands for, and whether they
still hold.

Triggers of the database (``migrations/_stale.py``) mark a memory stale in the transaction of every
change of what it stands for, whoever makes it.
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


class Form(models.TextChoices):
    """In which form a reference is kept (``worker.explicit.hierarchy``)."""

    TEXT = "text", "Text"
    MEMORY = "memory", "Explicit memory"


class ExplicitChoice(models.Model):
    """Whether a space keeps explicit memories, by the word of an owner, and of which model.

    ``hierarchy``: what is done where another form is cheaper for what a reference is used
    (``services.hierarchy``), as it stood at ``weighed_at``.
    """

    class Hierarchy(models.TextChoices):
        OFF = "off", "Off"
        PROPOSE = "propose", "Propose only"
        ACT = "act", "Propose and act"

    space = models.OneToOneField(Space, on_delete=models.PROTECT, related_name="explicit_choice")
    is_on = models.BooleanField(default=False)
    base = models.CharField(max_length=300, blank=True)
    adapter = models.CharField(max_length=300, blank=True)  # empty: the one that comes with it
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)
    hierarchy = models.CharField(max_length=10, choices=Hierarchy, default=Hierarchy.OFF)
    weighed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hierarchy__in=["off", "propose", "act"]),
                name="explicit_choice_hierarchy_known",
            ),
            models.CheckConstraint(
                condition=Q(is_on=False) | ~Q(base=""), name="explicit_choice_on_has_base"
            ),
        ]

    def __str__(self) -> str:
        return f"explicit memory of {self.space}: {'on' if self.is_on else 'off'}"


class ExplicitMemory(models.Model):
    """What is kept of a reference, a file ``name`` of ``worker.explicit.store``, of one subject.

    ``maker`` stands for model, adapter and scheme. No text is kept here: it follows from the facts
    and sentences, which are as they were as long as the memory is fresh. ``version`` grows when it
    goes stale. ``uses`` counts answers that attended to it, each half after a half-life, as it
    stood at ``used_at``. One that is kept as text has no file: it is encoded when an answer needs
    it. A failed one says why in ``error`` and is tried again when its facts
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
    form = models.CharField(
        max_length=10, choices=Form, default=Form.MEMORY, db_default=Form.MEMORY
    )
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
                | Q(sha256__regex="^[0-9a-f]{64}$", bytes__gt=0, embedding__isnull=False)
                | Q(form="text", embedding__isnull=False),
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


class ExplicitPlace(models.Model):
    """In which form a subject's references are kept, and how they were used in it.

    ``counted`` are uses by answers, each half after a half-life, as it stood at ``counted_at``;
    ``uses`` all of them since it has this form, and ``seconds`` what having them at hand took.
    """

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    subject = models.OneToOneField(Entity, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=10, choices=Form, default=Form.MEMORY)
    counted = models.FloatField(default=0.0)
    counted_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(form__in=["text", "memory"]), name="explicit_place_form_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} as {self.form}"


class ExplicitMove(models.Model):
    """A subject's references from one form to another: proposed, then made or not.

    ``saving`` is what was predicted, in seconds over the coming days, at ``expected`` uses and
    ``changes``. What was measured stands in uses and seconds before it and, once the next move is
    made, after it; until then the place has those after. ``made_by`` is empty where the owner's
    policy made it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        MADE = "made", "Made"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+")
    now = models.CharField(max_length=10, choices=Form)
    to = models.CharField(max_length=10, choices=Form)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    expected = models.FloatField()
    changes = models.FloatField()
    saving = models.FloatField()
    each = models.FloatField()  # seconds saved at each use; below 0 where a use becomes dearer
    write = models.FloatField()  # seconds that writing the new form takes
    bytes = models.BigIntegerField()  # of files, more or, below 0, less
    proposed_at = models.DateTimeField(auto_now_add=True)
    made_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    before_uses = models.PositiveIntegerField(default=0)
    before_seconds = models.FloatField(default=0.0)
    after_uses = models.PositiveIntegerField(null=True)
    after_seconds = models.FloatField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state="proposed"),
                name="explicit_move_one_proposed",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", made_at=None)
                | Q(state="made", made_at__isnull=False),
                name="explicit_move_state_fits",
            ),
        ]
        indexes = [models.Index(fields=["space", "state", "-id"], name="explicit_move_state")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.now} to {self.to}"

    @property
    def saving_ms(self) -> float:
        return 1000 * self.saving

    @property
    def freed(self) -> int:
        """Bytes of files that are not kept any more."""
        return max(0, -self.bytes)


class ExplicitUseful(models.Model):
    """How often a person was answered from a subject's facts, each answer counted half after a
    half-life, as it stood at ``counted_at``. It goes with the person, or as soon as they say so."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    subject = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+")
    counted = models.FloatField(default=0.0)
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "subject"], name="explicit_useful_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject} for {self.user_id}"


class ExplicitNotAdapting(models.Model):
    """A person who wants retrieval not to adapt to them, in a space."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "space"], name="explicit_not_adapting_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.space_id}"


class ExplicitWeight(models.Model):
    """What a reference costs on this machine with one maker (``worker.types.Weighed``)."""

    maker = models.CharField(max_length=64, unique=True)
    seconds = models.JSONField()
    flop = models.JSONField()
    tokens = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    passes = models.PositiveIntegerField()
    weighed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"costs of a reference, {self.weighed_at:%Y-%m-%d}"


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
