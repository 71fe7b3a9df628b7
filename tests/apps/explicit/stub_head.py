"""A read head that attends to explicit memories, without a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from apps.asking.models import Question
from apps.asking.services.answering import question_answer_here
from apps.explicit import services
from tests.apps.explicit.rows import StubMaker
from worker.heads.answering import Reading
from worker.references import Shelf
from worker.types import AttendedReference

QUESTION = "Where was Ada Brook born?"


class StubHead:
    """Attends to all that it is given and cites the first fact of the first memory."""

    name, version = "explicit", "v1"

    def __init__(self, maker: StubMaker) -> None:
        self.maker = maker
        self.while_decoding: Callable[[], None] = lambda: None
        self.shelves: list[Shelf] = []
        self.left_out = ""
        self.damaged = False
        self.cites = True
        self.writes: str | None = None  # whatever it looks at

    def answer(self, question, memory, context):
        shelf = memory.shelf([question], self.maker.said, 5)
        self.shelves.append(shelf)
        self.while_decoding()
        reading = Reading(memory, None)
        answer = reading.abstain(shelf.trouble or "Nothing to tell.")
        written = ""
        if self.cites and any(one.facts for one in shelf.references[:1]):
            fact = shelf.references[0].facts[0]
            written = fact.object.name
            facts = reading.ask(fact.relation, fact.subject, "subject")
            if facts:
                answer = reading.answer(facts, answers=[fact.object])
        return replace(
            answer,
            written=written if self.writes is None else self.writes,
            attended=tuple(
                AttendedReference(
                    one.id, one.version, tuple(fact.triple_id for fact in one.facts),
                    ((0, 4, 0.1234), (5, 9, 0.02)), self.left_out, self.damaged,
                    name=one.name, sha256=one.sha256,
                )
                for one in shelf.references
            ),
        )  # fmt: skip


def build(space, alice) -> None:
    services.build_run(build_id=services.build_request(space=space, actor=alice).pk)


def ask(space, carol) -> Question:
    return question_answer_here(space=space, actor=carol, text=QUESTION)
