"""Many ready-made facts at once: for measurements and trials, past review and past conflicts.

What is loaded rests on no evidence and no decision, so no answer of the product may cite it; the
one event of a load says how much came. Everything else enters through the MemoryController.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.memory.controller import EntityInput
from apps.memory.controller.entities import value_of
from apps.memory.controller.resolve import entity_of_value
from apps.memory.controller.types import Scope, storable
from apps.memory.controller.writing import lock
from apps.memory.models import Alias, Entity, Relation, Triple
from apps.memory.services.copying import columns, copy_rows, new_ids
from apps.memory.services.embedding import embed_pending, pending
from worker.interfaces import Embedder
from worker.literals import normal_form
from worker.types import LITERAL_KINDS

SYSTEM = "memweb"
CHUNK = 1000  # names of one look-up
EMBEDDED_AT_ONCE = 512
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Fact:
    """A fact to load. A type left empty is taken from the relations, see ``implied_types``."""

    subject: str
    relation: Relation
    object: str
    subject_aliases: tuple[str, ...] = ()
    object_aliases: tuple[str, ...] = ()
    subject_type: str = ""
    object_type: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Loaded:
    """How many rows were new."""

    entities: int
    aliases: int
    triples: int


def facts_load(
    *,
    space: Space,
    facts: Iterable[Fact],
    actor: User | None,
    embedder: Embedder | None = None,
    embedded: Told | None = None,
) -> Loaded:
    """Write facts as they are: nothing is reviewed, and values in conflict stand side by side.

    An equal name of an equal type is one entity, and so are times and quantities of one value; an
    alias never makes two names one. All facts stand, and are found by name, when the one
    transaction ends. Vectors come afterwards, because the index of vectors takes four times as
    long as all the rest: from the job for pending names or, with an ``embedder``, here, where
    ``embedded`` is told after each batch how many of how many names have theirs. Raises
    InvalidName, and ValueError for a relation of another space.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock(space)
        load = _Load(space, list(facts))
        load.entities()
        aliases = load.aliases()
        triples = load.triples()
        loaded = Loaded(load.made, aliases, triples)
        # The planner takes a table that grew this much for empty, until it is told.
        cursor.execute("ANALYZE memory_entity, memory_alias, memory_triple, memory_word")
        record(
            space=space, action="facts.loaded", actor=actor, actor_label=SYSTEM,
            payload={"entities": loaded.entities, "aliases": aliases, "facts": triples},
        )  # fmt: skip
    if embedder is not None:
        _embed(space, embedder, embedded)
    return loaded


def _embed(space: Space, embedder: Embedder, embedded: Told | None) -> None:
    total, done = pending(embedder=embedder, space=space), 0
    while count := embed_pending(embedder=embedder, limit=EMBEDDED_AT_ONCE, space=space):
        done += count
        if embedded is not None:
            embedded(done, max(done, total))


def implied_types(facts: Iterable[Fact]) -> dict[str, str]:
    """Return the type of each normalised name as the relations of its facts imply it.

    Each fact votes for the types that its relation allows on that side, with a vote of one shared
    among them. No type where two have equally many votes.
    """
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    normalised = cache(_normalised)  # of each spelling once
    for fact in facts:
        for name, types in (
            (fact.subject, fact.relation.subject_types),
            (fact.object, fact.relation.object_types),
        ):
            for type_ in types:
                votes[normalised(name)][type_] += 1 / len(types)
    found = {}
    for name, counts in votes.items():
        most = max(counts.values())
        best = [type_ for type_, count in counts.items() if count > most - 1e-9]
        if len(best) == 1:
            found[name] = best[0]
    return found


def _normalised(name: str) -> str:
    return normalise_name(storable(name))


_Key = tuple[str, str]  # normalised name, type
_ENTITY = (
    "id", "space_id", "name", "normalised", "type", "kind", "value", "description", "embedded_by",
    "created_at",
)  # fmt: skip
_ALIAS = ("space_id", "entity_id", "name", "normalised", "created_at")
_TRIPLE = (
    "space_id", "subject_id", "relation_id", "object_id", "status", "valid_from", "valid_to",
    "recorded_at", "read_count",
)  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """An entity that is there, or will be."""

    pk: int
    normalised: str


