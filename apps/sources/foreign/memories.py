"""Memories of mem0: sentences to be read, and the relations of its graph."""

from __future__ import annotations

from typing import Any

from apps.sources.foreign.found import Found, first_of, records, words

SYSTEM = "mem0"
_TEXT = ("memory", "text", "data", "content")
_GONE = frozenset({"deleted", "archived"})
_TRIPLE = ("source", "relationship", "destination")


def recognises(data: Any) -> bool:
    """Tell whether this is a list of memories, by itself or under "results" or "memories"."""
    return any("memory" in one for one in _memories(data)[:50]) or any(
        _is_triple(one) for one in _relations(data)[:50]
    )


def read(data: Any) -> Found:
    """Return the sentences as texts and the graph's relations as facts."""
    found = Found(SYSTEM)
    for memory in _memories(data):
        if str(memory.get("state", "")).lower() in _GONE:
            found.leave("a memory that was deleted or archived")
        else:
            found.say(first_of(memory, *_TEXT))
    for one in _relations(data):
        name = words(first_of(one, "relationship", "relation"))
        end = first_of(one, "destination", "target")
        found.add(one.get("source"), name.replace("_", " "), end)
    return found


def _memories(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, list):
        return records(data)
    return records(first_of(data, "results", "memories", "items")) if isinstance(data, dict) else []


def _relations(data: Any) -> list[dict[str, Any]]:
    return records(data.get("relations")) if isinstance(data, dict) else []


def _is_triple(record: dict[str, Any]) -> bool:
    return all(key in record for key in _TRIPLE) or {"source", "relationship", "target"} <= set(
        record
    )
