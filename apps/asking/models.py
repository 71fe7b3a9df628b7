"""Questions, the answers given and everything that an answer rests on."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.asking.due_models import DueHold, LastWord
from apps.common.models import Job
from apps.curation.models import Candidate, RelationProposal
from apps.memory.models import Entity, Evidence, Relation, Triple

__all__ = [
    "Answer",
    "AnswerConfirmation",
    "AnswerMark",
    "AnswerProgress",
    "AnswerTrial",
    "AttendedMemory",
    "Citation",
    "Conversation",
    "DueHold",
    "LastWord",
    "Misreading",
    "Question",
    "ReadCall",
]


class Conversation(models.Model):
    """A run of questions in which a later one may refer to an earlier one."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="conversations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conversations"
    )
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title


class Question(Job):
    """A question (states: see Job); done means that it has an answer, if only an abstention.

    ``topic`` is what it is about by the word of a person, where its own words leave that open.
    ``erased_at``: what was asked and answered is erased, and why stands in its place.
    """

    MAX_LENGTH = 1000
    PERSON = "asked_by"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="questions")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="questions"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="questions"
    )
    text = models.CharField(max_length=MAX_LENGTH)
    as_of = models.DateField(null=True, blank=True)
    topic = models.ForeignKey(
        Entity, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    head = models.CharField(max_length=40)
    head_setup = models.JSONField(default=dict, db_default={}, blank=True)  # as the space chose it
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["asked_by", "-started_at"], name="asking_question_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(condition=~Q(text=""), name="asking_question_has_text"),
        ]

    def __str__(self) -> str:
        return self.text


class Answer(models.Model):
    """What the read head answered. ``text`` states nothing but its citations.

    ``understood`` says in sentences how the question was taken: what a pronoun stands for, which
    days a time means. ``reading`` is what was asked, {"version", "questions"} as
    ``worker.reading.stored`` writes it, with the characters of the question that each part accounts
    for; empty where nothing was understood. ``topic`` is what it took from earlier turns, None
    where nothing: {"words", "entity": {"id", "name"}, "others": [{"id", "name"}]}, as it was.
    ``perhaps`` is what a question that was abstained from may mean, none of it an answer, the
    likeliest first: [{"said", "reading"}], each reading as above.
    """

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="answer")
    text = models.TextField()
    abstained = models.BooleanField()
    reason = models.TextField(blank=True)
    calls = models.TextField(blank=True)
    understood = models.JSONField(default=list, blank=True)
    reading = models.JSONField(default=dict, blank=True)
    topic = models.JSONField(null=True, blank=True)
    perhaps = models.JSONField(default=list, db_default=[], blank=True)
    head_version = models.CharField(max_length=80)
    head_hashes = models.JSONField(default=dict, db_default={}, blank=True)  # SHA-256, by what
    # [start, end] of each stretch of the text that no read of the memory bears out.
    unsupported = models.JSONField(default=list, db_default=[], blank=True)
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(abstained=False) | ~Q(reason=""),
                name="asking_answer_abstains_with_reason",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def stated(self) -> models.QuerySet[Citation]:
        """The facts that are its answer: those that an abstention cites it only offers."""
        return self.citations.none() if self.abstained else self.citations.all()


class AnswerProgress(models.Model):
    """How far the answer to a running question is, for its page alone: gone when that ends.

    ``reads``: [{"call", "results"}], as ReadCall has them. ``steps`` counts what was told.
    """

    question = models.OneToOneField(Question, on_delete=models.CASCADE, related_name="progress")
    text = models.TextField(blank=True)
    reads = models.JSONField(default=list)
    steps = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "answer progress"

    def __str__(self) -> str:
        return self.text


class ReadCall(models.Model):
    """One MEM_READ of an answer, with every candidate that the memory considered.

    ``candidates``: [{"role", "id", "name", "distance", "accepted", "exact"}], ``results``:
    [{"triple", "subject", "relation", "object"}], both as they were when the question was asked.
    """

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="reads")
    index = models.PositiveSmallIntegerField()
    call = models.TextField()
    subject = models.CharField(max_length=500, blank=True)
    relation = models.CharField(max_length=200)
    object = models.CharField(max_length=500, blank=True)
    candidates = models.JSONField(default=list)
    results = models.JSONField(default=list)
    truncated = models.BooleanField(default=False)

    class Meta:
        ordering = ["answer_id", "index"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "index"], name="asking_readcall_once")
        ]

    def __str__(self) -> str:
        return self.call


SHARES_IN: Final = 10_000  # shares of attention are kept as whole numbers of so many


class AttendedMemory(models.Model):
    """An explicit memory that the head of an answer attended to, or why it was left out.

    It names facts by their numbers and holds none of their words; the memory's row may be gone by
    now. ``shares``: [first layer, last layer, share in 10,000], where the model looked on average
    over the tokens of the answer. ``why``: what it was ranked by, {"distance", "strength",
    "useful"} (``worker.spacing.rank``). ``name`` and ``sha256`` are those of the file that was
    read, the second empty where it was kept as text. The event of the answer says the same, and is
    sealed.
    """

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="attended")
    number = models.PositiveSmallIntegerField()
    memory = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField()
    triples = ArrayField(models.BigIntegerField(), default=list)
    shares = models.JSONField(default=list)
    why = models.JSONField(default=dict, db_default={})
    left_out = models.CharField(max_length=300, blank=True)
    name = models.CharField(max_length=64, blank=True, db_default="")
    sha256 = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "attended memories"
        ordering = ["answer_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "number"], name="asking_attended_once")
        ]

    def __str__(self) -> str:
        return f"explicit memory {self.memory} of answer {self.answer_id}"


