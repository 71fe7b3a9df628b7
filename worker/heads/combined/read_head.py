"""A read head that answers, and another one for what it does not understand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from worker.heads.combined.write_head import hashes_of_both, version_of_both
from worker.interfaces import Memory, ReadHead, StreamingReadHead
from worker.types import AnswerProgress, QuestionContext, TracedAnswer


class OneThenOther:
    """The first head's answer, unless it understood nothing and the second head has one.

    The reads of both are in the answer, and it says who gave it.
    """

    def __init__(self, name: str, first: ReadHead, second: ReadHead) -> None:
        self.name = name
        self.first, self.second = first, second
        self.version = version_of_both(first.version, second.version)

    @property
    def hashes(self) -> dict[str, str]:
        return hashes_of_both(self.first, self.second)

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain with the first head's reason."""
        first = self.first.answer(question, memory, context)
        if not is_left_to_other(first):
            return first
        return self._both(first, self.second.answer(question, memory, context))

    def answer_streaming(
        self,
        question: str,
        memory: Memory,
        context: QuestionContext,
        told: Callable[[AnswerProgress], None],
    ) -> TracedAnswer:
        """Answer as ``answer`` does, and tell what either head tells."""
        first = answered(self.first, question, memory, context, told)
        if not is_left_to_other(first):
            return first

        def told_after(progress: AnswerProgress) -> None:
            told(replace(progress, reads=(*first.reads, *progress.reads)))

        return self._both(first, answered(self.second, question, memory, context, told_after))

    def _both(self, first: TracedAnswer, second: TracedAnswer) -> TracedAnswer:
        reads = (*first.reads, *second.reads)
        calls = "\n".join(filter(None, (first.calls, second.calls)))
        if second.abstained:
            return replace(first, reads=reads, calls=calls)
        note = (
            f"The head “{self.first.name}” did not understand the question; "
            f"“{self.second.name}” answered it."
        )
        return replace(second, reads=reads, calls=calls, understood=(note, *second.understood))


def answered(
    head: ReadHead,
    question: str,
    memory: Memory,
    context: QuestionContext,
    told: Callable[[AnswerProgress], None],
) -> TracedAnswer:
    """Return a head's answer; a head that tells how far it is tells it."""
    if isinstance(head, StreamingReadHead):
        return head.answer_streaming(question, memory, context, told)
    return head.answer(question, memory, context)


def is_left_to_other(answer: TracedAnswer) -> bool:
    """Tell whether a head abstained because it understood nothing of the question."""
    return answer.abstained and not answer.questions
