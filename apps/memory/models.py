"""The explicit memory: entities, relations, triples and the evidence they rest on."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from pgvector.django import HalfVectorField, HnswIndex

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.sources.models import Passage

EMBEDDING_DIMENSION = 384


def _is_span(start: str, end: str) -> Q:
    return Q(**{f"{start}__lt": F(end)})


class Entity(models.Model):
    """A thing that facts are about, or a literal (kind time, quantity or text).

    ``embedding`` is empty until a worker has embedded the name; ``embedded_by`` names the embedder,
    so that vectors of two embedders are never compared. A merged entity stays as a pointer.
    """

    class Kind(models.TextChoices):
        ITEM = "item", "Item"
        TIME = "time", "Time"
        QUANTITY = "quantity", "Quantity"
        TEXT = "text", "Text"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="entities")
    name = models.CharField(max_length=500)
    normalised = models.CharField(max_length=500, editable=False)
    type = models.CharField(max_length=10, blank=True)  # PER, ORG, LOC, TIME, NUM, MISC or empty
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ITEM)
    value = models.JSONField(null=True, blank=True)  # of a literal, as worker.literals writes it
    description = models.CharField(max_length=300, blank=True)
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSION, null=True, editable=False)
    embedded_by = models.CharField(max_length=80, blank=True, editable=False)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            # Two things may share a name: then their descriptions tell them apart.
            models.UniqueConstraint(
                fields=["space", "normalised", "type", "description"],
                condition=Q(merged_into__isnull=True),
                name="memory_entity_once",
            ),
            models.CheckConstraint(condition=~Q(normalised=""), name="memory_entity_has_name"),
            models.CheckConstraint(
                condition=Q(kind__in=["item", "time", "quantity", "text"]),
                name="memory_entity_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="memory_entity_not_merged_into_itself",
            ),
        ]
        indexes = [
            HnswIndex(
                name="memory_entity_hnsw",
                fields=["embedding"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
            GinIndex(SearchVector("name", config="simple"), name="memory_entity_words"),
            # Finds the entity of an equal value: value @> {"edtf": "1867-11-07"}.
            GinIndex(
                fields=["value"],
                opclasses=["jsonb_path_ops"],
                condition=Q(value__isnull=False),
                name="memory_entity_value",
            ),
            models.Index(
                fields=["space", "id"],
                condition=Q(embedding__isnull=True),
                name="memory_entity_unembedded",
            ),
            models.Index(
                fields=["embedded_by"],
                condition=Q(embedding__isnull=False),
                name="memory_entity_embedded_by",
            ),
            # Serves equality and, in any collation, LIKE 'prefix%'.
            models.Index(
                fields=["space", "normalised"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="memory_entity_prefix",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.normalised = normalise_name(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Alias(models.Model):
    """Another surface form of an entity, and where it was first seen."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="aliases")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=500)
    normalised = models.CharField(max_length=500, editable=False)
    passage = models.ForeignKey(Passage, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "aliases"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["entity", "normalised"], name="memory_alias_once"),
            models.CheckConstraint(condition=~Q(normalised=""), name="memory_alias_has_name"),
        ]
        indexes = [
            models.Index(
                fields=["space", "normalised"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="memory_alias_prefix",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.normalised = normalise_name(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Word(models.Model):
    """A word of the names and aliases of a space, by which misspelt names are found.

    Triggers of the database (``migrations/_words.py``) keep it in the transaction of every change
    of a name; nothing else writes it but ``services.words_rebuild``. Words of 4 to 100 letters
    without a digit, as ``controller.words.fold`` writes them.
    """

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "word"], name="memory_word_once"),
        ]

    def __str__(self) -> str:
        return self.word


class Relation(models.Model):
    """A relation of the space's schema. A retired one keeps its facts and gets no new ones.

    All its meaning is in its columns, so that one added in the browser is as good as a shipped
    one; ``worker.types.RelationSpec`` tells what the heads read there.
    """

    class Role(models.TextChoices):
        NONE = "", "Nothing of the kind"
        STARTS = "starts", "When the subject, an event or a term, began"
        ENDS = "ends", "When the subject, an event or a term, ended"
        HAPPENS = "happens", "When the subject happened"
        INCEPTION = "inception", "When the subject was born, founded or published"
        DISSOLUTION = "dissolution", "When the subject died or was dissolved"
        DATES = "dates", "The subject was there for as long as the fact holds"
        REPLACES = "replaces", "The subject took the place of the object"
        REPLACED_BY = "replaced_by", "The object took the place of the subject"
        FOLLOWS = "follows", "The subject comes next after the object"
        FOLLOWED_BY = "followed_by", "The object comes next after the subject"
        WITHIN = "within", "A place in which the subject lies"
        COUNTRY = "country", "The country in which the subject lies or to which it belongs"
        CONTINENT = "continent", "The continent on which the subject lies"
        FROM = "from", "Where the subject was born, lives, was founded or has its seat"
        CITIZENSHIP = "citizenship", "The country of which the subject is a citizen"
        ORIGIN = "origin", "The country from which the subject, a work or product, comes"
        FATHER = "father", "The father of the subject"
        MOTHER = "mother", "The mother of the subject"
        PARENT = "parent", "A parent of the subject, father or mother"
        CHILD = "child", "A child of the subject"
        SPOUSE = "spouse", "The husband or wife of the subject"
        SIBLING = "sibling", "A brother or sister of the subject"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="relations")
    name = models.CharField(max_length=120)
    normalised = models.CharField(max_length=120, editable=False)
    description = models.CharField(max_length=500, blank=True)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    inverse = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    inverse_name = models.CharField(max_length=120, blank=True)
    single_valued = models.BooleanField(default=False)
    subject_types = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    object_types = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    template = models.CharField(max_length=300, blank=True)
    questions = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    inverse_questions = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    wikidata_property = models.CharField(max_length=12, blank=True)
    lasts = models.BooleanField(default=True, db_default=True)
    cue_words = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True)
    role = models.CharField(max_length=12, choices=Role, default="", db_default="", blank=True)
    # By key or name: relations that hold wherever this one does, and those that then hold turned.
    implies = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    implies_back = ArrayField(
        models.CharField(max_length=120), default=list, db_default=[], blank=True
    )
    name_in_pack = models.CharField(max_length=120, default="", db_default="", blank=True)
    examples = ArrayField(models.CharField(max_length=300), default=list, db_default=[], blank=True)
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSION, null=True, editable=False)
    embedded_by = models.CharField(max_length=80, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["space", "normalised"], name="memory_relation_once"),
            models.UniqueConstraint(
                fields=["space", "name_in_pack"],
                condition=~Q(name_in_pack=""),
                name="memory_relation_of_pack_once",
            ),
            models.CheckConstraint(condition=~Q(normalised=""), name="memory_relation_has_name"),
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "",
                        "starts",
                        "ends",
                        "happens",
                        "inception",
                        "dissolution",
                        "dates",
                        "replaces",
                        "replaced_by",
                        "follows",
                        "followed_by",
                        "within",
                        "country",
                        "continent",
                        "from",
                        "citizenship",
                        "origin",
                        "father",
                        "mother",
                        "parent",
                        "child",
                        "spouse",
                        "sibling",
                    ]
                ),
                name="memory_relation_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.normalised = normalise_name(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def key(self) -> str:
        """By what packs and trained heads know it, whatever its name; empty for an owner's own."""
        return self.wikidata_property or self.name_in_pack


