"""Where the time of a question goes: each moment belongs to one part."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from apps.memory.controller import MemoryController
from worker.interfaces import ReadHead
from worker.types import EntityRef

SEARCH, EMBEDDING, DATABASE, REST = "entity_search", "embedding", "database", "rest"
PARTS = (SEARCH, EMBEDDING, DATABASE, REST)
SEARCH_DATABASE = "entity_search_database"  # how much of the search is in the database


class Clock:
    """Adds up the seconds of each part. Inside one part no other begins, but that the statements
    of entity search, which count for the search, are noted beside."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside = ""

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time inside for ``name``, unless an outer part has it already."""
        outer, began = self._inside, time.perf_counter()
        self._inside = outer or name
        try:
            yield
        finally:
            self._inside = outer
            taken = time.perf_counter() - began
            if not outer:
                self.seconds[name] += taken
            elif (outer, name) == (SEARCH, DATABASE):
                self.seconds[SEARCH_DATABASE] += taken

    def statement(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Run a statement as an ``execute_wrapper`` of Django does, and count it as database."""
        with self.part(DATABASE):
            return execute(*statement)

    def taken(self, total: float) -> dict[str, float]:
        """Return the milliseconds of each part since the last call; the rest makes the total."""
        found = {part: 1000 * self.seconds[part] for part in (*PARTS[:-1], SEARCH_DATABASE)}
        found[REST] = 1000 * total - sum(found[part] for part in PARTS[:-1])
        self.seconds.clear()
        return found


class TimedController(MemoryController):
    """A memory controller whose search for entities is timed."""

    clock: Clock

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        """See MemoryController.find_entities."""
        with self.clock.part(SEARCH):
            return super().find_entities(text)


@contextmanager
def embedding_timed(head: ReadHead, clock: Clock) -> Iterator[Callable[[], None]]:
    """Time the vectors of questions that a head makes, if it makes any.

    Gives a function that lets the head forget them, so that no question profits from another.
    """
    matcher: Any = getattr(head, "matcher", None)
    if matcher is None:
        yield lambda: None
        return
    vectors = matcher.question_vectors

    def timed(questions: Any) -> Any:
        with clock.part(EMBEDDING):
            return vectors(questions)

    matcher.question_vectors = timed
    try:
        yield matcher.forget_questions
    finally:
        del matcher.question_vectors
