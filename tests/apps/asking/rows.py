"""A small memory that can be asked, and read heads that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from apps.accounts.models import Space, User
from apps.memory.models import Evidence, Triple
from tests import factories
from worker.heads.answering import Reading
from worker.interfaces import Memory
from worker.types import QuestionContext, TracedAnswer

QUESTION = "Where was Ada Brook born?"


def fill(space: Space, approved_by: User) -> tuple[Triple, Evidence]:
    """Put "Ada Brook was born in Lindenau" and two more facts into the memory."""
    document = factories.make_document(space, approved_by, title="Ada Brook, a life")
    factories.make_relation(
        space,
        "place of birth",
        questions=["Where was {subject} born?"],
        inverse_questions=["Who was born in {object}?"],
        single_valued=True,
    )
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    founded = factories.make_triple(
        space,
        "Brook Institute",
        factories.make_relation(
            space,
            "founded by",
            template="{subject} was founded by {object}.",
            questions=["Who founded {subject}?"],
        ),
        "Ada Brook",
    )
    evidence = factories.make_evidence(born, document, approved_by)
    other = factories.make_document(
        space, approved_by, "The Brook Institute was founded by Ada Brook.", title="Institutes"
    )
    factories.make_evidence(founded, other, approved_by)
    return born, evidence


class BentHead:
    """A read head that answers the birth place of Ada Brook truly and then bends the answer."""

    name, version = "bent", "0"

    def __init__(self, bend: Callable[[TracedAnswer], TracedAnswer]) -> None:
        self.bend = bend
        self.contexts: list[QuestionContext] = []

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        self.contexts.append(context)
        reading = Reading(memory)
        relation = next(one for one in memory.relations() if one.name == "place of birth")
        entity = next(ref for _, _, ref in memory.find_entities("Ada Brook"))
        facts: Sequence = reading.ask(relation, entity, "subject")
        return self.bend(reading.answer_names(facts, "subject", "list", {}))


def invented(answer: TracedAnswer) -> TracedAnswer:
    """Cite a fact whose object was changed."""
    fact = answer.cited[0]
    return replace(answer, cited=(replace(fact, object=replace(fact.object, name="Paris")),))
