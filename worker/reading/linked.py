"""A question with its names as things: what readings are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker.heads.timing import AskedTime
from worker.reading.items import Item
from worker.reading.question import Thing


@dataclass(frozen=True)
class Linked:
    """A question with its names as things; ``time`` is what its words for a time mean, which stand
    at the places ``time_words``. ``common`` are the numbers of the things that a common word
    names, as a reading need not use them as such."""

    items: tuple[Item, ...]
    things: tuple[Thing, ...]
    time: AskedTime | None = None
    time_words: frozenset[int] = frozenset()
    common: frozenset[int] = frozenset()
    families: frozenset[int] = frozenset()

    @property
    def proper(self) -> frozenset[int]:
        """The numbers of the things that a proper name stands for."""
        return frozenset(range(len(self.things))) - self.common

    @property
    def texts(self) -> list[str]:
        return [item.text if item.kind == "word" else "" for item in self.items]

    def places(self, words: Sequence[str] | frozenset[str]) -> frozenset[int]:
        """Return where some words stand."""
        return frozenset(at for at, text in enumerate(self.texts) if text in words)

    @property
    def name_places(self) -> list[int]:
        """Where the names stand, in the order of their numbers."""
        return [at for at, item in enumerate(self.items) if isinstance(item.node, Thing)]

    def numbers(self, places: frozenset[int]) -> frozenset[int]:
        """Return the numbers of the things whose names stand at some places."""
        return frozenset(number for number, at in enumerate(self.name_places) if at in places)
