"""From a document to approved facts: candidates and the decisions on them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Space
from apps.curation.extraction_models import Extraction, PassageExtraction, Unstated
from apps.curation.import_models import ForeignDraft, RowImport, RowImportPart
from apps.memory.models import Entity, Evidence, Relation, Triple
from apps.sources.models import Document, Passage

__all__ = [
    "Batch",
    "Candidate",
    "Decision",
    "Extraction",
    "ForeignDraft",
    "Hold",
    "PassageExtraction",
    "RelationProposal",
    "RowImport",
    "RowImportPart",
    "Unstated",
]


class Candidate(models.Model):
    """A proposed triple. It enters the memory only by a Decision.

    States::

        pending <-> deferred
        pending | deferred --decide--> accepted | rejected | merged | superseding
        accepted | rejected | merged | superseding --undo--> pending
        pending | deferred --decide a dispute--> rejected | heeded --undo--> pending
        pending | deferred | implied | again --its document is erased--> erased
        again <--the decision on the one that it says again--> merged
        implied <--the one that it follows from is rejected or undone--> pending

    ``accepted`` made a new triple (also after an edit), ``merged`` became evidence of a triple
    that was there or of one that the reviewer picked, ``superseding`` replaced another triple.
    ``version`` grows with every change: a page decides the version that it showed.

    A person who corrects an answer, or records what one lacked, proposes without a passage:
    ``question`` is then the number of the question (a row of an app above this one), ``replaces``
    the fact in whose place it is proposed, which an acceptance supersedes, and ``wording`` the
    question as one for the relation ("Where was {subject} born?"), which an acceptance adds to
    those that the relation is known by.

    ``reworded_by`` is the reviewer in whose words the fact stands since an edit that the sentence
    does not bear out: the spans then only show what they had before them, and are no evidence.

    A dispute is no proposed fact: its sentence denies the fact ``against``, or says that it has
    ended. It is ``rejected`` where that fact is kept and ``heeded`` where it is retracted or given
    an end; it never enters the memory. Otherwise ``mood`` is stated, or ended where the text says
    that the proposed fact holds no more.

    What follows from the candidate ``follows_from``, or where that is empty from the memory, is
    ``implied``: nobody is asked about it.

    A message of a conversation that says what the candidate ``follows_from`` says, which waited
    when it was read, says it ``again``: nobody is asked about it either, and what is decided on
    that one takes it along as more evidence.

    What nobody had decided when its document was erased is ``erased`` for good.
    """

    class Mood(models.TextChoices):
        STATED = "stated", "Stated"
        ENDED = "ended", "Ended"
        DENIED = "denied", "Denied"

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        DEFERRED = "deferred", "Deferred"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        MERGED = "merged", "Merged"
        SUPERSEDING = "superseding", "Superseding"
        HEEDED = "heeded", "Heeded"
        IMPLIED = "implied", "Implied"
        AGAIN = "again", "Said again"
        ERASED = "erased", "Erased"

    class Origin(models.TextChoices):
        HEAD = "head", "Write head"
        IMPORT = "import", "Import"
        CORRECTION = "correction", "Correction of an answer"
        GAP = "gap", "Gap found by a question"
        PROGRAM = "program", "By a program"
        DUE = "due", "Correction of a fact that was due"

    OPEN = (State.PENDING, State.DEFERRED)

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="candidates")
    origin = models.CharField(max_length=10, choices=Origin)
    proposed_by = models.ForeignKey(  # empty when a head proposed it
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="proposals"
    )
    reworded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reworded"
    )
    extraction = models.ForeignKey(
        Extraction, null=True, on_delete=models.PROTECT, related_name="candidates"
    )
    passage = models.ForeignKey(
        Passage, null=True, on_delete=models.PROTECT, related_name="candidates"
    )
    subject_text = models.CharField(max_length=500)
    subject_type = models.CharField(max_length=10, blank=True)
    relation = models.ForeignKey(Relation, on_delete=models.PROTECT, related_name="candidates")
    object_text = models.CharField(max_length=500)
    object_type = models.CharField(max_length=10, blank=True)
    object_kind = models.CharField(max_length=10, choices=Entity.Kind, default=Entity.Kind.ITEM)
    object_value = models.JSONField(null=True)  # what the text means, as worker.literals writes it
    # Document offsets; all empty when there is no passage.
    sentence_start = models.PositiveIntegerField(null=True)
    sentence_end = models.PositiveIntegerField(null=True)
    subject_start = models.PositiveIntegerField(null=True)
    subject_end = models.PositiveIntegerField(null=True)
    object_start = models.PositiveIntegerField(null=True)
    object_end = models.PositiveIntegerField(null=True)
    # Of an imported one: the row of its file, and what the row names as its source, with the
    # sentence there that has both names.
    row = models.PositiveIntegerField(null=True)
    cited = models.ForeignKey(
        Document, null=True, on_delete=models.PROTECT, related_name="cited_by"
    )
    cited_start = models.PositiveIntegerField(null=True)
    cited_end = models.PositiveIntegerField(null=True)
    score = models.FloatField(null=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    question = models.PositiveBigIntegerField(null=True)  # an asking.Question, see decision 9
    replaces = models.ForeignKey(
        Triple, null=True, on_delete=models.PROTECT, related_name="replacements_proposed"
    )
    wording = models.CharField(max_length=300, blank=True)
    mood = models.CharField(
        max_length=10, choices=Mood, default=Mood.STATED, db_default=Mood.STATED
    )
    against = models.ForeignKey(
        Triple, null=True, on_delete=models.PROTECT, related_name="disputes"
    )
    follows_from = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="implied"
    )
    # The entities of the memory that the names resolve to, as far as known; a hint for reviewers.
    subject_entity = models.ForeignKey(
        Entity, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    object_entity = models.ForeignKey(
        Entity, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    version = models.PositiveIntegerField(default=1)
    deferred_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "pending",
                        "deferred",
                        "accepted",
                        "rejected",
                        "merged",
                        "superseding",
                        "heeded",
                        "implied",
                        "again",
                        "erased",
                    ]
                ),
                name="curation_candidate_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="again") | Q(follows_from__isnull=False, against__isnull=True),
                name="curation_candidate_again_fits",
            ),
            models.CheckConstraint(
                condition=Q(against__isnull=True, mood__in=["stated", "ended"]) & ~Q(state="heeded")
                | Q(
                    against__isnull=False,
                    mood__in=["denied", "ended"],
                    state__in=["pending", "deferred", "rejected", "heeded", "erased"],
                ),
                name="curation_candidate_dispute_fits",
            ),
            models.UniqueConstraint(
                fields=[
                    "extraction",
                    "passage",
                    "subject_start",
                    "relation",
                    "object_start",
                ],
                name="curation_candidate_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    passage__isnull=True,
                    sentence_start__isnull=True,
                    sentence_end__isnull=True,
                    subject_start__isnull=True,
                    subject_end__isnull=True,
                    object_start__isnull=True,
                    object_end__isnull=True,
                )
                | Q(
                    passage__isnull=False,
                    sentence_start__lt=F("sentence_end"),
                    subject_start__lt=F("subject_end"),
                    object_start__lt=F("object_end"),
                    subject_start__gte=F("sentence_start"),
                    subject_end__lte=F("sentence_end"),
                    object_start__gte=F("sentence_start"),
                    object_end__lte=F("sentence_end"),
                ),
                name="curation_candidate_spans",
            ),
            models.CheckConstraint(
                condition=Q(cited_start__isnull=True, cited_end__isnull=True)
                | Q(cited__isnull=False, cited_start__lt=F("cited_end")),
                name="curation_candidate_cited_fits",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1),
                name="curation_candidate_score_range",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lt=F("valid_to")),
                name="curation_candidate_valid_range",
            ),
            models.CheckConstraint(
                condition=Q(origin="head", proposed_by__isnull=True, extraction__isnull=False)
                | (~Q(origin="head") & Q(proposed_by__isnull=False)),
                name="curation_candidate_has_proposer",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["correction", "gap"], question__isnull=False)
                | (~Q(origin__in=["correction", "gap"]) & Q(question__isnull=True)),
                name="curation_candidate_question_fits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["space", "id"],
                condition=Q(state="pending"),
                name="curation_candidate_pending",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_text} / {self.relation} / {self.object_text}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_dispute(self) -> bool:
        return self.against_id is not None

    @property
    def author_id(self) -> int | None:
        """Who stands for the words of the fact, and so does not decide it; None for a head."""
        return self.reworded_by_id or self.proposed_by_id


class RelationProposal(models.Model):
    """A relation that a question asked for and the space lacks, with the fact that it would state.

    States::

        waiting --accept--> accepted: a relation was made or picked, the fact is a candidate
        waiting --decline--> declined

    ``name`` and ``question`` (its number and its words) are what the proposer knew; what the
    relation means is for the person who accepts it to say.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="relation_proposals")
    name = models.CharField(max_length=120)
    subject_text = models.CharField(max_length=500)
    object_text = models.CharField(max_length=500)
    question = models.PositiveBigIntegerField()  # an asking.Question, see decision 9
    question_text = models.CharField(max_length=1000)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="relation_proposals"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    relation = models.ForeignKey(
        Relation, null=True, on_delete=models.PROTECT, related_name="proposals"
    )
    candidate = models.ForeignKey(
        Candidate, null=True, on_delete=models.PROTECT, related_name="relation_proposals"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state="waiting",
                    relation__isnull=True,
                    candidate__isnull=True,
                    decided_by__isnull=True,
                )
                | Q(
                    state="accepted",
                    relation__isnull=False,
                    candidate__isnull=False,
                    decided_by__isnull=False,
                )
                | (Q(state="declined", decided_by__isnull=False) & ~Q(reason="")),
                name="curation_relationproposal_state_fits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_text} / {self.name} / {self.object_text}"


