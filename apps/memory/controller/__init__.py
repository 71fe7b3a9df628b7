"""The MemoryController: the only way into and out of a space's memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from pgvector import HalfVector

from apps.accounts.models import Space, User
from apps.memory.controller import (
    alike,
    at_once,
    changing,
    finding,
    reading,
    resolve,
    schema,
    writing,
)
from apps.memory.controller.around import around, whole
from apps.memory.controller.refs import entity_ref, relation_spec
from apps.memory.controller.resolve import follow
from apps.memory.controller.spelling import Meant
from apps.memory.controller.types import (
    AmbiguousName,
    ConflictError,
    EntityCandidate,
    EntityInput,
    EvidenceInput,
    InvalidName,
    InvalidPeriod,
    MemoryConfig,
    MemoryRefusal,
    NotActive,
    NotPast,
    RelationCandidate,
    RelationResolution,
    RelationRetired,
    Resolution,
    SameEnd,
    Scope,
    TripleInput,
    Written,
    WrongSpace,
)
from apps.memory.models import Evidence, Triple
from worker.interfaces import Embedder
from worker.types import EntityRef, Fact, MemoryQuery, ReadResult, RelationSpec, Side

__all__ = [
    "AmbiguousName",
    "BoundMemory",
    "ConflictError",
    "EntityCandidate",
    "EntityInput",
    "EvidenceInput",
    "InvalidName",
    "InvalidPeriod",
    "MemoryConfig",
    "MemoryController",
    "MemoryRefusal",
    "NotActive",
    "NotPast",
    "RelationCandidate",
    "RelationResolution",
    "RelationRetired",
    "Resolution",
    "SameEnd",
    "TripleInput",
    "Written",
    "WrongSpace",
    "entity_ref",
    "follow",
    "relation_spec",
]

LIMIT = 30  # results of one read, as in MemLLM
MOST_FACTS = 500  # of a read that a further step is taken from


class MemoryController:
    """Reads and writes the memory of one space.

    Without an embedder names match exactly. Every change is one transaction with its audit
    events; refusals are named exceptions (MemoryRefusal) and change nothing. It is a
    ``worker.interfaces.Memory``.
    """

    def __init__(
        self,
        space: Space,
        embedder: Embedder | None = None,
        config: MemoryConfig | None = None,
    ) -> None:
        self.space = space
        self._scope = Scope(space, embedder, config or MemoryConfig())

    def resolve_entity(
        self, name: str, type: str = "", vector: HalfVector | None = None
    ) -> Resolution:
        """Return what a name means: an equal name, else an equal alias, else the nearest name.

        A type rules out entities of another type. Nearness needs an embedder or a vector of one,
        stays within ``tau_resolve``, and never takes a name whose digits differ.
        """
        return resolve.resolve_entity(self._scope, name, type=type, vector=vector)

    def resolve_relation(self, name: str) -> RelationResolution:
        """Return what a relation's name means: an equal name or alias, else the nearest in use."""
        return resolve.resolve_relation(self._scope, name)

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        """Return (start, end, entity) for every name or alias in ``text``, longest first.

        Names begin and end at word boundaries (but where a script writes no blanks), without a
        possessive 's; one inside a longer one is left out; homonyms come with the same span.
        Where no name stands letter by letter, one that is misspelt, in part or in another order is
        taken (``EntityRef.how``), of many equally near ones none. Common words of questions name
        nothing unless they are capitalised. Offsets count code points of ``text``.
        """
        return finding.find_entities(self._scope, text)

    def entities_alike(
        self, names: Iterable[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[Meant]]:
        """Return for (name, type or "") pairs the things with a name much like it, likeliest first:
        another writing, a title, a legal form, a misspelling or a part of it.

        No write takes one of them by itself.
        """
        return alike.entities_alike(self._scope, names)

    def around(
        self,
        entities: Sequence[str],
        steps: Sequence[tuple[str, Side]],
        each: int,
        as_of: date | None = None,
        known_at: datetime | None = None,
    ) -> Sequence[Fact]:
        """Return facts of any time, or of ``as_of``, that lead from things by one of the steps: the
        id of a relation and the side that is known. Of one thing and step at most ``each``."""
        return around(self._scope, entities, steps, each=each, as_of=as_of, known_at=known_at)

    def whole(
        self,
        relations: Sequence[str],
        each: int,
        as_of: date | None = None,
        known_at: datetime | None = None,
    ) -> Sequence[Fact]:
        """Return facts of any time, or of ``as_of``, of each of the relations, given by their ids;
        of a relation that has more than ``each`` none."""
        return whole(self._scope, relations, each=each, as_of=as_of, known_at=known_at)

    def relations(self) -> Sequence[RelationSpec]:
        """Return the relations in use, by name: the same sequence while none has changed."""
        return schema.relations_in_use(self.space)

    def conflicts(self, triple: TripleInput) -> tuple[Triple, ...]:
        """Return the active triples that a single-valued relation does not allow beside this one.

        Same subject, same relation, another object, overlapping time; never anything else.
        """
        return writing.conflicts(self._scope, triple)

    def write(
        self,
        triple: TripleInput,
        evidence: EvidenceInput | None = None,
        *,
        actor: User,
        despite_conflicts: bool = False,
    ) -> Written:
        """Write an approved triple, or add its evidence to the one that stands already.

        Entities are found by exact name and alias, or made; ``EntityInput.entity`` picks one, and
        a surface form that is new becomes its alias. Raises ConflictError unless
        ``despite_conflicts``, AmbiguousName, RelationRetired and WrongSpace.
        """
        return writing.write(
            self._scope,
            triple,
            actor=actor,
            evidence=evidence,
            despite_conflicts=despite_conflicts,
        )

    def supersede(
        self,
        old: Triple,
        new: TripleInput,
        evidence: EvidenceInput | None = None,
        *,
        actor: User,
        valid_to: date | None = None,
        despite_conflicts: bool = False,
    ) -> Written:
        """Write ``new`` in place of ``old``, which stays as a past fact.

        ``old`` ends at ``valid_to``, else where ``new`` begins, else at no known day: then it is
        read again only for a time at which the memory still held it. Raises what ``write`` raises,
        NotActive and InvalidPeriod.
        """
        return changing.supersede(
            self._scope,
            old,
            new,
            actor=actor,
            evidence=evidence,
            valid_to=valid_to,
            despite_conflicts=despite_conflicts,
        )

    def retract(self, triple: Triple, *, actor: User, reason: str = "") -> Triple:
        """Take a fact back: the memory no longer holds it. Raises NotActive when it is already."""
        return changing.retract(self._scope, triple, actor=actor, reason=reason)

    def restore(
        self,
        triple: Triple,
        *,
        actor: User,
        valid_to: date | None = None,
        keep_valid_to: bool = True,
        despite_conflicts: bool = False,
    ) -> Triple:
        """Make a superseded or retracted fact active again.

        To undo a supersede, give the end that it had: ``valid_to=..., keep_valid_to=False``.
        Raises NotPast, and ConflictError when an equal fact stands or, unless
        ``despite_conflicts``, one that a single-valued relation does not allow beside it.
        """
        return changing.restore(
            self._scope,
            triple,
            actor=actor,
            valid_to=valid_to,
            keep_valid_to=keep_valid_to,
            despite_conflicts=despite_conflicts,
        )

    def end(self, triple: Triple, *, actor: User, valid_to: date | None) -> Triple:
        """Say until when an active fact held; None takes its end back.

        Raises NotActive, SameEnd, InvalidPeriod and, where it would hold for longer than before,
        ConflictError.
        """
        return changing.end(self._scope, triple, actor=actor, valid_to=valid_to)

    def retract_evidence(
        self, evidence: Evidence, *, actor: User, keep_triple: bool = False
    ) -> bool:
        """Take evidence back; returns whether its triple went with it.

        The triple goes with its last evidence, unless ``keep_triple`` says that another decision
        still stands for it. Raises NotActive when the evidence was retracted before.
        """
        return changing.retract_evidence(
            self._scope, evidence, actor=actor, keep_triple=keep_triple
        )

    def retract_at_once(
        self, *, facts: Sequence[int], evidence: Sequence[int], moment: datetime
    ) -> list[at_once.Stood]:
        """Retract facts, superseded ones too, and evidence, given by their numbers; ``moment`` is
        then when they left.

        Returns the facts that were not retracted before, as they stood. The caller records it, in
        the same transaction; so with the two below.
        """
        return at_once.retract_at_once(self._scope, facts=facts, evidence=evidence, moment=moment)

    def evidence_back_at_once(self, *, evidence: Sequence[int], moment: datetime) -> frozenset[int]:
        """Bring evidence back that left at ``moment`` and in whose place none stands; returns the
        numbers of what came back."""
        return at_once.evidence_back_at_once(self._scope, evidence=evidence, moment=moment)

    def facts_back_at_once(
        self, *, facts: Sequence[at_once.Stood], moment: datetime
    ) -> frozenset[int]:
        """Make facts that left at ``moment`` what they were before; returns their numbers.

        One that was active comes back only where no equal one stands, and none that came since
        contradicts it.
        """
        return at_once.facts_back_at_once(self._scope, facts=facts, moment=moment)

    def read(
        self,
        query: MemoryQuery,
        as_of: date | None = None,
        known_at: datetime | None = None,
        limit: int = LIMIT,
    ) -> ReadResult:
        """Run one MEM_READ and return its candidates and at most ``limit`` facts, or as many as the
        query asks for, up to ``MOST_FACTS``.

        The candidates are all that was considered: near names only on a side where none is equal.

        ``as_of`` asks for what was true on that day, ``known_at`` for what the memory held at that
        moment; a query that includes the past has a period of its own, which counts instead.
        Facts of an equivalent relation (two that name each other as inverse) come turned round.
        Nearest first, then oldest first. Reading changes nothing; see ``mark_read``.
        """
        limit = max(limit, min(query.most, MOST_FACTS))
        return reading.read(self._scope, query, as_of=as_of, known_at=known_at, limit=limit)

    def mark_read(self, triple_ids: Iterable[int]) -> int:
        """Count one more read of each of these triples; returns how many there are."""
        return changing.mark_read(self._scope, triple_ids)

    def as_memory(
        self, as_of: date | None = None, known_at: datetime | None = None, limit: int = LIMIT
    ) -> BoundMemory:
        """Return the memory as it was at a time, for a read head."""
        return BoundMemory(self, as_of, known_at, limit)


@dataclass(frozen=True)
class BoundMemory:
    """The memory at one time, as a read head sees it (``worker.interfaces.Memory``)."""

    controller: MemoryController
    as_of: date | None = None
    known_at: datetime | None = None
    limit: int = LIMIT

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        """See MemoryController.find_entities."""
        return self.controller.find_entities(text)

    def relations(self) -> Sequence[RelationSpec]:
        """See MemoryController.relations; loaded once."""
        return self._relations

    @cached_property
    def _relations(self) -> Sequence[RelationSpec]:
        return self.controller.relations()

    def read(self, query: MemoryQuery) -> ReadResult:
        """See MemoryController.read."""
        return self.controller.read(query, self.as_of, self.known_at, self.limit)

    def around(
        self, entities: Sequence[str], steps: Sequence[tuple[str, Side]], each: int
    ) -> Sequence[Fact]:
        """See MemoryController.around."""
        return self.controller.around(entities, steps, each, self.as_of, self.known_at)

    def whole(self, relations: Sequence[str], each: int) -> Sequence[Fact]:
        """See MemoryController.whole."""
        return self.controller.whole(relations, each, self.as_of, self.known_at)
