"""Vectors for the names of the memory, made by a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from pgvector import HalfVector
from pgvector.django import HnswIndex

from apps.accounts.models import Space
from apps.memory.models import Entity, Relation
from worker.interfaces import Embedder

Row = TypeVar("Row", Entity, Relation)
BATCH = 64
LARGEST_INDEXED = 4000


def entity_text(entity: Entity) -> str:
    """Return what stands for an entity in the vector space: its name."""
    return entity.name


def relation_text(relation: Relation) -> str:
    """Return what stands for a relation in the vector space: its name and what it means."""
    return f"{relation.name}: {relation.description}" if relation.description else relation.name


def embed_pending(*, embedder: Embedder, limit: int = 500, space: Space | None = None) -> int:
    """Embed up to ``limit`` relations and entities without a vector of this embedder.

    Returns how many there were. Safe to run twice at once and to stop at any moment: each batch
    is a transaction, and a name that changed meanwhile is left for the next run.
    """
    done = 0
    relations = _without_vector(Relation.objects.all(), embedder, space)
    done += _embed(relations, relation_text, embedder, limit)
    entities = Entity.objects.filter(merged_into=None)
    for rows in (
        # Two queries, each served by an index; as one they would read the whole table.
        _of_space(entities, space).filter(embedding__isnull=True),
        _without_vector(entities, embedder, space).filter(embedding__isnull=False),
    ):
        done += _embed(rows, entity_text, embedder, limit - done)
    return done


def _of_space(rows: QuerySet[Row], space: Space | None) -> QuerySet[Row]:
    return rows.filter(space=space) if space is not None else rows


def _without_vector(rows: QuerySet[Row], embedder: Embedder, space: Space | None) -> QuerySet[Row]:
    other = Q(embedded_by__lt=embedder.name) | Q(embedded_by__gt=embedder.name)
    return _of_space(rows, space).filter(other)


def _embed(
    rows: QuerySet[Row], text_of: Callable[[Row], str], embedder: Embedder, limit: int
) -> int:
    done = last = 0
    while done < limit:
        ahead = rows.filter(pk__gt=last).order_by("pk").defer("embedding")
        batch = list(ahead[: min(BATCH, limit - done)])
        if not batch:
            break
        _store(batch, text_of, embedder)
        done += len(batch)
        last = batch[-1].pk
    return done


# Rows are held in one order first, so that two runs at once never wait for each other in a ring.
_STORE = """
WITH made AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(texts)s::text[], %(vectors)s::text[])
                  AS made(id, text, vector)
), held AS (
    SELECT id FROM {table} WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE {table} AS known SET embedding = made.vector::halfvec, embedded_by = %(embedder)s
  FROM made JOIN held USING (id)
 WHERE known.id = made.id AND {text} = made.text
"""
# What the texts of a row are made of, to see whether it changed while its vector was made.
_TEXTS = {Entity: "known.name", Relation: "known.name || E'\\n' || known.description"}


def _store(batch: Sequence[Row], text_of: Callable[[Row], str], embedder: Embedder) -> None:
    vectors = embedder.embed([text_of(row) for row in batch])
    model = type(batch[0])
    statement = _STORE.format(table=model._meta.db_table, text=_TEXTS[model])
    values: dict[str, Any] = {
        "ids": [row.pk for row in batch],
        "texts": ["\n".join(_read(row)) for row in batch],
        "vectors": [HalfVector(vector.tolist()).to_text() for vector in vectors],
        "embedder": embedder.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _read(row: Entity | Relation) -> tuple[str, ...]:
    return (row.name, row.description) if isinstance(row, Relation) else (row.name,)


def pending(*, embedder: Embedder, space: Space | None = None) -> int:
    """Return how many names have no vector of this embedder."""
    relations = _without_vector(Relation.objects.all(), embedder, space)
    entities = _without_vector(Entity.objects.filter(merged_into=None), embedder, space)
    return relations.count() + entities.count()


def column_dimension() -> int:
    """Return how many numbers the vectors of the database have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT atttypmod FROM pg_attribute"
            " WHERE attrelid = 'memory_entity'::regclass AND attname = 'embedding'"
        )
        (dimension,) = cursor.fetchone()
    return int(dimension)


def dimension_change(*, dimension: int) -> None:
    """Forget every vector and make the columns and their indexes hold another dimension.

    Raises ValueError for one that an HNSW index of half vectors cannot hold (pgvector: 4000).
    """
    if not 1 <= dimension <= LARGEST_INDEXED:
        raise ValueError(f"an index holds 1 to {LARGEST_INDEXED} dimensions, not {dimension}")
    with transaction.atomic(), connection.schema_editor() as editor:
        for model in (Relation, Entity):
            table = editor.quote_name(model._meta.db_table)
            indexes = [i for i in model._meta.indexes if isinstance(i, HnswIndex)]
            for index in indexes:
                editor.remove_index(model, index)
            editor.execute(
                f"ALTER TABLE {table} ALTER COLUMN embedding TYPE halfvec({dimension:d}) USING NULL"
            )
            editor.execute(f"UPDATE {table} SET embedded_by = '' WHERE embedded_by <> ''")  # noqa: S608 - our own table
            for index in indexes:
                editor.add_index(model, index)
