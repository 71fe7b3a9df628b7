"""Answers with the memory: as people get them, and with nothing of it kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from apps.accounts.models import Space
from apps.asking.services.grounding import RecordedMemory
from apps.asking.services.supported import supported
from apps.evaluation.measuring import scoring
from apps.evaluation.measuring.scratch_memory import (
    Conversations,
    Names,
    Reply,
    names_of,
    normalised_names,
)
from apps.evaluation.models import Case
from apps.evaluation.services.answering.given import Given, made_of
from apps.evaluation.services.answering.trying import tried
from apps.explicit.services import ShelfKnownAt, SpaceShelf
from apps.memory.controller import MemoryController
from worker import registry
from worker.setups import HeadSetup
from worker.types import QuestionContext, TracedAnswer, Turn


class MemoryAsker:
    """Asks a space's own memory, as it was at ``known_at``, or as it is. Nothing is written: no
    question, no read, no count, and no event."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime | None) -> None:
        """Raises UnknownBackend and CannotLoad."""
        registry.keep_at_most(settings.HEADS_MB * 2**20)
        self.head = registry.read_head(setup)
        self._cut = setup.cut
        self._known_at = known_at
        embedder = registry.embedder(settings.EMBEDDER)
        self.controller = MemoryController(space, embedder=embedder)
        self._shelf = (
            SpaceShelf(space, embedder)
            if known_at is None
            else ShelfKnownAt(space, embedder, known_at)
        )

    def ask(self, text: str, as_of: date | None = None, turns: Sequence[Turn] = ()) -> Reply:
        """Return the head's reply, checked as people's answers are. See ``tried`` for errors."""
        memory = RecordedMemory(
            self.controller.as_memory(as_of=as_of, known_at=self._known_at), self._shelf
        )

        def checked() -> TracedAnswer:
            answer = self.head.answer(text, memory, QuestionContext(tuple(turns), as_of))
            memory.check(answer)
            return supported(answer) if self._cut else answer

        one = tried("The read head", text, checked)
        return Reply(one.value, one.seconds, one.refused)


class FromMemory:
    """The mode ``memory`` for questions."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime) -> None:
        """Raises UnknownBackend and CannotLoad."""
        self._space = space
        self._asker = MemoryAsker(space, setup, known_at)
        self._talks = Conversations(self._asker)
        head = self._asker.head
        self.made_of: dict[str, Any] = made_of(head, registry.hashes_of(head))

    def answer(self, case: Case) -> Given:
        """Ask the head, after the questions that come before this one."""
        day = case.given.get("as_of")
        as_of = date.fromisoformat(day) if day else None
        reply = self._talks.ask(case.text, as_of, case.given.get("turns", ()))
        if reply.answer is None:
            return Given(seconds=reply.seconds, refused=reply.refused)
        return self._given(case, reply.answer, reply.seconds)

    def _given(self, case: Case, answer: TracedAnswer, seconds: float) -> Given:
        right = right_answers(case)
        ends = {entity.id for fact in answer.cited for entity in (fact.subject, fact.object)}
        names = names_of(self._space, {int(id_) for id_ in ends | {e.id for e in answer.answers}})
        given = scoring.answers_given(answer, right, names)
        stated = () if answer.abstained else answer.cited  # an abstention only offers them
        return Given(
            text=answer.text,
            answers=given.answers,
            abstained=answer.abstained,
            claims=_claims(answer),
            cited=len(stated),
            supporting=scoring.supporting(case.text, stated, right, given, names),
            facts=tuple(int(fact.triple_id) for fact in stated),
            calls=answer.calls,
            score=sureness(answer),
            seconds=seconds,
            traced=answer,
        )


def right_answers(case: Case) -> list[Names]:
    """Return the right answers of a question, each by its names as the memory compares them."""
    return [normalised_names(names) for names in case.expected]


def _claims(answer: TracedAnswer) -> int:
    """Count what an answer states: each fact that it cites, each thing that it says of its own,
    and its whole text where it rests on nothing at all."""
    if answer.abstained:
        return 0
    own = [one for span in answer.unsupported for one in span.of(answer.text).split(";")]
    return len(answer.cited) + sum(bool(one.strip()) for one in own) or 1


def sureness(answer: TracedAnswer) -> float | None:
    """Return the least of what the head says of how sure it was: of the reading that it chose, of
    the relation that it took. None where it says nothing."""
    said = [answer.scores[key] for key in ("reading", "relation") if key in answer.scores]
    return min(max(min(said), 0.0), 1.0) if said else None
