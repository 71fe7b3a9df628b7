"""Facts, what they are about and rest on, and reads of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal


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
class Due:
    """A fact that is to be looked at again: after ``days`` nine in ten such facts still hold."""

    fact: Triple
    due_at: datetime
    held_at: datetime
    confirmations: int
    days: int
    version: str


@dataclass(frozen=True)
class DueHold:
    """Until when the card of a fact that is due is kept from others."""

    fact: int
    holder: str
    until: datetime
