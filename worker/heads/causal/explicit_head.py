"""The explicit read head: the model answers a question while it attends to explicit memories.

What it writes is believed by nobody. A name of it is told only where an active fact of a memory
that it attended to states it of what the question names, and the memory, asked for that fact as
every head asks, says so. All else is no answer from the memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from worker.english.abstaining import abstains
from worker.explicit.attention import Bank, use
from worker.explicit.encode import POSITIONS, Memory, bank_of
from worker.explicit.making import HEAD, from_text, maker_of
from worker.explicit.reading import Reader, Unread
from worker.explicit.retrieve import CHUNK, PER_CHUNK
from worker.explicit.shares import Shares
from worker.heads.asked import Asked
from worker.heads.called import CalledReads, names_said
from worker.heads.causal.adapters import LoadedHead, load_head
from worker.heads.causal.calls import CallTokens
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.limits import memory as memory_limited
from worker.heads.causal.tokens import encode_with_offsets
from worker.heads.encoder.matcher import trained_matcher
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.questions import question_form, why_unread
from worker.heads.text_answers import ANSWER_TOKENS
from worker.interfaces import KeepsReferences
from worker.interfaces import Memory as Facts
from worker.references import KeptReference, Shelf
from worker.stopping import wanted
from worker.types import (
    AnswerProgress,
    AttendedReference,
    Fact,
    MemoryQuery,
    QuestionContext,
    Span,
    TracedAnswer,
)

GROUPS: Final = 3  # of layers, whose shares are told
NO_SHELF: Final = "Explicit memories are not to be had here."
NONE_NEAR: Final = "No explicit memory is near to the question."
NONE_READ: Final = "None of the explicit memories near to the question could be read."
NO_ROOM: Final = "It does not fit beside the question."
NOT_SAID: Final = "The language model found no answer in the explicit memories that it looked at."
NOT_FROM_MEMORY: Final = (
    "What the language model wrote is stated by no fact of the explicit memories that it looked at."
)


@dataclass(frozen=True)
class _Looked:
    """What an answer attends to: the references in the order of the bank, and those left out."""

    references: tuple[KeptReference, ...]
    memories: tuple[Memory, ...]
    left_out: tuple[tuple[KeptReference, Unread], ...]
    seconds: Mapping[str, float]  # what it took to have each at hand, by its id


class ExplicitReadHead:
    """Answers with the ``explicit`` adapter on a base; see the module.

    Raises BaseMissing, AdapterMissing, AdapterOfAnotherBase and UnfitModel.
    """

    name = "explicit"

    def __init__(
        self,
        folder: Path | None = None,
        base: str = "smollm2",
        today: Callable[[], date] = date.today,
        head: LoadedHead | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Load the adapter in ``folder``, by default the shipped one, unless ``head`` is given."""
        self.head = head or load_head(base, HEAD, folder)
        use(self.head.model)
        self.version = self.head.version
        self.today = today
        self.maker = maker_of(self.head)
        self.reader = reader or Reader(self.maker)
        self.tokens = CallTokens(self.head.base.tokenizer)

    @property
    def hashes(self) -> dict[str, str]:
        return self.head.hashes

    def answer(self, question: str, memory: Facts, context: QuestionContext) -> TracedAnswer:
        """Answer from the facts of explicit memories alone, or abstain with the reason."""
        return self.answer_streaming(question, memory, context, lambda progress: None)

    def answer_streaming(
        self,
        question: str,
        memory: Facts,
        context: QuestionContext,
        told: Callable[[AnswerProgress], None],
    ) -> TracedAnswer:
        """Answer as ``answer`` does, and tell each word as it comes."""
        asked = Asked(question, memory, context, self.today())
        if why := why_unread(asked.text):
            return asked.reading().abstain(why)
        if not isinstance(memory, KeepsReferences):
            return asked.reading().abstain(NO_SHELF)
        shelf = memory.shelf(self._stretches(asked.text), self.maker.said, PER_CHUNK)
        looked = self._looked(shelf, asked.text)
        written, shares = self._written(asked.text, looked.memories, told)
        attended = tuple(_attended(looked, shares))
        cited = self._cited(asked, looked, written, shelf)
        return replace(cited, attended=attended, written=written)

    def _stretches(self, text: str) -> list[str]:
        """Return a question in stretches of CHUNK tokens."""
        ids, offsets = encode_with_offsets(self.head.base.tokenizer, text)
        starts = range(0, len(ids), CHUNK)
        return [text[offsets[at][0] : offsets[min(at + CHUNK, len(ids)) - 1][1]] for at in starts]

    def _looked(self, shelf: Shelf, text: str) -> _Looked:
        """Read the memories that fit beside the question; each at most once."""
        found, failed, seconds = self._at_hand(shelf)
        prompt = len(self.tokens.start_ids() + self.tokens.question_ids(text))
        config = self.head.model.config.get_text_config(decoder=True)
        room = config.max_position_embeddings - POSITIONS - prompt - ANSWER_TOKENS
        references, memories = [], []
        left_out: list[tuple[KeptReference, Unread]] = []
        for one in shelf.references:
            if one.id in failed:
                left_out.append((one, failed[one.id]))
            elif found[one.id].tokens > room:
                left_out.append((one, Unread(NO_ROOM)))
            else:
                room -= found[one.id].tokens
                references.append(one)
                memories.append(found[one.id])
        return _Looked(tuple(references), tuple(memories), tuple(left_out), seconds)

    def _at_hand(
        self, shelf: Shelf
    ) -> tuple[dict[str, Memory], dict[str, Unread], dict[str, float]]:
        """Read the memories that have files, all at once, and encode those that are kept as text;
        return them by id, why some could not be had, and what each took."""
        filed = [one for one in shelf.references if not one.pieces]
        started = time.perf_counter()
        found: dict[str, Memory] = {}
        failed: dict[str, Unread] = {}
        if filed:
            assert shelf.blobs is not None, "files come with their place"
            found, failed = self.reader.read(shelf.blobs, filed)
        each = (time.perf_counter() - started) / max(1, len(filed))
        seconds = {one.id: each for one in filed}
        for one in shelf.references:
            if one.pieces:
                wanted()
                started = time.perf_counter()
                try:
                    found[one.id] = from_text(self.head, self.maker, one)
                except ValueError as error:
                    failed[one.id] = Unread(str(error))
                seconds[one.id] = time.perf_counter() - started
        return found, failed, seconds

    def _written(
        self, text: str, memories: Sequence[Memory], told: Callable[[AnswerProgress], None]
    ) -> tuple[str, Shares | None]:
        """Return what the model writes in one line, and where it looked."""
        bank: Bank | None = bank_of([memories])
        watched = replace(bank, shares={}) if bank else None
        decoder = Decoder(self.head.base, self.head.model, bank=watched, begins=POSITIONS)
        shares = Shares([one.tokens for one in memories]) if memories else None
        ids = self.head.base.ids
        prompt = self.tokens.start_ids() + self.tokens.question_ids(text)
        made: list[int] = []
        written = ""
        with memory_limited():
            session = decoder.session(prompt)
            while len(made) < ANSWER_TOKENS:
                wanted()
                token = session.step(banned=ids.own)
                if token == ids.stop:
                    break
                if shares is not None and watched is not None and watched.shares is not None:
                    shares.note(watched.shares)
                made.append(token)
                written = str(self.head.base.tokenizer.decode(made, skip_special_tokens=True))
                told(AnswerProgress(written.strip()))
                if "\n" in written.lstrip():
                    break
        return next(iter(written.strip().splitlines()), "").strip(), shares if made else None

    def _cited(self, asked: Asked, looked: _Looked, written: str, shelf: Shelf) -> TracedAnswer:
        """Return what facts of the memories bear out of what was written."""
        reading = asked.reading()
        if not looked.references:
            return _beside(
                reading.abstain(shelf.trouble or (NONE_READ if looked.left_out else NONE_NEAR)),
                written,
            )
        if abstains(written):
            return reading.abstain(NOT_SAID)
        for query, stating in _queries(asked, looked.references, written):
            answer = self._asked_for(asked, query, stating)
            if answer is not None:
                return answer
        return _beside(reading.abstain(NOT_FROM_MEMORY), written)

    def _asked_for(
        self, asked: Asked, query: MemoryQuery, stating: Sequence[Fact]
    ) -> TracedAnswer | None:
        """Ask the memory for the facts that state what was written; None where it does not give
        them, or the question asks for something else."""
        reads = CalledReads(asked)
        reads.ask([query])
        whole = reads.answer(self.matcher)
        wanted_ids = {fact.triple_id for fact in stating}
        cited = {fact.triple_id for fact in whole.cited}
        if whole.abstained or not wanted_ids & cited:
            return None
        if question_form(asked.text) != "list":
            return whole if cited <= wanted_ids else None
        facts = [fact for fact in whole.cited if fact.triple_id in wanted_ids]
        ends = {end.id for fact in facts for end in (fact.subject, fact.object)}
        answers = [one for one in whole.answers if one.id in ends]
        told = reads.reading.answer(facts, answers=answers, scores=whole.scores)
        return replace(told, questions=whole.questions, understood=whole.understood)

    @cached_property
    def matcher(self) -> RelationMatcher:
        """What tells whether a word of a question speaks of a relation: the encoder's."""
        return trained_matcher()