class Triple(models.Model):
    """A fact. Bi-temporal: ``valid_*`` in the world (end excluded), ``recorded_at`` and
    ``retracted_at`` in the memory. Rows are never overwritten: a superseding fact closes
    ``valid_to`` of the old one and is named in ``superseded_by``."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUPERSEDED = "superseded", "Superseded"
        RETRACTED = "retracted", "Retracted"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="triples")
    subject = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="triples_as_subject", db_index=False
    )
    relation = models.ForeignKey(
        Relation, on_delete=models.PROTECT, related_name="triples", db_index=False
    )
    object = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="triples_as_object", db_index=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    retracted_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    read_count = models.PositiveBigIntegerField(default=0)
    last_read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "subject", "relation", "object", "valid_from"],
                condition=Q(status="active"),
                nulls_distinct=False,
                name="memory_triple_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lt=F("valid_to")),
                name="memory_triple_valid_range",
            ),
            models.CheckConstraint(
                condition=Q(status="active", retracted_at__isnull=True)
                | Q(status="superseded", superseded_by__isnull=False)
                | Q(status="retracted", retracted_at__isnull=False),
                name="memory_triple_status_fits",
            ),
        ]
        indexes = [
            # With the id, the oldest facts of a long list come first without reading the rest.
            # They serve each of the three alone too: indexes of these would only be mistaken for
            # better ones.
            models.Index(fields=["subject", "relation", "id"], name="memory_triple_subject_facts"),
            models.Index(fields=["object", "relation", "id"], name="memory_triple_object_facts"),
            models.Index(fields=["relation", "id"], name="memory_triple_relation_facts"),
            models.Index(fields=["space", "-recorded_at"], name="memory_triple_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} / {self.relation} / {self.object}"


class FactSchedule(models.Model):
    """How often a fact is used, and when it is to be looked at again (``services.spacing``).

    Derived: nothing is lost with it. ``uses`` counts answers that cite it, each half after
    USE_HALF_LIFE_DAYS, as it stood at ``used_at``. ``stability`` is FSRS's: after so many days nine
    in ten such facts still hold; ``held_at`` when somebody last said that this one does. Without a
    ``due_at`` it is not scheduled (yet, or since it left the memory).
    """

    triple = models.OneToOneField(
        Triple, on_delete=models.CASCADE, primary_key=True, related_name="schedule"
    )
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+", db_index=False)
    uses = models.FloatField(default=0.0, db_default=0.0)
    used_at = models.DateTimeField(null=True)
    stability = models.FloatField(null=True)
    difficulty = models.FloatField(null=True)
    held_at = models.DateTimeField(null=True)
    confirmations = models.PositiveIntegerField(default=0, db_default=0)
    put_off_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(
                fields=["space", "due_at", "triple"],
                condition=Q(due_at__isnull=False),
                name="memory_schedule_due",
            )
        ]

    def __str__(self) -> str:
        return f"schedule of fact {self.triple_id}"

    @property
    def fades_from(self) -> datetime | None:
        """From when on retrieval ranks it lower: when it was last read or said to hold; what nobody
        ever did that with keeps its strength until it is due."""
        if self.used_at is None and not self.confirmations:
            return self.due_at
        return max(one for one in (self.held_at, self.used_at) if one is not None)


class Evidence(models.Model):
    """Where a document says a triple: spans are document offsets, all inside the passage.

    A database trigger refuses spans that leave the passage and passages of another space.
    ``retracted_at`` is set when the decision behind it is undone.
    """

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="evidence")
    triple = models.ForeignKey(Triple, on_delete=models.PROTECT, related_name="evidence")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="evidence")
    sentence_start = models.PositiveIntegerField()
    sentence_end = models.PositiveIntegerField()
    subject_start = models.PositiveIntegerField()
    subject_end = models.PositiveIntegerField()
    object_start = models.PositiveIntegerField()
    object_end = models.PositiveIntegerField()
    score = models.FloatField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approved_evidence"
    )
    approved_at = models.DateTimeField(default=timezone.now)
    retracted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["triple", "passage", "subject_start", "object_start"],
                condition=Q(retracted_at__isnull=True),
                name="memory_evidence_once",
            ),
            models.CheckConstraint(
                condition=_is_span("sentence_start", "sentence_end")
                & _is_span("subject_start", "subject_end")
                & _is_span("object_start", "object_end"),
                name="memory_evidence_spans",
            ),
            models.CheckConstraint(
                condition=Q(subject_start__gte=F("sentence_start"))
                & Q(subject_end__lte=F("sentence_end"))
                & Q(object_start__gte=F("sentence_start"))
                & Q(object_end__lte=F("sentence_end")),
                name="memory_evidence_inside_sentence",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1),
                name="memory_evidence_score_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.triple} in {self.passage}"


class EntityMerge(models.Model):
    """One entity made another name of another one, with all that moved, so that it can be undone.

    ``moved``: triple -> the sides that named the source. ``duplicates``: triple -> the one of the
    target that stands for both. ``evidence``: evidence -> the triple that it had. ``names``: the
    aliases of the source as (name, passage). ``named``: the aliases that the target got, as names
    are compared. ``pointers``: entities that had been merged into the source.
    """

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="merges")
    source = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="merges")
    target = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="absorbed")
    moved = models.JSONField(default=dict)
    duplicates = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    names = models.JSONField(default=list)
    named = models.JSONField(default=list)
    pointers = models.JSONField(default=list)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(undone_at__isnull=True),
                name="memory_entitymerge_once",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="memory_entitymerge_undone_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} in {self.target}"
