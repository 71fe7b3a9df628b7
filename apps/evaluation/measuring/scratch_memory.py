"""A memory for one measurement, which leaves no trace, and questions put to it."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Protocol

from django.db import DatabaseError, transaction

from apps.accounts.models import Space
from apps.asking.services.errors import AnswerRefused
from apps.asking.services.grounding import RecordedMemory
from apps.common.names import normalise_name
from apps.evaluation.measuring.errors import EvaluationError
from apps.memory.controller import MemoryController
from apps.memory.models import Alias, Entity
from worker.heads.answering import turn_of
from worker.interfaces import Embedder, Memory, ReadHead
from worker.reading.as_read import answer_as_read
from worker.reading.question import Question
from worker.types import QuestionContext, TracedAnswer, Turn

logger = logging.getLogger(__name__)

Names = frozenset[str]  # the normalised names of one thing


@contextmanager
def throwaway_space() -> Iterator[Space]:
    """Give a new space inside a transaction that is always rolled back.

    Its rows and events are never committed: other connections see none of them, and nothing is
    left after an error, Ctrl-C or a killed process.
    """
    with transaction.atomic():
        yield Space.objects.create(
            slug=f"evaluation-{uuid.uuid4().hex[:12]}", name="A measurement", self_review=True
        )
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Reply:
    """What came of a question. ``answer`` is None where the product would have shown none."""

    answer: TracedAnswer | None
    seconds: float
    refused: str = ""


class Asker:
    """Asks as the product does (head, memory controller, check of every citation), saving nothing.

    ``seconds`` of a reply is the time for head, memory and check, without rows of the answer.
    """

    def __init__(self, space: Space, head: ReadHead, embedder: Embedder) -> None:
        self.head = head
        self.controller = MemoryController(space, embedder=embedder)
        self.ask("Where was nobody born?")  # what is computed once belongs to no question

    def ask(self, text: str, as_of: date | None = None, turns: Sequence[Turn] = ()) -> Reply:
        """Return the head's reply, after the ``turns`` of a conversation; an error of the head is
        a refusal that says which."""
        context = QuestionContext(tuple(turns), as_of)
        return self._reply(text, as_of, lambda memory: self.head.answer(text, memory, context))

    def as_meant(self, text: str, as_of: date | None, meant: Question) -> Reply:
        """Return the reply to a question that is read as it was ``meant``, by whatever head."""
        return self._reply(text, as_of, lambda memory: answer_as_read(text, [meant], memory, as_of))

    def _reply(
        self, text: str, as_of: date | None, answered: Callable[[Memory], TracedAnswer]
    ) -> Reply:
        memory = RecordedMemory(self.controller.as_memory(as_of=as_of))
        began = time.perf_counter()
        try:
            with transaction.atomic():
                began = time.perf_counter()
                answer = answered(memory)
                memory.check(answer)
                seconds = time.perf_counter() - began
        except AnswerRefused as error:
            return Reply(None, time.perf_counter() - began, error.message)
        except DatabaseError:
            raise
        except Exception as error:
            logger.exception("%s", text)
            return Reply(None, time.perf_counter() - began, f"stopped on {type(error).__name__}")
        return Reply(answer, seconds)


class Asks(Protocol):
    """What puts a question, after turns, to a head."""

    def ask(self, text: str, as_of: date | None = None, turns: Sequence[Turn] = ()) -> Reply:
        """Return what came of it."""
        ...


class Conversations:
    """Asks after the earlier questions of a conversation, each of them once."""

    def __init__(self, asker: Asks) -> None:
        self.asker = asker
        self._turns: dict[tuple[str, ...], tuple[Turn, ...]] = {(): ()}

    def ask(self, text: str, as_of: date | None = None, before: Sequence[str] = ()) -> Reply:
        """Return the reply to a question that follows the questions ``before``, as the head
        answers these itself; one that the product would not answer is no turn, as there."""
        return self.asker.ask(text, as_of, self._after(tuple(before)))

    def _after(self, before: tuple[str, ...]) -> tuple[Turn, ...]:
        if before not in self._turns:
            turns = self._after(before[:-1])
            answer = self.asker.ask(before[-1], None, turns).answer
            self._turns[before] = (*turns, turn_of(before[-1], answer)) if answer else turns
        return self._turns[before]


def names_of(space: Space, entities: set[int]) -> dict[str, Names]:
    """Return the normalised names and aliases of entities, by the id that heads see."""
    rows = Entity.objects.filter(space=space, pk__in=entities).values_list("pk", "normalised")
    names = {pk: {normalised} for pk, normalised in rows}
    aliases = Alias.objects.filter(space=space, entity__in=entities)
    for pk, normalised in aliases.values_list("entity_id", "normalised"):
        names[pk].add(normalised)
    return {str(pk): frozenset(found) for pk, found in names.items()}


def normalised_names(names: list[str]) -> Names:
    """Return the names of one thing as the memory compares them."""
    return frozenset(normalise_name(name) for name in names)


def opened(path: Path | None, stack: ExitStack) -> IO[str] | None:
    """Return a file to write to, open as long as the stack. Raises EvaluationError."""
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("w", encoding="utf-8", errors="replace"))
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}.") from error
