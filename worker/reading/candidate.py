"""A reading of a question, and what of its words the making of readings looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from worker.english.comparing import COUNTING, FIRST_OF, LASTED, LIVED, NEXT_TO_LAST
from worker.english.numbers import PLACES
from worker.interfaces import Memory
from worker.reading.alignment import Alignment
from worker.reading.around import Around, Step
from worker.reading.chains import Chain
from worker.reading.linked import Linked
from worker.reading.operators import EXTREMES, Operator, framed
from worker.reading.question import Picked, Question
from worker.types import EntityRef, Fact


@dataclass(frozen=True)
class Candidate:
    """A reading: the value, the steps it takes, what it leads to (where that is known without a
    look at times), the names it uses, and the places of words that its operators account for."""

    question: Question
    steps: tuple[Step, ...]
    ends: tuple[EntityRef, ...]
    things: frozenset[int]
    words: frozenset[int]
    grounds: tuple[Fact, ...] = ()  # what its time rests on


def unnamed(type_: str) -> str:
    """Return what stands for a thing of a type that a question does not name."""
    return {"PER": "somebody", "ORG": "an organisation", "LOC": "a place"}.get(type_, "something")


class AskedOfMemory:
    """A question with what its memory holds of it, as those who make its candidates look at it."""

    def __init__(
        self, linked: Linked, memory: Memory, around: Around, alignment: Alignment, today: date
    ) -> None:
        self.linked = linked
        self.memory = memory
        self.today = today
        self.around = around
        self.alignment = alignment
        self.frame = framed(linked.items)
        self.texts = linked.texts

    def picked(self, one: Chain) -> Iterator[tuple[Picked, frozenset[int]]]:
        """Yield the first, last or n-th of a set by date, and the places of the words for it."""
        for at, text in enumerate(self.texts):
            orders = {**PLACES, **EXTREMES, **FIRST_OF, **NEXT_TO_LAST}
            over = text == "longer" and self.texts[at - 1 : at] == ["no"]
            if (text in orders or text in LASTED) and not over:
                place = orders.get(text, LASTED.get(text, -1))
                words = self.linked.places(LIVED) if text in LASTED else frozenset()
                yield Picked(one.node, place, text), words | {at}

    def operator_words(self, operator: Operator) -> frozenset[int]:
        """Return the places of the words of an operator."""
        return self.frame.places(operator, self.linked.items)

    def counting(self) -> frozenset[int]:
        """Return the places of the words that ask for a number."""
        words = COUNTING | {"how", "many", "times"}
        return self.operator_words("form") | self.linked.places(words)

    def time_words(self, question: Question) -> frozenset[int]:
        """Return the places of the words for a time, if a question is for one."""
        return self.linked.time_words if question.time is not None else frozenset()

    def now_words(self, question: Question) -> frozenset[int]:
        """Return the places of the words for the present, if a question asks for it."""
        return self.operator_words("now") if question.now or question.ended else frozenset()

    def made(self, question: Question, one: Chain, words: frozenset[int]) -> Candidate:
        """Return a candidate with the steps of a set; ``words`` are those of its operators."""
        return Candidate(question, one.steps, one.ends, one.things, words | one.words)
