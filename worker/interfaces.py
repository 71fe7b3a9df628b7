"""What a backend must offer. Implementations live in ``worker/heads/`` and are named in
``worker/registry.py``; nothing here imports a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from worker.blobs import Blobs
from worker.references import MadeReference, Shelf, TextReference, Weighed
from worker.types import (
    AnswerProgress,
    EntityRef,
    Fact,
    MemoryQuery,
    PassageExtraction,
    PassageText,
    QuestionContext,
    ReadResult,
    RelationSpec,
    Side,
    TextAnswer,
    TracedAnswer,
)

if TYPE_CHECKING:  # the web process reads these interfaces and has no need of numpy
    import numpy as np
    import numpy.typing as npt

    from worker.training.redocred import GoldDocument

Vectors: TypeAlias = "npt.NDArray[np.float32]"


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    name: str  # identifies the vectors: rows embedded under another name must be embedded again
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return ``(len(texts), dimension)`` float32 rows of length 1."""
        ...


class WriteHead(Protocol):
    """Proposes triples from text."""

    name: str
    version: str

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage, in order. Spans index ``passage.text`` exactly."""
        ...


@runtime_checkable
class StopsLate(Protocol):
    """A write head whose calls may end late: at the best of several ends, not at the first."""

    def stop_late(self, late: bool) -> None:
        """Let calls end late from now on, or at their first chance."""
        ...


class Memory(Protocol):
    """The memory as a read head sees it; the MemoryController implements it."""

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        """Return the entities whose name or alias stands in ``text``: (start, end, entity)."""
        ...

    def relations(self) -> Sequence[RelationSpec]:
        """Return the relations in use, in a deterministic order."""
        ...

    def read(self, query: MemoryQuery) -> ReadResult:
        """Run one MEM_READ."""
        ...


@runtime_checkable
class LooksAround(Protocol):
    """A memory that tells much at once, for whoever looks for readings that it can answer."""

    def around(
        self, entities: Sequence[str], steps: Sequence[tuple[str, Side]], each: int
    ) -> Sequence[Fact]:
        """Return facts of any time that lead from one of the entities by one of the steps: a
        relation's id and the side that is known. Of one entity and step at most ``each``."""
        ...

    def whole(self, relations: Sequence[str], each: int) -> Sequence[Fact]:
        """Return facts of any time of each of the relations, given by their ids; of a relation
        that has more than ``each`` none."""
        ...


@runtime_checkable
class KeepsReferences(Protocol):
    """A memory that has explicit memories, for a head that attends to them."""

    def shelf(self, stretches: Sequence[str], made_by: Mapping[str, str], each: int) -> Shelf:
        """Return the explicit memories of a maker (``worker.explicit.store.Maker.said``) that are
        nearest to stretches of a text, at most ``each`` for each of them."""
        ...


class ReferenceMaker(Protocol):
    """Makes explicit memories (``worker.explicit.making``)."""

    @property
    def said(self) -> Mapping[str, str]:
        """What tells its memories from others."""
        ...

    def name(self, text: str) -> str:
        """Return the name of the memory of a text."""
        ...

    def references(self, texts: Sequence[tuple[str, tuple[str, ...]]]) -> list[TextReference]:
        """Put texts with their marks together into references; one that is too long by itself
        comes after them without tokens."""
        ...

    def put(
        self,
        blobs: Blobs,
        references: Sequence[TextReference],
        names: Sequence[Sequence[str]],
    ) -> list[MadeReference]:
        """Encode references, given with the names of each one's facts, and write them to a
        place for files. Raises OSError."""
        ...

    def weighed(self) -> Weighed:
        """Measure what a reference costs on this machine in each form, which takes seconds."""
        ...


class ReadHead(Protocol):
    """Answers questions from the memory."""

    name: str
    version: str

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain."""
        ...


@runtime_checkable
class StreamingReadHead(ReadHead, Protocol):
    """A read head that tells how far it is. What ``told`` raises ends the answer, and is let
    through: whoever asked wants it no more."""

    def answer_streaming(
        self,
        question: str,
        memory: Memory,
        context: QuestionContext,
        told: Callable[[AnswerProgress], None],
    ) -> TracedAnswer:
        """Answer as ``answer`` does, and call ``told`` as often as there is more to tell."""
        ...


class TextHead(Protocol):
    """Answers in its own words, from texts or from nothing: what the memory is compared with."""

    name: str
    version: str

    def answer_from(self, question: str, texts: Sequence[str] = ()) -> TextAnswer:
        """Answer from texts as far as they fit, or without any."""
        ...


class Foreseer(Protocol):
    """Tells how likely a document is to a language model that reads a memory, and without it."""

    name: str
    version: str

    def foresee(
        self,
        document: GoldDocument,
        relations: Mapping[str, str],
        read: Callable[[MemoryQuery], Sequence[str]] | None,
    ) -> dict[str, Any]:
        """Return the sums and counts of a document (``worker.training.causal.perplexity``).
        ``relations`` has the names of relations, by what the document calls them; nothing to
        ``read`` is an empty memory."""
        ...

    def controls(
        self,
        document: GoldDocument,
        relations: Mapping[str, str],
        others: Sequence[GoldDocument],
        seed: int,
    ) -> dict[str, Any]:
        """Return what becomes of a document's targets with the answers of facts of ``others``, and
        with none."""
        ...
