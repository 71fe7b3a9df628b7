"""What the API answers with. Fields are those of its documentation (``/api/v1/docs/``); those that
a newer server has beside them are passed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Role = Literal["owner", "reviewer", "asker", "auditor"]
State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Job:
    """Work that takes long."""

    id: int
    state: State
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class OwnToken:
    """The token that a call comes with."""

    id: int
    name: str
    space: str | None
    roles: tuple[Role, ...]
    expires_at: datetime


@dataclass(frozen=True)
class OwnSpace:
    """A space, and the roles that count there."""

    slug: str
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class Me:
    """Who calls."""

    username: str
    name: str
    token: OwnToken | None
    spaces: tuple[OwnSpace, ...]


@dataclass(frozen=True)
class Space:
    """A space and its settings."""

    slug: str
    name: str
    description: str
    self_review: bool
    propose_implied: bool
    question_days: int | None
    keep_marked_questions: bool
    keep_questions_of_erased: bool
    created_at: datetime


@dataclass(frozen=True)
class Figures:
    """How much there is in a space, and how much waits."""

    facts: int
    entities: int
    documents: int
    pending: int
    deferred: int
    proposed_relations: int
    questions: int
    running: int
    failed: int


@dataclass(frozen=True)
class Document:
    """A document; ``state`` is that of its last extraction."""

    id: int
    title: str
    format: Literal["text", "markdown", "html", "pdf", "triples", "chat"]
    filename: str
    size: int
    sha256: str
    note: str
    added_by: str
    created_at: datetime
    erased_at: datetime | None
    state: str | None
    facts: int
    waiting: int


@dataclass(frozen=True)
class Passage:
    """A run of whole sentences; offsets count code points of the document's text."""

    id: int
    index: int
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Extraction(Job):
    """A write head's run over a document: ``done`` of ``total`` passages are read."""

    document: int
    head: str
    head_version: str
    requested_by: str
    done: int
    total: int
    candidates: int


@dataclass(frozen=True)
class EntityRef:
    """An entity by number, name and type."""

    id: int
    name: str
    type: str


@dataclass(frozen=True)
class RelationRef:
    """A relation by number and name."""

    id: int
    name: str


@dataclass(frozen=True)
class Candidate:
    """A proposed fact. A decision names the ``version`` that it is made on."""

    id: int
    version: int
    state: Literal[
        "pending", "deferred", "accepted", "rejected", "merged", "superseding", "heeded",
        "implied", "erased",
    ]  # fmt: skip
    origin: Literal["head", "import", "correction", "gap", "program", "due"]
    mood: Literal["stated", "ended", "denied"]
    subject: str
    subject_type: str
    relation: RelationRef
    object: str
    object_type: str
    statement: str
    sentence: str
    document: int | None
    score: float | None
    valid_from: date | None
    valid_to: date | None
    replaces: int | None
    disputes: int | None
    proposed_by: str | None
    created_at: datetime


@dataclass(frozen=True)
class Hold:
    """Until when a candidate is kept out of the queues of others."""

    candidate: int
    holder: str
    until: datetime


@dataclass(frozen=True)
class Decision:
    """What somebody decided of a candidate, and whether it stands."""

    id: int
    candidate: int
    action: str
    by: str
    reason: str
    triple: int | None
    batch: int | None
    created_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True)
