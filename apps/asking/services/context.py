"""With what a question is asked: its head, and what was said before it."""

from __future__ import annotations

from django.conf import settings

from apps.asking.models import Question, ReadingChoice
from apps.asking.selectors import earlier_answers, entities_looked_up
from apps.asking.services.as_meant import AS_MEANT, AsChosenHead, AsMeantHead
from apps.asking.services.supported import supported, supported_text
from apps.memory.controller import entity_ref, follow
from worker import registry
from worker.interfaces import ReadHead
from worker.setups import HeadSetup
from worker.types import QuestionContext, TracedAnswer, Turn


def head_of(question: Question) -> ReadHead:
    """Return the head that a question was asked of. Raises UnknownBackend."""
    if question.head == AS_MEANT:
        return _as_meant(question)
    registry.keep_at_most(settings.HEADS_MB * 2**20)
    return registry.read_head(HeadSetup.of(question.head_setup, default=question.head))


def _as_meant(question: Question) -> ReadHead:
    choice = ReadingChoice.objects.filter(asked_again=question).select_related("answer").first()
    if choice is not None:
        return AsChosenHead(choice.reading, choice.said)
    meant = question.meant
    return AsChosenHead(meant.reading) if meant.reading else AsMeantHead(meant)


def context_of(question: Question) -> QuestionContext:
    """Return what a head is told beside the question."""
    topic = entity_ref(follow(question.topic)) if question.topic else None
    return QuestionContext(turns=_turns(question), as_of=question.as_of, topic=topic)


def as_told(question: Question, answer: TracedAnswer) -> TracedAnswer:
    """Return an answer as a reader is told it, without what nothing bears out where the space
    wants that cut."""
    return supported(answer) if HeadSetup.of(question.head_setup, default="").cut else answer


def _turns(question: Question) -> tuple[Turn, ...]:
    """Return what was said before in the conversation, with the entities that it was about: those
    of the facts cited, then those that were looked up."""
    answers = earlier_answers(question)
    looked_up = entities_looked_up(answers)
    turns = []
    for answer in answers:
        entities = [
            entity
            for citation in answer.citations.all()
            for entity in (citation.triple.subject, citation.triple.object)
        ]
        entities += looked_up[answer.pk]
        refs = {entity.pk: entity_ref(entity) for entity in entities}
        turns.append(Turn(answer.question.text, supported_text(answer), tuple(refs.values())))
    return tuple(turns)