def _queries(
    asked: Asked, references: Sequence[KeptReference], written: str
) -> Iterator[tuple[MemoryQuery, list[Fact]]]:
    """Yield the look-ups that would bear out what was written: of a relation by which a fact of
    the memories joins a name that was written to one of the question."""
    facts = list({fact.triple_id: fact for one in references for fact in one.facts}.values())
    said = {id_ for name in names_said(written) for id_ in _things(asked.memory, name, facts)}
    found: dict[tuple[str, str, bool], list[Fact]] = {}
    for fact in facts:
        for named in asked.named:
            ids = {entity.id for entity in named.entities}
            name = asked.text[named.start : named.end]
            if fact.object.id in said and fact.subject.id in ids:
                found.setdefault((fact.relation.name, name, True), []).append(fact)
            if fact.subject.id in said and fact.object.id in ids:
                found.setdefault((fact.relation.name, name, False), []).append(fact)
    for (relation, name, known_first), stating in found.items():
        subject, object_ = (name, None) if known_first else (None, name)
        yield MemoryQuery(relation, subject=subject, object=object_), stating


def _things(memory: Facts, name: str, facts: Sequence[Fact]) -> set[str]:
    """Return what a name that was written stands for: whatever bears it whole, as its name or as
    another one."""
    hits = [hit for hit in memory.find_entities(name) if hit[2].how in ("exact", "alias")]
    found = {entity.id for start, end, entity in hits if (start, end) == (0, len(name))}
    ends = [end for fact in facts for end in (fact.subject, fact.object)]
    return found | {end.id for end in ends if end.name.casefold() == name.casefold()}


def _beside(silent: TracedAnswer, written: str) -> TracedAnswer:
    """Return an abstention, with what was written marked as borne out by nothing."""
    own = written.strip()
    if abstains(own):
        return silent
    own = own.replace("[", "(").replace("]", ")")  # it cites nothing
    return replace(silent, text=own, abstained=False, unsupported=(Span(0, len(own)),))


def _attended(looked: _Looked, shares: Shares | None) -> Iterator[AttendedReference]:
    groups = shares.groups(GROUPS) if shares is not None else []
    for number, one in enumerate(looked.references):
        drawn = tuple((group.first, group.last, group.memories[number]) for group in groups)
        yield replace(_said(one), shares=drawn, seconds=looked.seconds.get(one.id, 0.0))
    for one, unread in looked.left_out:
        yield replace(_said(one), left_out=unread.why, damaged=unread.damaged)


def _said(one: KeptReference) -> AttendedReference:
    facts = tuple(fact.triple_id for fact in one.facts)
    return AttendedReference(one.id, one.version, facts, name=one.name, sha256=one.sha256)
