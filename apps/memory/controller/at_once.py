"""Many facts out of the memory at once, and back: sets of rows, not one after the other.

The caller records what happened, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.memory.controller.types import Scope
from apps.memory.controller.writing import lock

# A fact as it stood: its number, its status, and when it had left the memory.
Stood = tuple[int, str, datetime | None]


def retract_at_once(
    scope: Scope, *, facts: Sequence[int], evidence: Sequence[int], moment: datetime
) -> list[Stood]:
    """See MemoryController.retract_at_once."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock(scope.space)
        # In the order in which counting reads locks them, so that neither waits for the other.
        cursor.execute(
            "SELECT id, status, retracted_at FROM memory_triple"
            " WHERE id = ANY(%s) AND space_id = %s AND status <> 'retracted'"
            " ORDER BY id FOR NO KEY UPDATE",
            [list(facts), scope.space.pk],
        )
        stood: list[Stood] = cursor.fetchall()
        cursor.execute(
            "UPDATE memory_triple SET status = 'retracted', retracted_at = %s WHERE id = ANY(%s)",
            [moment, [pk for pk, *_ in stood]],
        )
        cursor.execute(
            "UPDATE memory_evidence SET retracted_at = %s"
            " WHERE id = ANY(%s) AND space_id = %s AND retracted_at IS NULL",
            [moment, list(evidence), scope.space.pk],
        )
    return stood


_EVIDENCE = """
UPDATE memory_evidence e SET retracted_at = NULL
WHERE e.id = ANY(%(evidence)s) AND e.space_id = %(space)s AND e.retracted_at = %(moment)s
    AND NOT EXISTS (
        SELECT FROM memory_evidence o WHERE o.triple_id = e.triple_id
            AND o.passage_id = e.passage_id AND o.subject_start = e.subject_start
            AND o.object_start = e.object_start AND o.retracted_at IS NULL)
RETURNING e.id
"""


def evidence_back_at_once(
    scope: Scope, *, evidence: Sequence[int], moment: datetime
) -> frozenset[int]:
    """See MemoryController.evidence_back_at_once."""
    values: dict[str, Any] = {
        "space": scope.space.pk,
        "moment": moment,
        "evidence": list(evidence),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        lock(scope.space)
        cursor.execute(_EVIDENCE, values)
        return frozenset(pk for (pk,) in cursor.fetchall())


_FACTS = """
WITH stood AS (
    SELECT * FROM unnest(%(facts)s::bigint[], %(was)s::text[], %(at)s::timestamptz[])
        AS s (id, status, retracted_at)
)
UPDATE memory_triple t SET status = s.status, retracted_at = s.retracted_at
FROM stood s JOIN memory_triple n ON n.id = s.id JOIN memory_relation r ON r.id = n.relation_id
WHERE t.id = s.id AND t.space_id = %(space)s AND t.status = 'retracted'
    AND t.retracted_at = %(moment)s
    AND (s.status <> 'active' OR NOT EXISTS (
        SELECT FROM memory_triple o WHERE o.subject_id = t.subject_id
            AND o.relation_id = t.relation_id AND o.status = 'active' AND o.id <> t.id
            AND (o.object_id = t.object_id AND o.valid_from IS NOT DISTINCT FROM t.valid_from
                 OR r.single_valued AND o.object_id <> t.object_id
                    AND o.recorded_at > %(moment)s
                    AND daterange(o.valid_from, o.valid_to) && daterange(t.valid_from, t.valid_to)
                )))
RETURNING t.id
"""


def facts_back_at_once(scope: Scope, *, facts: Sequence[Stood], moment: datetime) -> frozenset[int]:
    """See MemoryController.facts_back_at_once."""
    numbers = [pk for pk, _, _ in facts]
    values: dict[str, Any] = {
        "space": scope.space.pk,
        "moment": moment,
        "facts": numbers,
        "was": [status for _, status, _ in facts],
        "at": [at for _, _, at in facts],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        lock(scope.space)
        cursor.execute(
            "SELECT id FROM memory_triple WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [numbers],
        )
        cursor.execute(_FACTS, values)
        return frozenset(pk for (pk,) in cursor.fetchall())
