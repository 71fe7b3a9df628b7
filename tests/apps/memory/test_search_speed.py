"""How the search for names grows with the memory. Figures: docs/experiments.md."""

from __future__ import annotations

import statistics
import time

import pytest
from django.db import connection

from apps.accounts.models import Space
from apps.common.text import normalise_name
from apps.memory.controller import MemoryController
from apps.memory.models import Entity
from tests.factories import make_space
from tests.names import Names, questions

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def _filled(size: int) -> tuple[Space, list[str]]:
    space = make_space(f"names-{size}")
    made = list(Names(size).names(size))
    Entity.objects.bulk_create(
        Entity(space=space, name=name, normalised=normalise_name(name), type=type_)
        for name, type_ in made
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE memory_entity, memory_word")
    return space, [name for name, _ in made]


def _measured(space: Space, names: list[str]) -> dict[str, tuple[float, float]]:
    """Return by kind of question the median seconds, and the share that finds an entity."""
    memory = MemoryController(space)
    figures: dict[str, tuple[float, float]] = {}
    for kind, texts in questions(names, 100).items():
        taken, found = [], 0
        for text in texts:
            started = time.perf_counter()
            found += bool(memory.find_entities(text))
            taken.append(time.perf_counter() - started)
        figures[kind] = (statistics.median(taken), found / len(texts))
    return figures


def test_the_search_for_names_hardly_grows_with_the_memory() -> None:
    small = _measured(*_filled(2_000))
    large = _measured(*_filled(20_000))
    assert small["exact"][1] == large["exact"][1] == 1
    assert min(small["misspelt"][1], large["misspelt"][1]) > 0.9
    assert max(small["unknown"][1], large["unknown"][1]) < 0.2
    for kind, (seconds, _) in large.items():
        assert seconds < 4 * small[kind][0], kind  # ten times the names; the machine may be busy
