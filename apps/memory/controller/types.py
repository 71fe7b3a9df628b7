"""The values that go into the MemoryController and come out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.common.text import plain
from apps.memory.controller.words import fold
from apps.memory.models import Entity, Evidence, Relation, Triple
from apps.sources.models import Passage
from apps.sources.passages import FactSpans, Span
from worker.interfaces import Embedder

LONGEST_NAME = 500  # code points, as the columns of Entity and Alias have it
LONGEST_KEY = 2500  # bytes of a name without accents: an index entry takes 2,712
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # what PostgreSQL refuses inside a text


def storable(text: str) -> str:
    """Return the text with a blank for every character that a database text cannot hold."""
    return _UNSTORABLE.sub(" ", text)


@dataclass(frozen=True)
class MemoryConfig:
    """Every threshold of the memory. Distances are 1 - cosine, compared strictly.

    The names are MemLLM's (arXiv 2404.11672). How the values were chosen for the default embedder:
    docs/decisions/0004-only-equal-names-are-the-same.md.
    """

    tau_resolve: float = 0.10  # another spelling of a known entity, offered to a person
    tau_entity: float = 0.15  # a read considers entities nearer than this
    tau_relation: float = 0.50  # and relations nearer than this (name against description)
    tau_query: float = 0.30  # and pairs whose mean distance is below this
    entity_neighbours: int = 50
    relation_neighbours: int = 25
    shown_beyond: int = 5  # nearest candidates outside a threshold that the trace still shows
    ef_search: int = 200  # at least entity_neighbours; see docs/experiments.md, "Near names"
    exact_up_to: int = 2_000  # entities that are compared one by one
    longest_name: int = 12  # words of the text that find_entities takes for one name
    most_ngrams: int = 20_000  # that find_entities looks up for one text


@dataclass(frozen=True)
class Scope:
    """What every part of the controller needs to know."""

    space: Space
    embedder: Embedder | None = None
    config: MemoryConfig = field(default_factory=MemoryConfig)


@dataclass(frozen=True)
class EntityInput:
    """An entity by name, or the very row when a person has picked it (``entity``).

    ``another``: it is another one than all that have the name, told apart by this note.
    """

    name: str
    type: str = ""
    kind: str = Entity.Kind.ITEM
    value: dict[str, Any] | None = None
    entity: Entity | None = None
    another: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", plain(storable(self.name)))
        object.__setattr__(self, "another", plain(storable(self.another)))
        if not normalise_name(self.name) or len(self.name) > LONGEST_NAME:
            raise InvalidName(self.name)
        if len(normalise_name(self.name)) > LONGEST_NAME:
            raise InvalidName(self.name)
        if len(fold(self.name).encode()) > LONGEST_KEY:
            raise InvalidName(self.name)


@dataclass(frozen=True)
class TripleInput:
    """A triple to write. ``valid_to`` is the first day on which it no longer holds."""

    subject: EntityInput
    relation: Relation
    object: EntityInput
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise InvalidPeriod(self.valid_from, self.valid_to)


@dataclass(frozen=True)
class EvidenceInput:
    """Where a document says it: pairs of document offsets, all inside the passage."""

    passage: Passage
    sentence: tuple[int, int]
    subject: tuple[int, int]
    object: tuple[int, int]
    score: float | None = None

    @property
    def spans(self) -> FactSpans:
        return FactSpans(Span(*self.sentence), Span(*self.subject), Span(*self.object))


@dataclass(frozen=True)
class Written:
    """What a write did. ``created`` is False when the triple stood already."""

    triple: Triple
    evidence: Evidence | None
    created: bool
    evidence_created: bool


@dataclass(frozen=True)
class EntityCandidate:
    """An entity that a name may mean; ``distance`` is 0 when a name is equal."""

    entity: Entity
    distance: float
    how: Literal["name", "alias", "near"]


@dataclass(frozen=True)
class Resolution:
    """What a name means. ``entity`` is None when ``how`` is ``ambiguous`` or ``new``; ``value``
    says that it is a literal under another spelling.

    ``ambiguous``: several entities have exactly this name, all in ``candidates``. ``new``: none
    has; ``candidates`` then holds those that have the name under another type, and near ones that
    may not be taken automatically.
    """

    entity: Entity | None
    how: Literal["name", "alias", "value", "near", "ambiguous", "new"]
    candidates: tuple[EntityCandidate, ...] = ()


@dataclass(frozen=True)
class RelationCandidate:
    """A relation that a name may mean; ``distance`` is 0 when a name is equal."""

    relation: Relation
    distance: float
    how: Literal["name", "alias", "near"]


@dataclass(frozen=True)
class RelationResolution:
    """What a relation's name means; ``relation`` is None when nothing is near enough."""

    relation: Relation | None
    how: Literal["name", "alias", "near", "new"]
    candidates: tuple[RelationCandidate, ...] = ()


class MemoryRefusal(Exception):
    """The memory refused a change."""

    def __init__(self) -> None:
        super().__init__(str(type(self).__doc__))


class ConflictError(MemoryRefusal):
    """The memory holds another value of a relation that has one at a time."""

    def __init__(self, conflicts: Sequence[Triple]) -> None:
        super().__init__()
        self.conflicts = tuple(conflicts)


class AmbiguousName(MemoryRefusal):
    """Several entities have this name: pick one of them."""

    def __init__(self, name: str, candidates: Sequence[EntityCandidate]) -> None:
        super().__init__()
        self.name = name
        self.candidates = tuple(candidates)


class RelationRetired(MemoryRefusal):
    """The relation is retired and takes no new facts."""


class WrongSpace(MemoryRefusal):
    """A triple, its parts and its evidence belong to one space."""


class NotActive(MemoryRefusal):
    """The fact is no longer active."""


class SameEnd(MemoryRefusal):
    """The fact ends then already."""


class NotPast(MemoryRefusal):
    """The fact is active and needs no restoring."""


class InvalidName(ValueError):
    """The name is empty or too long."""

    def __init__(self, name: str) -> None:
        length = len(name)
        problem = f"a name has at most {LONGEST_NAME} characters, not {length}"
        if not length:
            problem = "the name is empty"
        elif max(length, len(normalise_name(name))) <= LONGEST_NAME:
            problem = "the name is too long in the letters that it is written in"
        super().__init__(problem)


class InvalidPeriod(ValueError):
    """A fact ends after it begins: its end is the first day on which it no longer holds."""

    def __init__(self, start: date, end: date) -> None:
        never = ": it would hold on no day" if start == end else ""
        super().__init__(f"a fact that begins on {start} cannot end on {end}{never}")
