"""The read head of a question that was asked again with its reading given by a person."""

from __future__ import annotations

from typing import Any

from apps.asking.models import Misreading
from apps.memory.controller import entity_ref
from apps.memory.controller.resolve import follow
from worker.heads.answering import Reading, combined
from worker.heads.questions import is_past
from worker.heads.timing import AskedTime
from worker.interfaces import Memory
from worker.reading.look_up import looked_up, why_nothing
from worker.reading.stored import MalformedQuestion, from_json
from worker.types import QuestionContext, Side, TracedAnswer

AS_MEANT = "as-meant"  # the name of this head on a question


class AsMeantHead:
    """Reads exactly what a person said was meant: a whole reading, or an entity, a relation and
    its known side."""

    name, version = AS_MEANT, "1"

    def __init__(self, meant: Misreading) -> None:
        self.meant = meant

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the facts of the one read, or abstain."""
        if self.meant.reading:
            return _as_read(question, self.meant.reading, memory, context)
        reading = Reading(memory, context.as_of)
        wanted = str(self.meant.relation_id)
        relation = next((one for one in memory.relations() if one.id == wanted), None)
        if relation is None:
            return reading.abstain("The relation that was meant is no longer in use.")
        assert self.meant.entity is not None, "the database lets no other row in"
        entity = entity_ref(follow(self.meant.entity))
        known: Side = "object" if self.meant.known == Misreading.Known.OBJECT else "subject"
        facts = reading.ask(relation, entity, known)
        if not facts:
            return reading.abstain(
                f"The memory has no such fact; looked up: {relation.name} of {entity.name}."
            )
        found = [fact.object if known == "subject" else fact.subject for fact in facts]
        return reading.answer(facts, answers=found)


def _as_read(
    text: str, kept: dict[str, Any], memory: Memory, context: QuestionContext
) -> TracedAnswer:
    """Answer each question of a text from a reading that a person gave."""
    relations = {relation.id: relation for relation in memory.relations()}
    answers: list[TracedAnswer] = []
    for values in kept["questions"]:

        def reading(time: AskedTime | None) -> Reading:
            cited = sum(len(answer.cited) for answer in answers)
            return Reading(memory, time or context.as_of, past=is_past(text), cited=cited)

        try:
            question = from_json(values, relations)
        except MalformedQuestion:
            return reading(None).abstain("A relation that was meant is no longer in use.")
        answers.append(looked_up(question, reading) or why_nothing(question, reading))
    return combined(answers)
