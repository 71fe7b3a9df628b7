"""Nearest neighbours, one by one or by an HNSW index."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection, models, transaction
from pgvector import HalfVector
from pgvector.django import CosineDistance

from apps.memory.controller.types import Scope

M = TypeVar("M", bound=models.Model)


def embed(scope: Scope, text: str) -> HalfVector | None:
    """Return the vector of a text, or None without an embedder."""
    if scope.embedder is None:
        return None
    return HalfVector(scope.embedder.embed([text])[0].tolist())


def nearest(
    scope: Scope, rows: models.QuerySet[M], vector: HalfVector, *, limit: int
) -> list[tuple[M, float]]:
    """Return the rows nearest to ``vector`` with their cosine distances, nearest first.

    Up to ``exact_up_to`` rows are compared one by one: that takes a millisecond or two and misses
    none. So it is done where the index gives fewer than ``limit``: a search of its graph ends
    early among rows that are dead or of other spaces, which a small space in a large table, or
    one that was filled and emptied often, would meet every time.
    """
    most = scope.config.exact_up_to
    embedded = rows.filter(embedding__isnull=False)
    if embedded.order_by()[: most + 1].count() > most:
        found = _by_index(scope, embedded, vector, limit)
        if len(found) == limit:
            return found
    return one_by_one(rows, vector, limit=limit)


def one_by_one(
    rows: models.QuerySet[M], vector: HalfVector, *, limit: int
) -> list[tuple[M, float]]:
    """Return the same without the index, for rows of which there are never many."""
    found = rows.filter(embedding__isnull=False).annotate(
        distance=CosineDistance("embedding", vector)
    )
    # An index of vectors knows the order by a distance, not that by a sum.
    return _pairs(found.order_by(models.F("distance") + 0.0, "pk")[:limit])


def _by_index(
    scope: Scope, rows: models.QuerySet[M], vector: HalfVector, limit: int
) -> list[tuple[M, float]]:
    """Iterative scans go on until ``limit`` rows pass the filters; their order is relaxed, so rows
    are sorted once more (pgvector 0.8 and later)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.ef_search', %s, true),"
            " set_config('hnsw.iterative_scan', 'relaxed_order', true)",
            [str(scope.config.ef_search)],
        )
        found = rows.annotate(distance=CosineDistance("embedding", vector))
        pairs = _pairs(found.order_by("distance")[:limit])
    return sorted(pairs, key=lambda pair: (pair[1], pair[0].pk))


def _pairs(rows: models.QuerySet[Any, Any]) -> list[tuple[Any, float]]:
    return [(row, float(row.distance)) for row in rows]
