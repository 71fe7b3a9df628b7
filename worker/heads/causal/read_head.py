"""The causal read head: the model writes an answer and reads the memory where it needs to.

What it asks for is taken as the question's value (``worker.heads.called``). The shared executor
looks that value up and says the answer, so every claim cites a fact, and the pages show how the
question was read. A question of which words are left over, or whose calls make no value, is
abstained from; what the model writes beside its reads is never told as a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

from worker.heads.asked import Asked
from worker.heads.called import CalledReads, agreeing, unsaid
from worker.heads.causal.adapters import LoadedHead, load_head
from worker.heads.causal.calls import CallTokens
from worker.heads.causal.constraint import CopyText, ReadConstraint, RelationTrie, Vocabulary
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.interleaved import Call, Limits, Written, write_on
from worker.heads.causal.session import EndlessSession
from worker.heads.encoder.matcher import trained_matcher
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.questions import why_unread
from worker.interfaces import Memory
from worker.stopping import unwanted
from worker.types import AnswerProgress, QuestionContext, Span, TracedAnswer


class CausalReadHead:
    """Answers with the ``read`` adapter on a base; see the module.

    Raises BaseMissing, AdapterMissing and AdapterOfAnotherBase.
    """

    name = "causal"

    def __init__(
        self,
        folder: Path | None = None,
        base: str = "smollm2",
        today: Callable[[], date] = date.today,
        limits: Limits | None = None,
        head: LoadedHead | None = None,
    ) -> None:
        """Load the adapter in ``folder``, by default the shipped one, unless ``head`` is given."""
        self.head = head or load_head(base, "read", folder)
        self.version = self.head.version
        self.today, self.limits = today, limits or Limits()
        self.decoder = Decoder(self.head.base, self.head.model)
        self.tokens = CallTokens(self.head.base.tokenizer)
        self.vocabulary = Vocabulary(self.head.base.tokenizer, self.head.base.ids)
        self._tries: dict[tuple[str, ...], RelationTrie] = {}

    @property
    def hashes(self) -> dict[str, str]:
        return self.head.hashes

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain with the reason."""
        return self.answer_streaming(question, memory, context, lambda progress: None)

    def answer_streaming(
        self,
        question: str,
        memory: Memory,
        context: QuestionContext,
        told: Callable[[AnswerProgress], None],
    ) -> TracedAnswer:
        """Answer as ``answer`` does, and tell each word and each read as it comes."""
        asked = Asked(question, memory, context, self.today())
        if why := why_unread(asked.text):
            return asked.reading().abstain(why)
        reads = CalledReads(asked)
        if not reads.relations:
            return asked.reading().abstain("The memory has no relation yet.")

        def heard(written: Written) -> None:
            told(AnswerProgress(written.text.strip(), tuple(reads.reading.traces)))

        prompt = self.tokens.start_ids() + self.tokens.question_ids(asked.text)
        session = EndlessSession(self.decoder.session, prompt)
        written = self._written(session, asked.text, reads, heard)
        answer = agreeing(reads.answer(self.matcher), written.text)
        return _with_own_words(_with_left_out(answer, session.left_out), written.text)

    def _written(
        self,
        session: EndlessSession,
        text: str,
        reads: CalledReads,
        told: Callable[[Written], None],
    ) -> Written:
        trie = self._trie(tuple(sorted(reads.relations)))
        asked = CopyText(self.vocabulary, text)

        def constraint(calls: Sequence[Call], so_far: str) -> ReadConstraint:
            results = [name for call in calls for name in call.results]
            return ReadConstraint(
                [asked, *(CopyText(self.vocabulary, name) for name in results)], trie
            )

        return write_on(
            session, self.tokens, constraint, reads.ask,
            limits=self.limits, begins=True, told=told, cancelled=unwanted,
        )  # fmt: skip

    def _trie(self, names: tuple[str, ...]) -> RelationTrie:
        if names not in self._tries:
            self._tries = {names: RelationTrie(self.vocabulary, names)}
        return self._tries[names]

    @cached_property
    def matcher(self) -> RelationMatcher:
        """What tells whether a word of a question speaks of a relation: the encoder's."""
        return trained_matcher()


def _with_left_out(answer: TracedAnswer, count: int) -> TracedAnswer:
    """Return an answer that says how many tokens the model saw no more when it ended."""
    if not count:
        return answer
    said = f"The oldest {count} tokens left the language model's window before it was done."
    return replace(answer, understood=(*answer.understood, said))


def _with_own_words(answer: TracedAnswer, written: str) -> TracedAnswer:
    """Return an answer with what the model wrote beside what it read, marked as borne out by
    nothing."""
    more = "; ".join(unsaid(answer, written))
    if answer.abstained or not more:
        return answer
    start = len(answer.text) + 1
    return replace(
        answer, text=f"{answer.text} {more}", unsupported=(Span(start, start + len(more)),)
    )
