"""How the database ran statements, and how many rows it read for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

Plan = dict[str, Any]


def plans(run: Callable[[], object]) -> list[Plan]:
    """Return the plan of each statement that ``run`` makes, with what came of it."""
    made: list[Plan] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with context["connection"].connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            (rows,) = cursor.fetchone()
            made.append((json.loads(rows) if isinstance(rows, str) else rows)[0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        run()
    return made


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def rows_read(plan: Plan, table: str) -> float:
    """Return how many rows of a table were looked at, also those that a condition left out."""
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes(plan)
        if node.get("Relation Name") == table
    )
