"""The ISO form of a time, as a name."""

from __future__ import annotations

from worker.literals import Value, parse_time

__all__ = ["canonical_time", "parse_time"]


def canonical_time(value: Value | None) -> str:
    """Return the EDTF form of a stored value, or an empty text."""
    return str(value.get("edtf", "")) if value else ""
