"""A made-up memory of any size: names of many shapes, and facts as uneven as real ones."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, models
from django.utils import timezone

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.bench.made_up_names import Names
from apps.evaluation.measuring.progress import Progress, Tell
from apps.memory.models import EMBEDDING_DIMENSION, Alias, Entity, Relation, Triple
from apps.memory.services import relations_load
from apps.memory.services.copying import columns, copy_rows

ENTITIES_OF_FACTS = 0.4  # entities for one fact; those that are left over have none
COUNTRIES = 200
ALIASED = 0.25  # of the entities
VECTORS = 10_000  # made at once
BUILD_MEMORY = "1GB"  # for the vector index of 400 thousand entities

_Row = Sequence[Any]
FactRow = tuple[int, str, int, date | None, date | None]


@dataclass(frozen=True)
class Filled:
    """How many rows a memory has; ``most`` facts have one and the same object."""

    space: Space
    entities: int
    aliases: int
    facts: int
    most: int


def fill(facts: int, seed: int, tell: Tell) -> Filled:
    """Fill the database in use, which is empty, with a space of that many facts.

    Rows come by COPY, past review and past the memory controller; the words of names come by
    their triggers. Vectors are random and of length 1. The vector index is built at the end.
    """
    space = Space.objects.create(slug="bench", name="A measurement")
    relations_load(space=space, actor=None)
    relations = dict(Relation.objects.filter(space=space).values_list("wikidata_property", "pk"))
    source = random.Random(seed)
    entities = max(40, round(facts * ENTITIES_OF_FACTS))
    named = list(Names(entities, seed).names(entities))
    index = next(i for i in Entity._meta.indexes if i.name == "memory_entity_hnsw")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, false)", [BUILD_MEMORY])
    with connection.schema_editor() as editor:
        editor.remove_index(Entity, index)
    progress = Progress(tell, f"names of {facts:,} facts", len(named))
    copy_rows(Entity, columns(Entity, *_ENTITY), _entities(space, named, seed), progress.at)
    aliases = list(_aliases(space, named, source))
    copy_rows(Alias, columns(Alias, *_ALIAS), aliases)
    progress = Progress(tell, "facts", facts)
    rows = _triples(space, relations, named, source, facts)
    copy_rows(Triple, columns(Triple, *_TRIPLE), rows, progress.at)
    with connection.schema_editor() as editor:
        editor.add_index(Entity, index)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("RESET synchronous_commit")
    counts = Triple.objects.order_by().values("object").annotate(n=models.Count("pk"))
    most = counts.order_by("-n")[0]["n"]
    return Filled(space, len(named), len(aliases), Triple.objects.count(), most)


_ENTITY = (
    "id", "space_id", "name", "normalised", "type", "kind", "description", "embedding",
    "embedded_by", "created_at",
)  # fmt: skip
_ALIAS = ("space_id", "entity_id", "name", "normalised", "created_at")
_TRIPLE = (
    "id", "space_id", "subject_id", "relation_id", "object_id", "status", "valid_from", "valid_to",
    "recorded_at", "read_count",
)  # fmt: skip


def _entities(space: Space, named: Sequence[tuple[str, str]], seed: int) -> Iterator[_Row]:
    now, vectors = timezone.now(), _halves(np.random.default_rng(seed))
    for pk, (name, type_) in enumerate(named, start=1):
        yield (
            pk, space.pk, name, normalise_name(name), type_, Entity.Kind.ITEM, "", next(vectors),
            "random", now,
        )  # fmt: skip


def _halves(source: np.random.Generator) -> Iterator[bytes]:
    """Yield random vectors of length 1 as pgvector sends a halfvec: dimension, 0, big-endian."""
    head = struct.pack(">HH", EMBEDDING_DIMENSION, 0)
    while True:
        block = source.standard_normal((VECTORS, EMBEDDING_DIMENSION), dtype=np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        for row in block.astype(">f2"):
            yield head + row.tobytes()


def _aliases(
    space: Space, named: Sequence[tuple[str, str]], source: random.Random
) -> Iterator[_Row]:
    now = timezone.now()
    for pk, (name, type_) in enumerate(named, start=1):
        if source.random() >= ALIASED:
            continue
        words = name.split()
        if type_ == "PER":
            alias = f"{name[0]}. {words[-1]}"
        elif type_ == "ORG":
            alias = f"The {' '.join(words[:-1])} Group" if len(words) > 2 else f"Old {name}"
        else:
            alias = f"{source.choice(('Great', 'Upper', 'Old'))} {name}"
        yield space.pk, pk, alias, normalise_name(alias), now


def _triples(
    space: Space,
    relations: dict[str, int],
    named: Sequence[tuple[str, str]],
    source: random.Random,
    number: int,
) -> Iterator[_Row]:
    now, seen = timezone.now(), set[tuple[int, str, int, date | None]]()
    for subject, property_, object_, since, until in made_up_facts(named, source):
        if len(seen) == number:
            return
        key = (subject, property_, object_, since)
        if object_ != subject and key not in seen:
            seen.add(key)
            yield (
                len(seen), space.pk, subject, relations[property_], object_, Triple.Status.ACTIVE,
                since, until, now, 0,
            )  # fmt: skip


# What things of a type have: relation, type of the object, and how many of ten have it.
_HAVE = {
    "PER": [("P19", "LOC", 9), ("P20", "LOC", 6), ("P26", "PER", 4), ("P27", "country", 10),
            ("P69", "ORG", 8), ("P108", "ORG", 8)],
    "LOC": [("P17", "country", 10)],
    "ORG": [("P17", "country", 10), ("P159", "LOC", 10), ("P112", "PER", 8)],
    "MISC": [("P57", "PER", 10)],
}  # fmt: skip


def made_up_facts(named: Sequence[tuple[str, str]], source: random.Random) -> Iterator[FactRow]:
    """Yield facts of all entities, which are numbered from 1, again and again: who has some gets
    more in the next round."""
    pools: dict[str, list[int]] = {type_: [] for type_ in _HAVE}
    for pk, (_, type_) in enumerate(named, start=1):
        pools[type_].append(pk)
    pools["country"] = pools["LOC"][:COUNTRIES]
    while True:
        for pk, (_, type_) in enumerate(named, start=1):
            for property_, of, tenths in _HAVE[type_]:
                if source.random() * 10 >= tenths:
                    continue
                if property_ == "P108":
                    yield from _jobs(pk, pools[of], source)
                else:
                    yield pk, property_, _one(pools[of], of, source), None, None


def _one(pool: Sequence[int], of: str, source: random.Random) -> int:
    """Return one of a pool: of places and organisations the first are far more common."""
    place = source.random()
    return pool[int(len(pool) * (place if of == "PER" else place * place))]


def _jobs(pk: int, pool: Sequence[int], source: random.Random) -> Iterator[FactRow]:
    """Yield one to three employers, one after the other."""
    year = source.randint(1900, 2000)
    for _ in range(source.randint(1, 3)):
        since = date(year, source.randint(1, 12), 1)
        year += source.randint(1, 9)
        yield pk, "P108", _one(pool, "ORG", source), since, date(year, 1, 1)
