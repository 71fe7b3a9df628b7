"""Benchmarks of a space, and what came of running heads on them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.common.models import Job
from apps.evaluation.export_models import RunExport
from apps.evaluation.learning_models import LearnedWeights

__all__ = [
    "Benchmark",
    "BenchmarkVersion",
    "Case",
    "LearnedWeights",
    "Result",
    "Run",
    "RunExport",
    "Schedule",
]


class Benchmark(models.Model):
    """Questions (or texts) with what is right, under a name that its versions share.

    ``baseline`` is the run that others are measured against.
    """

    class Kind(models.TextChoices):
        QUESTIONS = "questions", "Questions"
        STATEMENTS = "statements", "Sentences and their facts"
        DOCUMENTS = "documents", "Documents and their facts"
        EXTRACTION = "extraction", "Annotated documents (DocRED)"
        RELATIONS = "relations", "Questions and their relations"
        EDITING = "editing", "Edits of the memory (zsRE)"
        PERPLEXITY = "perplexity", "Perplexity with the memory"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="benchmarks")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    description = models.CharField(max_length=500, blank=True)
    baseline = models.ForeignKey(
        "Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["space", "name"], name="evaluation_benchmark_name"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "questions",
                        "statements",
                        "documents",
                        "extraction",
                        "relations",
                        "editing",
                        "perplexity",
                    ]
                ),
                name="evaluation_benchmark_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BenchmarkVersion(models.Model):
    """The cases of a benchmark as they were at one time; neither it nor they change afterwards.

    ``how`` says how they were made: the options of drawing them from the memory, or those of
    reading a file. ``covers`` counts them by ``kind``, ``relation``, ``age`` and ``source``.
    ``sha256`` is over the canonical JSON of the cases, and ``size`` counts them; of these, so many
    as ``erased`` says went with what they rested on.
    """

    class Origin(models.TextChoices):
        FILE = "file", "Uploaded"
        MEMORY = "memory", "Drawn from the memory"
        MARKS = "marks", "Answers that people marked"
        DECISIONS = "decisions", "What reviewers decided"
        SHIPPED = "shipped", "Comes with memweb"

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=10, choices=Origin)
    filename = models.CharField(max_length=255, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    seed = models.BigIntegerField(null=True)
    how = models.JSONField(default=dict)
    covers = models.JSONField(default=dict)
    size = models.PositiveIntegerField()
    erased = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["benchmark", "number"], name="evaluation_version_number"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="evaluation_version_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark}, version {self.number}"

    @property
    def left(self) -> int:
        """How many of its cases are there."""
        return max(0, self.size - self.erased)


class Case(models.Model):
    """One question or text with what is right.

    ``text`` is what is asked or read. ``given`` holds what comes with it (``turns``, the questions
    before it, and ``as_of``). ``expected`` is, of a question, a list of answers, each a list of
    names of one thing (none: abstaining is right); of a text, a list of facts, each with
    ``subject``, ``relation``, ``object`` and ``mood``; of a question for a relation, its name;
    of an edit, the new answer.
    ``rests_on`` has the numbers of the triples, documents and people that it was made from.
    """

    version = models.ForeignKey(BenchmarkVersion, on_delete=models.PROTECT, related_name="cases")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=60)
    relation = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    given = models.JSONField(default=dict)
    expected = models.JSONField(default=list)
    rests_on = models.JSONField(default=dict)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="evaluation_case_number"),
            models.UniqueConstraint(fields=["version", "key"], name="evaluation_case_key"),
        ]
        indexes = [
            models.Index(fields=["version", "kind"], name="evaluation_case_kind"),
            models.Index(fields=["version", "relation"], name="evaluation_case_relation"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.text[:60]}"


class Run(Job):
    """A head on every case of a benchmark, by a worker (states: see Job).

    ``mode`` says what the head has at hand (``services.answering.modes``), ``setup`` is a
    ``worker.setups.HeadSetup`` as JSON, ``made_of`` the hashes of what that head was made of and
    ``code`` the version of memweb. The memory is read as it was at ``known_at``, when its log had
    ``events`` events. ``done`` counts the results that it has: those of cases that were erased
    since are none. ``figures`` are computed once, when all cases are done. A run with a number in
    ``only`` asks that one case again and none besides.
    """

    PERSON = "asked_by"

    class Why(models.TextChoices):
        PERSON = "person", "Asked for"
        NIGHT = "night", "Every night"
        DECISIONS = "decisions", "After decisions"
        HEAD = "head", "After another head was chosen"
        COMMAND = "command", "By a command"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(BenchmarkVersion, on_delete=models.PROTECT, related_name="runs")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    why = models.CharField(max_length=10, choices=Why, default=Why.PERSON)
    mode = models.CharField(max_length=20)
    setup = models.JSONField(default=dict)
    made_of = models.JSONField(default=dict)
    code = models.CharField(max_length=80, blank=True)
    seed = models.BigIntegerField(default=0)
    known_at = models.DateTimeField()
    events = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    only = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    figures = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["asked_by", "-started_at"], name="evaluation_run_turn"),
            models.Index(fields=["version", "-id"], name="evaluation_run_newest"),
        ]
        constraints = [*Job.Meta.constraints]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.version}"

    @property
    def total(self) -> int:
        """How many cases it asks, of those that are there."""
        return self.version.left if self.only is None else 1

    @property
    def erased(self) -> int:
        """How many of the cases that its figures are of were erased since."""
        return max(0, int(self.figures.get("n", 0)) - self.done)


class Result(models.Model):
    """What came of one case in one run.

    ``outcome``: ``right``, ``partly`` (some of the right answers, or wrong ones beside them),
    ``wrong``, ``abstained`` although there is an answer, ``refused`` by the check of citations or
    by an error of the head. Rightly abstaining is ``right``. ``claims`` counts what the answer
    states, ``cited`` how much of that stands on facts of the memory, ``supporting`` how many of
    the cited facts bear a right answer out. ``answer`` holds its text, calls and the numbers of the
    triples that it cites; ``diagnosis`` is a key of ``services.answering.diagnosis``.
    ``seconds`` are those of head, memory and check.
    """

    class Outcome(models.TextChoices):
        RIGHT = "right", "Right"
        PARTLY = "partly", "Partly right"
        WRONG = "wrong", "Wrong"
        ABSTAINED = "abstained", "Abstained"
        REFUSED = "refused", "Refused"

    ERASED = "Erased with its document"  # in the place of an answer that was read in it

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="results")
    outcome = models.CharField(max_length=10, choices=Outcome)
    did_abstain = models.BooleanField(default=False)
    f1 = models.FloatField()
    score = models.FloatField(null=True)
    claims = models.PositiveIntegerField(default=0)
    cited = models.PositiveIntegerField(default=0)
    supporting = models.PositiveIntegerField(default=0)
    facts = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    answer = models.JSONField(default=dict)
    diagnosis = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["run", "outcome"], name="evaluation_result_outcome"),
            models.Index(fields=["run", "diagnosis"], name="evaluation_result_diagnosis"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "case"], name="evaluation_result_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["right", "partly", "wrong", "abstained", "refused"]),
                name="evaluation_result_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(f1__gte=0, f1__lte=1), name="evaluation_result_f1_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.case}"


class Schedule(models.Model):
    """When a benchmark is run without being asked for, and what is watched of it.

    ``every`` is the number of decisions after which it runs, where ``when`` is ``decisions``.
    ``measure`` is a key of a run's figures; when it falls below the baseline's by more than its
    interval, that is an alert until a later run is better or somebody has seen it.
    """

    class When(models.TextChoices):
        NIGHT = "night", "Every night"
        DECISIONS = "decisions", "After so many decisions"
        HEAD = "head", "When another head is chosen"

    benchmark = models.ForeignKey(Benchmark, on_delete=models.CASCADE, related_name="schedules")
    when = models.CharField(max_length=10, choices=When)
    every = models.PositiveIntegerField(null=True)
    mode = models.CharField(max_length=20)
    measure = models.CharField(max_length=40, default="right")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    alerted_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "when"], name="evaluation_schedule_once"),
            models.CheckConstraint(
                condition=~Q(when="decisions") | Q(every__gte=1),
                name="evaluation_schedule_every",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark}, {self.get_when_display().lower()}"
