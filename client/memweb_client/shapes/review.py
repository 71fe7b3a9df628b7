"""Documents, what is proposed from them, and what people decide of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from memweb_client.shapes.memory import RelationRef, Triple
from memweb_client.shapes.spaces import Event, Job


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
class RowImport(Job):
    """The rows of a file of facts on their way to review: ``done`` of ``rows``. ``problems`` are
    rows that could not be proposed, one a line."""

    document: int
    rows: int
    done: int
    candidates: int
    problems: str


@dataclass(frozen=True)
class Lacking:
    """Words that join names and that no relation of the space stands for, the ``sentence`` where
    they stand first, and what a relation of them would be."""

    words: str
    count: int
    sentence: str
    name: str
    template: str


@dataclass(frozen=True)
class Coverage:
    """What the last reading of a document found; ``unjoined`` names are in no candidate."""

    names: int
    unjoined: int
    candidates: int
    phrases: tuple[Lacking, ...]
    remarks: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Candidate:
    """A proposed fact. A decision names the ``version`` that it is made on."""

    id: int
    version: int
    state: Literal[
        "pending", "deferred", "accepted", "rejected", "merged", "superseding", "heeded",
        "implied", "again", "erased",
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
    """What somebody decided of a candidate, and whether it stands. ``along_with`` is the decision
    that took this one along, on a message that says the same again."""

    id: int
    candidate: int
    action: str
    by: str
    reason: str
    triple: int | None
    batch: int | None
    along_with: int | None
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
class History:
    """All that led to a fact and became of it."""

    decisions: tuple[Decision, ...]
    replaces: tuple[Triple, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Write:
    """What was proposed; ``document`` keeps the rows."""

    document: int
    created: bool
    candidates: int
    queued: bool
