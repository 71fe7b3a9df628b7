"""The read head of a question that was asked again with its reading given by a person."""

from __future__ import annotations

from apps.asking.models import Misreading
from apps.memory.controller import entity_ref
from apps.memory.controller.resolve import follow
from worker.heads.answering import Reading
from worker.interfaces import Memory
from worker.types import QuestionContext, Side, TracedAnswer

AS_MEANT = "as-meant"  # the name of this head on a question


class AsMeantHead:
    """Reads exactly what a person said was meant: an entity, a relation and its known side."""

    name, version = AS_MEANT, "1"

    def __init__(self, meant: Misreading) -> None:
        self.meant = meant

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the facts of the one read, or abstain."""
        reading = Reading(memory, context.as_of)
        wanted = str(self.meant.relation_id)
        relation = next((one for one in memory.relations() if one.id == wanted), None)
        if relation is None:
            return reading.abstain("The relation that was meant is no longer in use.")
        entity = entity_ref(follow(self.meant.entity))
        known: Side = "object" if self.meant.known == Misreading.Known.OBJECT else "subject"
        facts = reading.ask(relation, entity, known)
        if not facts:
            return reading.abstain(
                f"The memory has no such fact; looked up: {relation.name} of {entity.name}."
            )
        found = [fact.object if known == "subject" else fact.subject for fact in facts]
        return reading.answer(facts, answers=found)
