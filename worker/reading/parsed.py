"""What the parser asks of a ranker, and what it makes: readings of the words of a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.reading.items import Phrase
from worker.reading.question import Node, Option
from worker.types import RelationSpec


class Ranker(Protocol):
    """Finds the relations that words may mean."""

    @property
    def relations(self) -> Sequence[RelationSpec]: ...

    def mask(self, type_: str) -> str:
        """Return the words that stand for a thing of a type."""
        ...

    def prepare(self, phrases: Sequence[Phrase]) -> None:
        """Take note of what will be asked for, so that it is encoded in one go."""
        ...

    def options(self, asked: Phrase) -> Sequence[Option]:
        """Return the relations that a phrase may ask for of its thing, best first."""
        ...

    def carries(self, asked: Phrase, word: str, option: Option) -> bool:
        """Tell whether a relation is found because of a word of the phrase."""
        ...


@dataclass(frozen=True)
class Parsed:
    """A reading of the words of a question; ``left`` are those that it does not account for."""

    target: Node
    cost: float
    type: str = ""
    among: Node | None = None
    left: tuple[str, ...] = ()
