"""How much of the memory the search for names reads, whatever the planner expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Space
from apps.common.text import normalise_name
from apps.memory.controller import MemoryController
from apps.memory.models import Entity

SIZE = 6000
WORDS = "b c d f g h k l m n p r s t v w z br cl dr fl gr pl st tr".split()  # noqa: SIM905


@pytest.fixture
def memory(space: Space) -> MemoryController:
    """A memory of many names of one pattern, whose words lie a letter apart."""
    names = [f"University of {word.capitalize()}oustein" for word in WORDS]
    names += [f"The Institute of Number {n}" for n in range(SIZE - len(names))]
    Entity.objects.bulk_create(
        Entity(space=space, name=name, normalised=normalise_name(name), type="ORG")
        for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE memory_entity")
        cursor.execute("ANALYZE memory_word")
    return MemoryController(space)


def plans(memory: MemoryController, text: str) -> list[dict[str, Any]]:
    """Return how the database ran each statement of a search."""
    made: list[dict[str, Any]] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with context["connection"].connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            (rows,) = cursor.fetchone()
            made.append((json.loads(rows) if isinstance(rows, str) else rows)[0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        memory.find_entities(text)
    return made


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def entities_read(plan: dict[str, Any]) -> float:
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes(plan)
        if node.get("Relation Name") == "memory_entity"
    )


@pytest.mark.parametrize(
    "text",
    ["Who founded University of Qoustein?", "who founded the university of qoustein"],
)
def test_a_misspelt_name_with_many_near_ones_reads_only_names_like_it(
    memory: MemoryController, text: str
) -> None:
    with connection.cursor() as cursor:  # as where it expects too many rows to take them singly
        cursor.execute("SET LOCAL enable_nestloop = off")
    made = plans(memory, text)
    assert len(made) == 4  # the names as written, in part, the words near them, misspelt
    assert max(entities_read(plan) for plan in made) < SIZE / 10


def test_a_long_question_reads_only_the_names_in_it(memory: MemoryController) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
    text = "In which country is the town where the founder of University of Boustein was born?"
    (names, *_) = plans(memory, f"{text} And {text.lower()}" * 3)
    assert 1 <= entities_read(names) < 100


def test_no_processes_are_started_to_look_a_name_up(memory: MemoryController) -> None:
    with connection.cursor() as cursor:  # what a planner counts on when a memory is large
        for name in (
            "parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size",
            "min_parallel_index_scan_size",
        ):  # fmt: skip
            cursor.execute(f"SET LOCAL {name} = 0")
    for plan in plans(memory, "In which country is the town of University of Qoustein?"):
        assert not [node for node in nodes(plan) if node["Node Type"].startswith("Gather")]
