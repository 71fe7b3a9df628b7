"""The read head of a question that was asked again with its reading given by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.asking.models import Misreading
from apps.memory.controller import entity_ref
from apps.memory.controller.resolve import follow
from worker.heads.answering import Reading
from worker.interfaces import Memory
from worker.reading.as_read import answer_as_read
from worker.reading.stored import MalformedQuestion, from_json
from worker.types import QuestionContext, Side, TracedAnswer

AS_MEANT = "as-meant"  # the name of this head on a question


class AsChosenHead:
    """Reads a question exactly as it was meant: a whole reading, as ``Answer.reading`` has it."""

    name, version = AS_MEANT, "1"

    def __init__(self, reading: Mapping[str, Any], said: str = "") -> None:
        self.reading = reading
        self.said = said

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer each question of the text from its reading, or abstain."""
        relations = {relation.id: relation for relation in memory.relations()}
        try:
            read = [from_json(values, relations) for values in self.reading.get("questions", [])]
        except MalformedQuestion:
            return Reading(memory).abstain("A relation that was meant is no longer in use.")
        if not read:
            return Reading(memory).abstain("What was meant is no longer known.")
        answer = answer_as_read(question, read, memory, context.as_of)
        notes = (f"Chosen of what was offered: {self.said}",) if self.said else ()
        return replace(answer, understood=(*notes, *answer.understood))


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
