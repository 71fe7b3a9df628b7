"""A question that a language model has turned into look-ups: looked up by the executor that serves
every head, and answered only where each of its words is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import as_days, time_of
from worker.heads.encoder.mentions import NamedEntity, named_entities, with_surnames
from worker.heads.questions import is_past, is_perfect, plainly
from worker.heads.timing import AskedTime, Timed, on_day
from worker.interfaces import Memory
from worker.reading.leftover import Word, words_of
from worker.reading.look_up import ReadingFor, looked_up, why_nothing
from worker.reading.question import AllOf, Question
from worker.reading.spans import moved
from worker.reading.stems import own_names
from worker.types import QuestionContext, TracedAnswer

if TYPE_CHECKING:  # torch comes with it
    from worker.heads.encoder.relation_matching import RelationMatcher

NOT_READ = "How the question is meant was not understood."
_EITHER = frozenset(("or", "nor", "either", "neither"))
_BOTH = "both"


@dataclass(frozen=True)
class Asked:
    """One question and what surrounds it; ``written`` is how it was put."""

    written: str
    memory: Memory
    context: QuestionContext
    today: date

    @cached_property
    def text(self) -> str:
        """The question as it is read."""
        return with_surnames(plainly(" ".join(self.written.split())), self.memory)

    @cached_property
    def named(self) -> list[NamedEntity]:
        """What the question names."""
        return named_entities(self.memory, self.text)

    @cached_property
    def timed(self) -> Timed | None:
        """The words for the time that the question asks about."""
        own = own_names(self.text, self.memory.relations())
        return time_of(self.text, self.named, self.today, own)[0]

    @property
    def time(self) -> AskedTime | None:
        """The days that the question asks about; None where it picks from what there is."""
        return self.timed.time if self.timed and not self.timed.time.pick else None

    def reading(self, time: AskedTime | None = None) -> Reading:
        """Begin reads for a time, by default that of the conversation."""
        as_of = on_day(self.context.as_of) if self.context.as_of else None
        past, ever = is_past(self.text), is_perfect(self.text)
        return Reading(self.memory, time or as_of, past=past, ever=ever, today=self.today)

    def looked_up(
        self, question: Question, begin: ReadingFor, matcher: RelationMatcher
    ) -> TracedAnswer:
        """Return what the memory answers to the question's value; an abstention that says where
        the search ended, or which words of the question the value leaves out."""
        from worker.heads.encoder.whole import whole_question

        if isinstance(question.target, AllOf) and self._is_for_any:
            return begin(question.time).abstain(NOT_READ)
        answer = looked_up(question, begin) or why_nothing(question, begin)
        if question.time is not None and _told_by(answer, question.time):
            note = as_days(question.time)
            answer = replace(answer, understood=(note, *answer.understood))
        spans = [(one.start, one.end) for one in self._accounted(question)]
        return self.placed(
            whole_question(
                matcher, self.memory, self.text, self.named, answer, spans, suspected=True
            )
        )

    def placed(self, answer: TracedAnswer) -> TracedAnswer:
        """Return an answer whose questions are placed in the text as it was put."""
        return replace(answer, questions=tuple(moved(q, self.written) for q in answer.questions))

    @property
    def _is_for_any(self) -> bool:
        """Whether the question asks for one thing or another, and not for what several look-ups
        have in common."""
        return any(word.plain in _EITHER for word in self._unnamed())

    def _accounted(self, question: Question) -> Iterator[Word]:
        if isinstance(question.target, AllOf):
            yield from (word for word in self._unnamed() if word.plain == _BOTH)

    def _unnamed(self) -> Iterator[Word]:
        """Yield the words that stand in no name."""
        for word in words_of(self.text):
            if not any(one.start <= word.start and word.end <= one.end for one in self.named):
                yield word


def _told_by(answer: TracedAnswer, time: AskedTime) -> bool:
    """Tell whether a time can have had to do with an answer: some fact has dates, or might."""
    dated = (fact.valid_from or fact.valid_to or fact.relation.lasts for fact in answer.cited)
    return answer.abstained or time.now or any(dated)