class Batch(models.Model):
    """Decisions made together by one person; undone together."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="batches")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="batches"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Decision(models.Model):
    """What a person decided on a candidate. A candidate has one standing decision at most.

    ``reword`` is no decision yet: it puts the fact in words that the sentence does not hold, which
    another person decides. ``chosen`` names what the reviewer chose and the sentence need not say
    (``Chosen``).

    ``along_with`` is the decision that took this one along, on a message that says the same again:
    nobody made it by itself, and it is undone with that one.

    On a dispute: ``keep`` the fact, ``retract`` it or ``end`` it, which is then the ``replaced``.
    """

    class Action(models.TextChoices):
        ACCEPT = "accept", "Accept"
        EDIT = "edit", "Edit"
        REJECT = "reject", "Reject"
        MERGE = "merge", "Merge"
        SUPERSEDE = "supersede", "Supersede"
        DEFER = "defer", "Defer"
        REWORD = "reword", "Reword"
        KEEP = "keep", "Keep the fact"
        RETRACT = "retract", "Retract the fact"
        END = "end", "End the fact"

    class Chosen(models.TextChoices):
        RELATION = "relation", "relation"
        TIME = "time", "time"

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions"
    )
    reason = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)  # for an edit: the fields as proposed
    # The fact as the sentence that its relation made of it then; empty for decisions of before.
    statement = models.TextField(blank=True)
    chosen = ArrayField(models.CharField(max_length=10, choices=Chosen), default=list)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="decisions")
    along_with = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="taken_along"
    )
    own_proposal = models.BooleanField(default=False)  # decided by its proposer (self_review)
    triple = models.ForeignKey(
        Triple, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    evidence = models.ForeignKey(
        Evidence, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    replaced = models.ForeignKey(  # the triple that was superseded, retracted or ended
        Triple, null=True, on_delete=models.PROTECT, related_name="replaced_by_decisions"
    )
    replaced_valid_to = models.DateField(null=True)  # its valid_to before that, for the undo
    seconds = models.FloatField(null=True)  # from display to decision
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"],
                condition=Q(undone_at__isnull=True) & ~Q(action__in=["defer", "reword"]),
                name="curation_decision_once",
            ),
            models.CheckConstraint(
                condition=~Q(action="reject") | ~Q(reason=""),
                name="curation_decision_reject_says_why",
            ),
            models.CheckConstraint(
                condition=Q(action__in=["reject", "defer", "reword", "keep"], triple__isnull=True)
                | Q(action__in=["accept", "edit", "merge", "supersede"], triple__isnull=False)
                | Q(action__in=["retract", "end"], triple__isnull=True, replaced__isnull=False),
                name="curation_decision_triple_fits",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="curation_decision_undone_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.candidate}"


class Hold(models.Model):
    """A reviewer has the card of a candidate open, until ``until`` if the card does not renew it.

    It keeps the card out of the queues of others and decides nothing: the candidate's version
    does that. It leaves no trace, so it is no event and goes with the decision.
    """

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, related_name="hold")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="holds"
    )
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.candidate} open with {self.holder}"