class AnswerTrial(Job):
    """A question asked again without one of the explicit memories of its answer (states: see Job).

    It is no question and no answer of anybody: it cites nothing and counts as no use. ``number`` is
    that of the memory. It is asked twice, with all of them and without this one, both now:
    ``is_other`` says whether what a reader is told differs, ``writes_other`` whether what the model
    writes does, and ``is_as_then`` whether with all of them the answer is still the one that was
    given. ``text`` is what is told without it, ``before`` and ``written`` what the model wrote with
    and without it.
    """

    PERSON = "asked_by"

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="trials")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveSmallIntegerField()
    is_other = models.BooleanField(null=True)
    writes_other = models.BooleanField(null=True)
    is_as_then = models.BooleanField(null=True)
    text = models.TextField(blank=True)
    before = models.TextField(blank=True)
    written = models.TextField(blank=True)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["answer_id", "number"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["asked_by", "-started_at"], name="asking_trial_turn"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(fields=["answer", "number"], name="asking_trial_once"),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(is_other__isnull=False, writes_other__isnull=False, is_as_then__isnull=False),
                name="asking_trial_done_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.answer_id} without memory {self.number}"


class Citation(models.Model):
    """A fact that an answer states, under its number in the text.

    The words are kept as they were, so that the answer can be explained after its facts have been
    superseded: ``sentence``, ``document_title``, ``approved_by_label`` and ``approved_at``.
    """

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="citations")
    number = models.PositiveSmallIntegerField()
    triple = models.ForeignKey(Triple, on_delete=models.PROTECT, related_name="citations")
    evidence = models.ForeignKey(
        Evidence, null=True, on_delete=models.PROTECT, related_name="citations"
    )
    statement = models.TextField()  # the fact as a sentence
    sentence = models.TextField(blank=True)
    document_title = models.CharField(max_length=300, blank=True)
    approved_by_label = models.CharField(max_length=200)
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["answer_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "number"], name="asking_citation_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="asking_citation_number_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.number}] {self.statement}"


class AnswerMark(models.Model):
    """Someone's word that an answer is wrong or lacks something, and which step failed.

    ``diagnosis`` is kept as it was found at the time (a ``services.diagnosis.Diagnosis`` as plain
    values), so that it can be read after the memory has changed. What was proposed in repair is
    ``candidate`` or ``relation_proposal``; a question that was misread has a Misreading.
    """

    class Step(models.TextChoices):
        MISREAD = "misread", "The question was misread"
        WRONG_FACT = "wrong_fact", "The memory holds a wrong fact"
        MISSING = "missing", "The fact is missing"
        OUTDATED = "outdated", "The fact is out of date"
        LEARNT = "learnt", "The memory has learnt it since"

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="marks")
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="answer_marks"
    )
    expected = models.CharField(max_length=500, blank=True)  # what is right, in their words
    citation = models.ForeignKey(  # the fact that they say is wrong
        Citation, null=True, on_delete=models.PROTECT, related_name="marks"
    )
    beside = models.BooleanField(default=False)  # what is right holds as well, not instead
    valid_from = models.DateField(null=True, blank=True)
    step = models.CharField(max_length=10, choices=Step)
    diagnosis = models.JSONField()
    candidate = models.ForeignKey(
        Candidate, null=True, on_delete=models.PROTECT, related_name="answer_marks"
    )
    relation_proposal = models.ForeignKey(
        RelationProposal, null=True, on_delete=models.PROTECT, related_name="answer_marks"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"mark {self.pk} on answer {self.answer_id}: {self.get_step_display()}"


class AnswerConfirmation(models.Model):
    """Someone's word that an answer is right: its facts, and how its question was read."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="confirmations")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="answer_confirmations"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "confirmed_by"], name="asking_confirmation_once"
            )
        ]

    def __str__(self) -> str:
        return f"confirmation of answer {self.answer_id} by {self.confirmed_by}"


class Misreading(models.Model):
    """How a question was meant, by the word of a person: for asking it again, and for training.

    ``known`` is the side of the relation on which the entity stands. A reading that is more than
    one read of one entity stands in ``reading`` alone, as ``Answer.reading`` has it. What the head
    had understood instead is in the mark's diagnosis.
    """

    class Known(models.TextChoices):
        SUBJECT = "subject", "Subject"
        OBJECT = "object", "Object"

    mark = models.ForeignKey(AnswerMark, on_delete=models.PROTECT, related_name="misreadings")
    entity = models.ForeignKey(Entity, null=True, on_delete=models.PROTECT, related_name="+")
    relation = models.ForeignKey(Relation, null=True, on_delete=models.PROTECT, related_name="+")
    known = models.CharField(max_length=10, choices=Known, blank=True)
    reading = models.JSONField(default=dict, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="misreadings"
    )
    asked_again = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="meant")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reading={})
                | Q(entity__isnull=False, relation__isnull=False, known__in=["subject", "object"]),
                name="asking_misreading_says_how",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity} as {self.known} of {self.relation}"


class ReadingChoice(models.Model):
    """That a person asked a question again by a reading that its abstention had offered: their word
    that it was meant. ``number`` is the reading's place in ``Answer.perhaps``, from 1."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="choices")
    number = models.PositiveSmallIntegerField()
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reading_choices"
    )
    asked_again = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="chosen")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="asking_choice_number_from_one")
        ]

    def __str__(self) -> str:
        return f"reading {self.number} of answer {self.answer_id}"

    @property
    def said(self) -> str:
        """The reading in plain words; empty where the question was erased."""
        offered = self.answer.perhaps[self.number - 1 : self.number]
        return str(offered[0]["said"]) if offered else ""

    @property
    def reading(self) -> dict[str, Any]:
        """The reading as it was kept; empty where the question was erased."""
        offered = self.answer.perhaps[self.number - 1 : self.number]
        return dict(offered[0]["reading"]) if offered else {}
