"""The triples that the memory held, read in order and no further than they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db import connection

from apps.memory.controller.refs import ref_of
from apps.memory.controller.types import Scope
from worker.types import EntityRef, Side

Pairs: TypeAlias = Mapping[tuple[int, int], float]  # (entity, stored relation): score


@dataclass(frozen=True)
class Held:
    """Which triples count: those that the memory held at ``known_at``, None for now.

    ``past`` says that superseded ones count too, where their end is known; then, and where a day
    is given, they must have been true on a day from ``since`` to ``until``, both included.
    """

    known_at: datetime | None = None
    past: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """A triple as it is stored, with the score of the pair that led to it."""

    id: int
    relation: int
    valid_from: date | None
    valid_to: date | None
    score: float
    subject: EntityRef
    object: EntityRef


# One look into an index (entity, relation, id) for each pair, which gives the oldest triples first
# and stops: an object may have as many facts as the memory has people.
_ROWS = """
SELECT t.id, t.relation_id, t.valid_from, t.valid_to, t.score,
       s.id, s.name, s.type, s.description, s.kind, s.value,
       o.id, o.name, o.type, o.description, o.kind, o.value
  FROM (SELECT found.*, p.score
          FROM unnest(%(entities)s::bigint[], %(relations)s::bigint[], %(scores)s::float8[])
               AS p(entity, relation, score),
          LATERAL (
              SELECT id, subject_id, relation_id, object_id, valid_from, valid_to
                FROM memory_triple
               WHERE {side}_id = p.entity AND relation_id = p.relation AND space_id = %(space)s
                 AND {held}
               ORDER BY id LIMIT %(each)s
          ) AS found
         ORDER BY p.score, found.id LIMIT %(most)s) AS t
  JOIN memory_entity AS s ON s.id = t.subject_id
  JOIN memory_entity AS o ON o.id = t.object_id
 ORDER BY t.score, t.id
"""


def held_with(
    scope: Scope, pairs: Pairs, side: Side, held: Held, most: int, *, each: int | None = None
) -> list[Row]:
    """Return up to ``most`` triples with one of the pairs, its entity on ``side``; of one pair no
    more than ``each``.

    The lowest score first, then the oldest.
    """
    if not pairs:
        return []
    parameters: dict[str, Any] = {
        "entities": [entity for entity, _ in pairs],
        "relations": [relation for _, relation in pairs],
        "scores": list(pairs.values()),
        "space": scope.space.pk,
        "most": most,
        "each": most if each is None else min(each, most),
        "known_at": held.known_at,
        "since": held.since,
        "until": held.until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(side=side, held=_condition(held)), parameters)
        return [_row(row) for row in cursor.fetchall()]


_OF_RELATION = """
SELECT t.id, t.relation_id, t.valid_from, t.valid_to, 0.0,
       s.id, s.name, s.type, s.description, s.kind, s.value,
       o.id, o.name, o.type, o.description, o.kind, o.value
  FROM unnest(%(relations)s::bigint[]) AS r(id),
       LATERAL (
           SELECT id, subject_id, relation_id, object_id, valid_from, valid_to
             FROM memory_triple
            WHERE relation_id = r.id AND space_id = %(space)s AND {held}
            ORDER BY id LIMIT %(each)s
       ) AS t
  JOIN memory_entity AS s ON s.id = t.subject_id
  JOIN memory_entity AS o ON o.id = t.object_id
 ORDER BY t.id
"""


def held_of(scope: Scope, relations: Sequence[int], held: Held, each: int) -> list[Row]:
    """Return the triples of some stored relations, of one no more than ``each``, the oldest
    first."""
    if not relations:
        return []
    parameters: dict[str, Any] = {
        "relations": list(relations),
        "space": scope.space.pk,
        "each": each,
        "known_at": held.known_at,
        "since": held.since,
        "until": held.until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_RELATION.format(held=_condition(held)), parameters)
        return [_row(row) for row in cursor.fetchall()]


def _condition(held: Held) -> str:
    """Return the condition on a triple in SQL.

    ``retracted_at`` of a superseded triple is when it was superseded: before that the memory knew
    it as active, since then as past, true up to ``valid_to`` where that is known.
    """
    current, recorded = "status = 'active'", ""
    if held.known_at is not None:  # reading the present needs no clock, and two clocks may differ
        current = "(retracted_at IS NULL OR retracted_at > %(known_at)s)"
        recorded = "recorded_at <= %(known_at)s AND "
    if not held.past:
        return recorded + current
    parts = [f"({current} OR (status = 'superseded' AND valid_to IS NOT NULL))"]
    if held.until is not None:
        parts.append("(valid_from IS NULL OR valid_from <= %(until)s)")
    if held.since is not None:
        parts.append("(valid_to IS NULL OR valid_to > %(since)s)")
    return recorded + " AND ".join(parts)


def _row(row: tuple[Any, ...]) -> Row:
    id_, relation, valid_from, valid_to, score, *ends = row
    one, other = ref_of(ends[0], ends[1:6]), ref_of(ends[6], ends[7:])
    return Row(id_, relation, valid_from, valid_to, score, one, other)
