"""The values about references of explicit memory that cross the border (``worker.types``): texts
to be encoded, the files made of them, and those that an answer may attend to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.blobs import Blobs
from worker.types import Fact


@dataclass(frozen=True)
class TextReference:
    """A text that an explicit memory is to be made of, its tokens, none where it is too long to
    be encoded at once, and marks of what it states."""

    text: str
    ids: tuple[int, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class MadeReference:
    """The file of an explicit memory: its name, the SHA-256 and the number of its bytes, and how
    many tokens it keeps, by layer and head."""

    name: str
    sha256: str
    bytes: int
    tokens: int


@dataclass(frozen=True)
class KeptReference:
    """An explicit memory that an answer may attend to: a file, and the facts that it states, as
    they stood when it was found. ``version`` tells whether it still is what it was. One that is
    kept as text has no file: it is encoded out of ``pieces``, all that there is to say of its
    subject, of which the reference named ``name`` is taken."""

    id: str
    version: int
    name: str
    sha256: str
    bytes: int
    tokens: int  # kept, by layer and head
    facts: tuple[Fact, ...] = ()
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """What a reference costs on a machine, by form (``worker.explicit.hierarchy.FORMS``): writing
    it, and reading it at each use, in seconds and in FLOP. It has so many tokens, its memory so
    many bytes; an adapter is trained on it so many passes."""

    seconds: Mapping[str, tuple[float, float]]
    flop: Mapping[str, tuple[float, float]]
    tokens: int
    bytes: int
    passes: int


@dataclass(frozen=True)
class Shelf:
    """The explicit memories that are nearest to a question, the nearest first, and where their
    files are. ``trouble`` says in a sentence why there are none, where that is known."""

    blobs: Blobs | None = None
    references: tuple[KeptReference, ...] = ()
    trouble: str = ""
