"""A read head that needs no model and tells word by word how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from worker.heads.scripted.read_head import ScriptedReadHead
from worker.heads.scripted.write_head import ScriptedConfig
from worker.interfaces import Memory
from worker.types import (
    AnswerProgress,
    EntityRef,
    MemoryQuery,
    QuestionContext,
    ReadResult,
    ReadTrace,
    RelationSpec,
    Span,
    TracedAnswer,
)

REMARK = "So much is widely known."


@dataclass
class _Watched:
    """A memory that tells of each read."""

    memory: Memory
    told: Callable[[ReadResult], None]

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        return self.memory.find_entities(text)

    def relations(self) -> Sequence[RelationSpec]:
        return self.memory.relations()

    def read(self, query: MemoryQuery) -> ReadResult:
        result = self.memory.read(query)
        self.told(result)
        return result


class ScriptedStreamingHead:
    """Answers as the scripted head does, and adds a remark that no fact bears out.

    After each read and each word it tells how far it is, and waits SCRIPTED_DELAY seconds.
    """

    name = "scripted-streaming"
    version = "1"

    def __init__(self, delay: float | None = None, remark: str = REMARK) -> None:
        self.delay = ScriptedConfig.from_environment().delay if delay is None else delay
        self.remark = remark

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer without telling anything."""
        return self._remarked(ScriptedReadHead().answer(question, memory, context))

    def answer_streaming(
        self,
        question: str,
        memory: Memory,
        context: QuestionContext,
        told: Callable[[AnswerProgress], None],
    ) -> TracedAnswer:
        """Answer, telling of every read and every word."""
        reads: list[ReadTrace] = []

        def tell(text: str) -> None:
            told(AnswerProgress(text, tuple(reads)))
            time.sleep(self.delay)

        def read(result: ReadResult) -> None:
            asked = result.query
            call = f"{asked.subject or ''}>>{asked.relation}>>{asked.object or ''}"
            reads.append(ReadTrace(f"({{MEM_READ({call})-->", result))
            tell("")

        answer = self._remarked(
            ScriptedReadHead().answer(question, _Watched(memory, read), context)
        )
        words = answer.text.split(" ")
        for count in range(1, len(words) + 1):
            tell(" ".join(words[:count]))
        return answer

    def _remarked(self, answer: TracedAnswer) -> TracedAnswer:
        if answer.abstained or not self.remark:
            return answer
        text = f"{answer.text} {self.remark}"
        return replace(answer, text=text, unsupported=(Span(len(answer.text), len(text)),))
