"""Nearest neighbours by the HNSW indexes."""

from __future__ import annotations

from typing import TypeVar

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

    Iterative scans go on until ``limit`` rows pass the filters of ``rows``; their order is
    relaxed, so rows are sorted once more, by distance and primary key (pgvector 0.8 and later).
    """
    found = rows.filter(embedding__isnull=False).annotate(
        distance=CosineDistance("embedding", vector)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.ef_search', %s, true),"
            " set_config('hnsw.iterative_scan', 'relaxed_order', true)",
            [str(scope.config.ef_search)],
        )
        pairs = [(row, float(row.distance)) for row in found.order_by("distance")[:limit]]  # type: ignore[attr-defined]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0].pk))
