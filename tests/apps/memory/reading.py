"""What the tests of reading share."""

from __future__ import annotations

from worker.types import MemoryQuery, ReadResult


def names(result: ReadResult) -> list[tuple[str, str, str]]:
    return [(f.subject.name, f.relation.name, f.object.name) for f in result.facts]


def born(name: str) -> MemoryQuery:
    return MemoryQuery("place of birth", subject=name)
