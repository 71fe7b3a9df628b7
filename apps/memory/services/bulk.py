"""Many ready-made facts at once: for measurements and trials, past review and past conflicts.

What is loaded rests on no evidence and no decision, so no answer of the product may cite it; the
one event of a load says how much came. Everything else enters through the MemoryController.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection, transaction
from pgvector import HalfVector

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.text import normalise_name
from apps.memory.controller import EntityInput
from apps.memory.controller.entities import value_of
from apps.memory.controller.resolve import entity_of_value
from apps.memory.controller.types import Scope, storable
from apps.memory.controller.writing import lock
from apps.memory.models import Alias, Entity, Relation, Triple
from apps.memory.services.embedding import embed_pending, entity_text
from worker.interfaces import Embedder
from worker.literals import normal_form

SYSTEM = "memweb"
CHUNK = 1000  # rows of one statement
EMBEDDED_AT_ONCE = 512
KINDS = {"TIME": Entity.Kind.TIME, "NUM": Entity.Kind.QUANTITY}
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
    alias never makes two names one. With an embedder, new names and the relations get their
    vectors, and ``embedded`` is told after each batch how many of how many names have theirs.
    Raises InvalidName, and ValueError for a relation of another space.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock(space)
        load = _Load(space, list(facts))
        load.entities(embedder, embedded)
        aliases = load.aliases()
        triples = load.triples()
        loaded = Loaded(len(load.made), aliases, triples)
        if embedder is not None:
            embed_pending(embedder=embedder, limit=space.relations.count(), space=space)
        # The planner takes a table that grew this much for empty, until it is told.
        cursor.execute("ANALYZE memory_entity, memory_alias, memory_triple, memory_word")
        record(
            space=space, action="facts.loaded", actor=actor, actor_label=SYSTEM,
            payload={"entities": loaded.entities, "aliases": aliases, "facts": triples},
        )  # fmt: skip
    return loaded


def implied_types(facts: Iterable[Fact]) -> dict[str, str]:
    """Return the type of each normalised name as the relations of its facts imply it.

    Each fact votes for the types that its relation allows on that side, with a vote of one shared
    among them. No type where two have equally many votes.
    """
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for fact in facts:
        for name, types in (
            (fact.subject, fact.relation.subject_types),
            (fact.object, fact.relation.object_types),
        ):
            for type_ in types:
                votes[_normalised(name)][type_] += 1 / len(types)
    found = {}
    for name, counts in votes.items():
        most = max(counts.values())
        best = [type_ for type_, count in counts.items() if count > most - 1e-9]
        if len(best) == 1:
            found[name] = best[0]
    return found


_Key = tuple[str, str]  # normalised name, type


class _Load:
    """The rows of one load, made in the order in which they need each other."""

    def __init__(self, space: Space, facts: Sequence[Fact]) -> None:
        self.space = space
        if any(fact.relation.space_id != space.pk for fact in facts):
            raise ValueError("a relation belongs to another space")
        implied = implied_types(facts)
        self.facts = [
            replace(
                fact,
                subject_type=fact.subject_type or implied.get(_normalised(fact.subject), ""),
                object_type=fact.object_type or implied.get(_normalised(fact.object), ""),
            )
            for fact in facts
        ]
        self.found: dict[_Key, Entity] = {}
        self.made: list[Entity] = []
        self._literals: dict[tuple[str, str, str], Entity] = {}
        values = Entity.objects.filter(space=space, value__isnull=False)
        self._values_there = values.exists()

    def entities(self, embedder: Embedder | None, embedded: Told | None) -> None:
        """Find the entities that the space has and make the others."""
        wanted: dict[_Key, EntityInput] = {}
        for fact in self.facts:
            for name, type_ in (
                (fact.subject, fact.subject_type),
                (fact.object, fact.object_type),
            ):
                kind = KINDS.get(type_, Entity.Kind.ITEM)
                wanted.setdefault(_key(name, type_), EntityInput(name, type_, kind))
        self._find(sorted({normalised for normalised, _ in wanted}))
        for key, given in wanted.items():
            if key not in self.found:
                self.found[key] = self._entity(key[0], given)
        if embedder is not None:
            _embed(self.made, embedder, embedded)
        Entity.objects.bulk_create(self.made, batch_size=CHUNK)

    def _entity(self, normalised: str, given: EntityInput) -> Entity:
        """Return a new entity, or the literal of the same value that is there."""
        value = value_of(given)
        form = normal_form(value)
        literal = (given.kind, given.type, json.dumps(form, sort_keys=True))
        if form and self._values_there and literal not in self._literals:
            scope = Scope(self.space)
            there = entity_of_value(scope, value, kind=given.kind, type=given.type)
            if there is not None:
                self._literals[literal] = there
        if form and literal in self._literals:
            return self._literals[literal]
        made = Entity(
            space=self.space, name=given.name, normalised=normalised, type=given.type,
            kind=given.kind, value=value,
        )  # fmt: skip
        self.made.append(made)
        if form:
            self._literals[literal] = made
        return made

    def _find(self, names: Sequence[str]) -> None:
        for at in range(0, len(names), CHUNK):
            rows = Entity.objects.filter(
                space=self.space, merged_into=None, normalised__in=names[at : at + CHUNK]
            ).defer("embedding")
            for entity in rows.order_by("pk"):
                self.found.setdefault((entity.normalised, entity.type), entity)

    def aliases(self) -> int:
        """Add the names that the entities have besides their own."""
        wanted: dict[tuple[int, str], str] = {}
        for fact in self.facts:
            for name, type_, names in (
                (fact.subject, fact.subject_type, fact.subject_aliases),
                (fact.object, fact.object_type, fact.object_aliases),
            ):
                for other in (name, *names):
                    self._want(wanted, self.found[_key(name, type_)], other)
        there = set(Alias.objects.filter(space=self.space).values_list("entity_id", "normalised"))
        rows = [
            Alias(space=self.space, entity_id=entity, name=name, normalised=normalised)
            for (entity, normalised), name in wanted.items()
            if (entity, normalised) not in there
        ]
        Alias.objects.bulk_create(rows, batch_size=CHUNK)
        return len(rows)

    def _want(self, wanted: dict[tuple[int, str], str], entity: Entity, name: str) -> None:
        given = EntityInput(name)
        normalised = normalise_name(given.name)
        if normalised != entity.normalised:
            wanted.setdefault((entity.pk, normalised), given.name)

    def triples(self) -> int:
        """Add the triples that do not stand yet; returns how many."""
        rows: dict[tuple[int, int, int, date | None], Triple] = {}
        for fact in self.facts:
            subject = self.found[_key(fact.subject, fact.subject_type)]
            object_ = self.found[_key(fact.object, fact.object_type)]
            row = Triple(
                space=self.space, subject=subject, relation=fact.relation, object=object_,
                valid_from=fact.valid_from, valid_to=fact.valid_to,
            )  # fmt: skip
            rows.setdefault((subject.pk, fact.relation.pk, object_.pk, fact.valid_from), row)
        active = Triple.objects.filter(space=self.space, status=Triple.Status.ACTIVE)
        there = set(active.values_list("subject_id", "relation_id", "object_id", "valid_from"))
        new = [row for key, row in rows.items() if key not in there]
        Triple.objects.bulk_create(new, batch_size=CHUNK)
        return len(new)


def _normalised(name: str) -> str:
    return normalise_name(storable(name))


def _key(name: str, type_: str) -> _Key:
    return _normalised(name), type_


def _embed(rows: Sequence[Entity], embedder: Embedder, embedded: Told | None) -> None:
    for at in range(0, len(rows), EMBEDDED_AT_ONCE):
        batch = rows[at : at + EMBEDDED_AT_ONCE]
        vectors = embedder.embed([entity_text(entity) for entity in batch])
        for entity, vector in zip(batch, vectors, strict=True):
            entity.embedding = HalfVector(vector.tolist())
            entity.embedded_by = embedder.name
        if embedded is not None:
            embedded(at + len(batch), len(rows))
