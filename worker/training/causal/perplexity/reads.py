"""How the memories that documents are scored with are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from worker.types import MemoryQuery

Read = Callable[[MemoryQuery], Sequence[str]]
Memories = Mapping[str, Read | None]  # by name; None is an empty one