class Refused:
    """A candidate that a batch left as it was, and why."""

    candidate: int
    name: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """What became of one decision on many candidates."""

    batch: int | None
    decisions: tuple[Decision, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class Triple:
    """A fact. ``valid_to`` is the first day on which it no longer held."""

    id: int
    subject: EntityRef
    relation: RelationRef
    object: EntityRef
    statement: str
    status: Literal["active", "superseded", "retracted"]
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    retracted_at: datetime | None
    superseded_by: int | None


@dataclass(frozen=True)
class Evidence:
    """A sentence of a document that bears a fact out; offsets count from the passage's start."""

    id: int
    document: int
    passage: int
    sentence: str
    start: int
    end: int
    score: float | None
    approved_by: str | None
    recorded_at: datetime
    retracted_at: datetime | None
    erased: str


@dataclass(frozen=True)
class Event:
    """An entry of the log."""

    id: int
    action: str
    by: str
    sentence: str
    subject_type: str
    subject_id: int | None
    payload: Any
    request: str
    created_at: datetime


@dataclass(frozen=True)
class History:
    """All that led to a fact and became of it."""

    decisions: tuple[Decision, ...]
    replaces: tuple[Triple, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Entity:
    """A thing that facts are about; a merged one points to what it is now."""

    id: int
    name: str
    type: str
    kind: Literal["item", "time", "quantity", "text"]
    value: Any
    description: str
    aliases: tuple[str, ...]
    merged_into: int | None
    created_at: datetime


@dataclass(frozen=True)
class ReadCandidate:
    """An entity or relation that a read considered; ``distance`` is 1 - cosine."""

    role: Literal["entity", "relation"]
    id: int
    name: str
    distance: float
    accepted: bool
    exact: bool


@dataclass(frozen=True)
class ReadFact:
    """A fact that was read."""

    triple: int
    subject: EntityRef
    relation: RelationRef
    object: EntityRef
    valid_from: date | None
    valid_to: date | None
    score: float


@dataclass(frozen=True)
class Read:
    """What the memory answered to a partial triple."""

    candidates: tuple[ReadCandidate, ...]
    facts: tuple[ReadFact, ...]
    truncated: bool


@dataclass(frozen=True)
class Write:
    """What was proposed; ``document`` keeps the rows."""

    document: int
    created: bool
    candidates: int
    queued: bool


@dataclass(frozen=True)
class Question(Job):
    """A question; its answer stands beside it once the state is done."""

    text: str
    as_of: date | None
    conversation: int
    asked_by: str
    head: str
    erased_at: datetime | None


@dataclass(frozen=True)
class CitedTriple:
    """The fact of a citation as it stands today."""

    id: int
    subject: str
    relation: str
    object: str
    valid_from: date | None
    valid_to: date | None
    status: str
    in_words_of: str | None


@dataclass(frozen=True)
class CitedDocument:
    """The document of a citation; ``erased`` says what became of one that is no longer kept."""

    id: int
    title: str
    erased: str | None


@dataclass(frozen=True)
class CitedRow:
    """The row of an imported file that a cited fact rests on."""

    row: int
    file: str
    by: str


@dataclass(frozen=True)
class CitedSpans:
    """Where the sentence and its two names stand in the text: code points, the end excluded."""

    sentence: tuple[int, ...]
    subject: tuple[int, ...]
    object: tuple[int, ...]


@dataclass(frozen=True)
class Citation:
    """A fact that an answer states: ``[number]`` in its text."""

    number: int
    triple: CitedTriple
    statement: str
    sentence: str | None
    imported: CitedRow | None
    document: CitedDocument | None
    spans: CitedSpans | None
    approved_by: str
    approved_at: datetime


@dataclass(frozen=True)
class ReadCallQuery:
    """A partial triple; the side that was asked for is None."""

    subject: str | None
    relation: str
    object: str | None


@dataclass(frozen=True)
class ReadCall:
    """A read of the memory that an answer was made from."""

    query: ReadCallQuery
    call: str
    candidates: tuple[Any, ...]
    results: tuple[Any, ...]
    truncated: bool


@dataclass(frozen=True)
class Answer:
    """An answer with its whole trace (docs/ask_json.md)."""

    id: int
    question: str
    as_of: date | None
    answer: str
    abstained: bool
    reason: str
    understood: tuple[Any, ...]
    reading: tuple[Any, ...]
    topic: Any
    citations: tuple[Citation, ...]
    reads: tuple[ReadCall, ...]
    calls: str
    unsupported: Any
    head: str
    head_version: str
    seconds: float


@dataclass(frozen=True)
class Progress:
    """An answer so far, while it is made."""

    text: str
    reads: Any


@dataclass(frozen=True)
class Export(Job):
    """An export; its file can be downloaded while it is kept."""

    scope: Literal["space", "period", "document", "entity", "reviewer", "head", "answer"]
    format: Literal["bundle", "jsonl", "csv", "prov-json", "prov-n", "trig", "json-ld"]
    requested_by: str
    size: int | None
    sha256: str


@dataclass(frozen=True)
class Benchmark:
    """A benchmark of a space."""

    id: int
    name: str
    kind: str
    versions: tuple[int, ...]


@dataclass(frozen=True)
class Run(Job):
    """A head on every case of a benchmark; ``figures`` once it is done."""

    benchmark: int
    version: int
    mode: str
    note: str
    done: int
    total: int
    known_at: datetime
    figures: Any


@dataclass(frozen=True)
class Result:
    """What came of one case of a run."""

    case: int
    outcome: str
    diagnosis: str


@dataclass(frozen=True)
class Messages:
    """What was kept of messages; ``extraction`` looks for facts in them."""

    conversation: str
    session: str
    document: int
    added: int
    extraction: int | None


@dataclass(frozen=True)
class Recalled:
    """A fact that matters for a message, with what it rests on and who said it."""

    triple: Triple
    statement: str
    sentence: str | None
    document: int | None
    approved_by: str
    approved_at: datetime
    tokens: int
    said_by: str | None
    by_self: bool


@dataclass(frozen=True)
class Context:
    """The facts that fit, the nearest first."""

    facts: tuple[Recalled, ...]
    tokens: int
    left_out: int


@dataclass(frozen=True)
class Saying:
    """A message that says a fact."""

    document: int
    conversation: str
    session: str
    speaker: str
    time: datetime
    text: str
    by_self: bool


@dataclass(frozen=True)
class Otherwise:
    """What was said in the place of a fact's object."""

    object: str
    candidate: int | None
    sayings: tuple[Saying, ...]


@dataclass(frozen=True)
class SaidAgain:
    """A proposed fact of a conversation with every message that says it."""

    candidate: Candidate
    confirmations: int
    by_self: int
    sessions: int
    sayings: tuple[Saying, ...]
    otherwise: tuple[Otherwise, ...]
