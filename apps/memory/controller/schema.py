"""The relations of a space as heads see them, made anew only when a row has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection
from psycopg import sql

from apps.accounts.models import Space
from apps.memory.controller.refs import COLUMNS, spec_of
from worker.implications import Implications
from worker.types import RelationSpec

_MOST_SPACES = 64  # whose relations are kept
_ROWS = sql.SQL(
    "SELECT {}, EXISTS (SELECT FROM memory_triple WHERE relation_id = memory_relation.id)"
    " FROM memory_relation WHERE space_id = %s AND retired_at IS NULL ORDER BY name, id"
).format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
_kept: dict[int, tuple[list[tuple[Any, ...]], tuple[RelationSpec, ...]]] = {}
_rules: dict[int, tuple[Sequence[RelationSpec], Implications]] = {}


def relations_in_use(space: Space) -> Sequence[RelationSpec]:
    """Return the relations in use, by name.

    The rows are read each time. While they are the same, so is the sequence itself: a read head
    keeps what it makes of it, which is dearer than the reading, from one question to the next.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [space.pk])
        rows = cursor.fetchall()
    before, specs = _kept.get(space.pk, (None, ()))
    if before != rows:
        specs = tuple(replace(spec_of(row), used=used) for *row, used in rows)
        if len(_kept) >= _MOST_SPACES:
            _kept.clear()
        _kept[space.pk] = (rows, specs)
    return specs


def rules_in_use(space: Space) -> Implications:
    """Return what follows from what by the relations in use; made anew only when one changed."""
    relations = relations_in_use(space)
    before, rules = _rules.get(space.pk, (None, None))
    if rules is None or before is not relations:
        rules = Implications(relations)
        if len(_rules) >= _MOST_SPACES:
            _rules.clear()
        _rules[space.pk] = (relations, rules)
    return rules