class _Load:
    """The rows of one load, made in the order in which they need each other."""

    def __init__(self, space: Space, facts: Sequence[Fact]) -> None:
        self.space = space
        self.facts = facts
        if any(fact.relation.space_id != space.pk for fact in facts):
            raise ValueError("a relation belongs to another space")
        self.made = 0
        self._now = timezone.now()
        # A name comes in many facts: each spelling is read once.
        self._normalised = cache(_normalised)
        self._given = cache(EntityInput)
        typed = all(fact.subject_type and fact.object_type for fact in facts)
        self._implied = {} if typed else implied_types(facts)
        self._entities: dict[_Key, _Found] = {}
        self._literals: dict[tuple[str, str, str], _Found] = {}
        values = Entity.objects.filter(space=space, value__isnull=False)
        self._values_there = values.exists()

    def _sides(self) -> Iterator[tuple[tuple[_Key, str], tuple[_Key, str], Fact]]:
        """Yield each fact with the key and the name of its subject and of its object."""
        normalised, implied = self._normalised, self._implied
        for fact in self.facts:
            one, other = normalised(fact.subject), normalised(fact.object)
            yield (
                ((one, fact.subject_type or implied.get(one, "")), fact.subject),
                ((other, fact.object_type or implied.get(other, "")), fact.object),
                fact,
            )

    def entities(self) -> None:
        """Find the entities that the space has and make the others."""
        wanted: dict[_Key, str] = {}
        for one, other, _ in self._sides():
            wanted.setdefault(*one)
            wanted.setdefault(*other)
        self._find(sorted({normalised for normalised, _ in wanted}))
        missing = {key: name for key, name in wanted.items() if key not in self._entities}
        rows = self._rows(missing, iter(new_ids(Entity, len(missing))))
        copy_rows(Entity, columns(Entity, *_ENTITY), rows)

    def _find(self, names: Sequence[str]) -> None:
        for at in range(0, len(names), CHUNK):
            rows = Entity.objects.filter(
                space=self.space, merged_into=None, normalised__in=names[at : at + CHUNK]
            )
            for pk, normalised, type_ in rows.order_by("pk").values_list(
                "pk", "normalised", "type"
            ):
                self._entities.setdefault((normalised, type_), _Found(pk, normalised))

    def _rows(self, missing: dict[_Key, str], ids: Iterator[int]) -> Iterator[Sequence[Any]]:
        """Yield the rows of new entities; a literal of a value that is there makes none."""
        for key, name in missing.items():
            normalised, type_ = key
            given = EntityInput(name, type_, LITERAL_KINDS.get(type_, "item"))
            value = value_of(given)
            form = normal_form(value)
            literal = (given.kind, type_, json.dumps(form, sort_keys=True)) if form else None
            if literal is not None and (there := self._literal(literal, value)) is not None:
                self._entities[key] = there
                continue
            found = self._entities[key] = _Found(next(ids), normalised)
            if literal is not None:
                self._literals[literal] = found
            self.made += 1
            yield (
                found.pk, self.space.pk, given.name, normalised, type_, given.kind,
                None if value is None else Jsonb(value), "", "", self._now,
            )  # fmt: skip

    def _literal(self, literal: tuple[str, str, str], value: Any) -> _Found | None:
        """Return the literal of the same value, of this load or in the space."""
        if self._values_there and literal not in self._literals:
            kind, type_, _ = literal
            there = entity_of_value(Scope(self.space), value, kind=kind, type=type_)
            if there is not None:
                self._literals[literal] = _Found(there.pk, there.normalised)
        return self._literals.get(literal)

    def aliases(self) -> int:
        """Add the names that the entities have besides their own."""
        wanted: dict[tuple[int, str], str] = {}
        for (one, subject), (other, object_), fact in self._sides():
            self._want(wanted, one, (subject, *fact.subject_aliases))
            self._want(wanted, other, (object_, *fact.object_aliases))
        rows = Alias.objects.filter(entity__in=list({entity for entity, _ in wanted}))
        there = set(rows.values_list("entity_id", "normalised"))
        new = [
            (self.space.pk, entity, name, normalised, self._now)
            for (entity, normalised), name in wanted.items()
            if (entity, normalised) not in there
        ]
        copy_rows(Alias, columns(Alias, *_ALIAS), new)
        return len(new)

    def _want(self, wanted: dict[tuple[int, str], str], key: _Key, names: tuple[str, ...]) -> None:
        entity = self._entities[key]
        for name in names:
            given = self._given(name)
            normalised = self._normalised(name)
            if normalised != entity.normalised:
                wanted.setdefault((entity.pk, normalised), given.name)

    def triples(self) -> int:
        """Add the triples that do not stand yet; returns how many."""
        rows: dict[tuple[int, int, int, date | None], date | None] = {}
        for (one, _), (other, _), fact in self._sides():
            subject, object_ = self._entities[one].pk, self._entities[other].pk
            rows.setdefault((subject, fact.relation.pk, object_, fact.valid_from), fact.valid_to)
        active = Triple.objects.filter(
            subject__in=list({subject for subject, *_ in rows}), status=Triple.Status.ACTIVE
        )
        there = set(active.values_list("subject_id", "relation_id", "object_id", "valid_from"))
        new = [
            (
                self.space.pk, subject, relation, object_, Triple.Status.ACTIVE, since, until,
                self._now, 0,
            )
            for (subject, relation, object_, since), until in rows.items()
            if (subject, relation, object_, since) not in there
        ]  # fmt: skip
        copy_rows(Triple, columns(Triple, *_TRIPLE), new)
        return len(new)
