"""How much of the memory the search for names reads, whatever the planner expects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.memory.controller import MemoryController
from apps.memory.models import Entity
from tests import factories
from tests.plans import Plan, nodes, plans, rows_read

SIZE = 6000
WORDS = "b c d f g h k l m n p r s t v w z br cl dr fl gr pl st tr".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def known(rows_of_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """A memory of many names of one pattern, whose words lie a letter apart."""
    names = [f"University of {word.capitalize()}oustein" for word in WORDS]
    names += [f"The Institute of Number {n}" for n in range(SIZE - len(names))]
    with rows_of_the_module(), connection.cursor() as cursor:
        space = factories.make_space("atlas")
        Entity.objects.bulk_create(
            Entity(space=space, name=name, normalised=normalise_name(name), type="ORG")
            for name in names
        )
        cursor.execute("ANALYZE memory_entity")
        cursor.execute("ANALYZE memory_word")
    return space.pk


@pytest.fixture
def memory(known: int, db: None) -> MemoryController:
    return MemoryController(Space.objects.get(pk=known))


def search(memory: MemoryController, text: str) -> list[Plan]:
    """Return how the database ran each statement of a search."""
    return plans(lambda: memory.find_entities(text))


@pytest.mark.parametrize(
    "text",
    ["Who founded University of Qoustein?", "who founded the university of qoustein"],
)
def test_a_misspelt_name_with_many_near_ones_reads_only_names_like_it(
    memory: MemoryController, text: str
) -> None:
    with connection.cursor() as cursor:  # as where it expects too many rows to take them singly
        cursor.execute("SET LOCAL enable_nestloop = off")
    made = search(memory, text)
    assert len(made) == 4  # the names as written, in part, the words near them, misspelt
    assert max(rows_read(plan, "memory_entity") for plan in made) < SIZE / 10


def test_a_long_question_reads_only_the_names_in_it(memory: MemoryController) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
    text = "In which country is the town where the founder of University of Boustein was born?"
    (names, *_) = search(memory, f"{text} And {text.lower()}" * 3)
    assert 1 <= rows_read(names, "memory_entity") < 100


def test_no_processes_are_started_to_look_a_name_up(memory: MemoryController) -> None:
    with connection.cursor() as cursor:  # what a planner counts on when a memory is large
        for name in (
            "parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size",
            "min_parallel_index_scan_size",
        ):  # fmt: skip
            cursor.execute(f"SET LOCAL {name} = 0")
    for plan in search(memory, "In which country is the town of University of Qoustein?"):
        assert not [node for node in nodes(plan) if node["Node Type"].startswith("Gather")]
