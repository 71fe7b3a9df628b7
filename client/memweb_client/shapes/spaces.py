"""Who calls, spaces, their work (exports, benchmarks and runs) and the entries of their logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
class Export(Job):
    """An export; its file can be downloaded while it is kept."""

    scope: Literal["space", "period", "document", "entity", "reviewer", "head", "answer"]
    format: Literal["bundle", "jsonl", "csv", "prov-json", "prov-n", "trig", "json-ld"]
    requested_by: str
    size: int | None
    sha256: str


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
