"""Which memories a context attends to: those whose texts are nearest to its last stretch.

For every CHUNK tokens of context PER_CHUNK memories are looked for (Memory3, section 3.3). One that
is still among the nearest stays; the next stretch's are fetched beforehand where its text is known.
What was read is held by least recent use within a limit of bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from worker.explicit.encode import Memory

CHUNK, PER_CHUNK = 64, 5
Vectors = NDArray[np.float32]
Read = Callable[[str], Memory]


@dataclass(frozen=True)
class Near:
    """A reference by its name, and how near its text is: a cosine."""

    name: str
    score: float


class Index:
    """References by the vectors of their texts, (N, D), of length 1."""

    def __init__(self, names: Sequence[str], vectors: Vectors) -> None:
        if len(names) != len(vectors):
            raise ValueError("each reference has one vector")
        self.names, self.vectors = list(names), vectors

    def nearest(self, vector: Vectors, count: int) -> list[Near]:
        """Return the references nearest to a vector (D,), best first; equal names once."""
        if not self.names or count < 1:
            return []
        scores = self.vectors @ vector
        found: dict[str, Near] = {}
        for at in np.argsort(-scores, kind="stable"):
            name = self.names[at]
            found.setdefault(name, Near(name, float(scores[at])))
            if len(found) == count:
                break
        return list(found.values())


@dataclass
class Holding:
    """Memories by name, within ``limit`` bytes, the longest unused ones leaving first."""

    limit: int
    _held: OrderedDict[str, Memory] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def find(self, name: str) -> Memory | None:
        """Return a memory that is held, as the one that was used last; None where it is not."""
        if name not in self._held:
            return None
        self._held.move_to_end(name)
        return self._held[name]

    def put(self, name: str, memory: Memory) -> None:
        """Hold a memory, if it fits."""
        self.forget(name)
        if memory.bytes <= self.limit:
            self._held[name] = memory
            self._bytes += memory.bytes
        while self._bytes > self.limit:
            _, gone = self._held.popitem(last=False)
            self._bytes -= gone.bytes

    def forget(self, name: str) -> None:
        """Let go of one that is no longer to be attended to."""
        if name in self._held:
            self._bytes -= self._held.pop(name).bytes

    def __contains__(self, name: str) -> bool:
        return name in self._held

    @property
    def bytes(self) -> int:
        """What is held takes so much."""
        return self._bytes


class Held(Holding):
    """Memories that are read by ``read`` where they are not held."""

    def __init__(self, read: Read, limit: int) -> None:
        super().__init__(limit)
        self.read = read

    def get(self, name: str) -> Memory:
        """Return a memory, from what is held or read anew. Raises what reading raises."""
        found = self.find(name)
        if found is None:
            found = self.read(name)
            self.put(name, found)
        return found


@dataclass
class Attended:
    """The memories of one context as it grows.

    ``most`` tokens of memories fit beside it: (the model's window - POSITIONS - the context), by
    layer and head. ``failed`` names those that could not be read, with the reason.
    """

    index: Index
    held: Held
    embed: Callable[[str], Vectors]
    most: int
    per_chunk: int = PER_CHUNK
    names: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def follow(self, chunks: Sequence[str], refuse: Callable[[str], bool]) -> list[Memory]:
        """Return the memories for a context of these stretches of text, in the order in which
        they came in; none that ``refuse`` refuses, such as stale ones.

        Of each stretch the nearest are taken, the last stretch's first, until no more fit.
        """
        wanted: dict[str, None] = {}
        for chunk in reversed(chunks):
            for near in self.index.nearest(self.embed(chunk), self.per_chunk):
                wanted.setdefault(near.name)
        found: dict[str, Memory] = {}
        room = self.most
        for name in wanted:
            if refuse(name):
                self.held.forget(name)
                continue
            memory = self._read(name)
            if memory is not None and memory.tokens <= room:
                found[name] = memory
                room -= memory.tokens
        kept = [name for name in self.names if name in found]
        self.names = [*kept, *(name for name in found if name not in kept)]
        return [found[name] for name in self.names]

    def prefetch(self, chunk: str) -> None:
        """Read what a stretch that is yet to come will want."""
        for near in self.index.nearest(self.embed(chunk), self.per_chunk):
            self._read(near.name)

    def _read(self, name: str) -> Memory | None:
        if name in self.failed:
            return None
        try:
            return self.held.get(name)
        except (OSError, ValueError) as error:
            self.failed[name] = str(error)
            return None
