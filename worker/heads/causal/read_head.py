"""The causal read head: the model writes an answer and reads the memory where it needs to.

What it asks for is taken as the question's value (``worker.reading.question``): a chain of reads
from a name in the question. The shared executor looks that value up and says the answer, so every
claim cites a fact, and the pages show how the question was read. A question of which words are
left over, or whose calls make no chain, is abstained from; what the model writes beside its reads
is never told as a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from worker.heads.answering import Reading, other_side
from worker.heads.causal.adapters import LoadedHead, load_head
from worker.heads.causal.calls import CallTokens
from worker.heads.causal.constraint import CopyText, ReadConstraint, RelationTrie, Vocabulary
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.interleaved import Call, Limits, Written, write_on
from worker.heads.encoder.matcher import trained_matcher
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.encoder.whole import whole_question
from worker.heads.questions import is_past, plainly, question_form, why_unread
from worker.interfaces import Memory
from worker.reading.look_up import looked_up, why_nothing
from worker.reading.question import MOST_STEPS, Form, Node, Option, Question, Reached, Thing
from worker.reading.spans import moved
from worker.stopping import unwanted
from worker.types import (
    AnswerProgress,
    EntityRef,
    MemoryQuery,
    QuestionContext,
    RelationSpec,
    Side,
    Span,
    TracedAnswer,
)

NOTHING_READ = "The memory has nothing for what the question was read to ask for."
NOT_READ = "How the question is meant was not understood."


@dataclass
class _Reads:
    """The reads of one question, and what each name stands for."""

    reading: Reading
    question: str
    relations: dict[str, RelationSpec]
    known: dict[str, EntityRef] = field(default_factory=dict)  # by name, what reads have brought
    node: Node | None = None
    scattered: bool = False  # a call does not go on from what the one before has brought
    reached: dict[str, EntityRef] = field(default_factory=dict)

    def ask(self, queries: Sequence[MemoryQuery]) -> list[str]:
        """Read the memory for the queries of one call; return the names that they bring."""
        found: dict[str, EntityRef] = {}
        options: dict[tuple[str, Side], Option] = {}
        things: dict[str, EntityRef] = {}
        for query in queries:
            relation = self.relations.get(query.relation)
            name = query.subject or query.object or ""
            known: Side = "subject" if query.subject else "object"
            if relation is None:
                continue
            for entity in self._entities(name):
                things[entity.id] = entity
                options[relation.id, known] = Option(relation, known)
                for fact in self.reading.ask(relation, entity, known):
                    other = other_side(fact, known)
                    found[other.id] = other
        if found:
            self._take(things, tuple(options.values()), queries, found)
        self.known |= {entity.name.casefold(): entity for entity in found.values()}
        return list(dict.fromkeys(entity.name for entity in found.values()))

    def _entities(self, name: str) -> list[EntityRef]:
        known = self.known.get(name.casefold())
        if known is not None:
            return [known]
        hits = self.reading.memory.find_entities(name)
        return list({e.id: e for start, end, e in hits if (start, end) == (0, len(name))}.values())

    def _take(
        self,
        things: dict[str, EntityRef],
        options: tuple[Option, ...],
        queries: Sequence[MemoryQuery],
        found: dict[str, EntityRef],
    ) -> None:
        """Put a call that brought something into the question's value."""
        goes_on = self.node is not None and set(things) <= set(self.reached)
        if self.node is None:
            self.node = self._thing(queries[0], tuple(things.values()))
        elif not goes_on:
            self.scattered = True
        self.node = Reached(self.node, options, every=len(options) > 1)
        self.reached = found

    def _thing(self, query: MemoryQuery, entities: tuple[EntityRef, ...]) -> Thing:
        name = query.subject or query.object or ""
        start = self.question.find(name)
        spans = (Span(start, start + len(name)),) if start >= 0 else ()
        return Thing(entities, name, spans)


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
        text = plainly(" ".join(question.split()))
        reading = Reading(memory, context.as_of, past=is_past(text), today=self.today())
        if why := why_unread(text):
            return reading.abstain(why)
        relations = {spec.name: spec for spec in memory.relations()}
        if not relations:
            return reading.abstain("The memory has no relation yet.")
        reads = _Reads(reading, text, relations)

        def heard(written: Written) -> None:
            told(AnswerProgress(written.text.strip(), tuple(reading.traces)))

        written = self._written(text, reads, relations, heard)
        if reads.node is None:
            return reading.abstain(NOTHING_READ if written.calls else NOT_READ)
        if reads.scattered or len(written.kept) > MOST_STEPS:
            return reading.abstain(NOT_READ)
        value = self._value(text, reads)
        answer = looked_up(value, lambda time: reading) or why_nothing(value, lambda time: reading)
        answer = _with_own_words(answer, written.text)
        answer = whole_question(self.matcher, memory, text, named_entities(memory, text), answer)
        if answer.abstained:  # its text is another one, of which the model wrote nothing
            answer = replace(answer, unsupported=())
        return replace(answer, questions=tuple(moved(q, question) for q in answer.questions))

    def _written(
        self,
        text: str,
        reads: _Reads,
        relations: dict[str, RelationSpec],
        told: Callable[[Written], None],
    ) -> Written:
        trie = self._trie(tuple(sorted(relations)))
        asked = CopyText(self.vocabulary, text)

        def constraint(calls: Sequence[Call], so_far: str) -> ReadConstraint:
            results = [name for call in calls for name in call.results]
            return ReadConstraint(
                [asked, *(CopyText(self.vocabulary, name) for name in results)], trie
            )

        prompt = self.tokens.start_ids() + self.tokens.question_ids(text)
        return write_on(
            self.decoder.session(prompt), self.tokens, constraint, reads.ask,
            limits=self.limits, begins=True, told=told, cancelled=unwanted,
        )  # fmt: skip

    def _trie(self, names: tuple[str, ...]) -> RelationTrie:
        if names not in self._tries:
            self._tries = {names: RelationTrie(self.vocabulary, names)}
        return self._tries[names]

    def _value(self, text: str, reads: _Reads) -> Question:
        assert reads.node is not None
        form: Form = "how many" if question_form(text) == "count" else "which"
        return Question(form, reads.node, text=text)

    @cached_property
    def matcher(self) -> RelationMatcher:
        """What tells whether a word of a question speaks of a relation: the encoder's."""
        return trained_matcher()


def _with_own_words(answer: TracedAnswer, written: str) -> TracedAnswer:
    """Return an answer with what the model wrote beside what it read, marked as borne out by
    nothing. Whether both say the same is kept among the scores."""
    said = [name.strip() for name in written.split(";") if name.strip()]
    found = {entity.name.casefold() for entity in answer.answers}
    agrees = {name.casefold() for name in said} == found
    answer = replace(answer, scores={**answer.scores, "written": float(agrees)})
    more = "; ".join(name for name in said if name.casefold() not in found)
    if answer.abstained or not more:
        return answer
    start = len(answer.text) + 1
    return replace(
        answer, text=f"{answer.text} {more}", unsupported=(Span(start, start + len(more)),)
    )
