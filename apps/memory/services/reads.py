"""MEM_READ for programs: by names, without a model."""

from __future__ import annotations

from datetime import date, datetime

from apps.accounts.models import Space
from apps.memory.controller import MemoryController
from apps.memory.models import Entity
from worker.types import MemoryQuery, ReadResult


def read_call(
    *,
    space: Space,
    relation: str,
    subject: str | None = None,
    object: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
    limit: int = 30,
) -> ReadResult:
    """Run one MEM_READ (see ``MemoryController.read``). Names count that are equal, since the web
    side loads no model that could tell which are near."""
    query = MemoryQuery(relation=relation, subject=subject, object=object)
    memory = MemoryController(space)
    return memory.read(query, as_of=as_of, known_at=known_at, limit=limit)


def entities_meant(*, space: Space, name: str) -> list[Entity]:
    """Return the entities that a name or another name stands for, up to case and accents."""
    found = MemoryController(space).resolve_entity(name)
    candidates = [one.entity for one in found.candidates if one.how != "near"]
    return candidates or ([found.entity] if found.entity else [])
