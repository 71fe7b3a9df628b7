"""From the proposals of a write head to candidates: nothing is believed that the text lacks."""

from __future__ import annotations

import logging
import math
from collections.abc import Container, Iterable
from typing import TypeAlias

from apps.common.names import normalise_name
from apps.curation.models import Candidate, Extraction, Unstated
from apps.curation.services.along import said_by, still_waiting
from apps.curation.services.held import facts_held
from apps.curation.services.implied import ImpliedReader
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Triple
from apps.sources import passages
from apps.sources.models import Document, Passage
from apps.sources.passages import FactSpans
from worker.chat.persons import is_person
from worker.english.demonyms import country_of
from worker.english.other_languages import other_language
from worker.implications import Implications, Step
from worker.interfaces import Embedder
from worker.literals import Value, as_json, parse_literal
from worker.mentions.names import called
from worker.protocol import ProtocolError, parse_write
from worker.types import ENTITY_TYPES, Argument, Proposal, Span

logger = logging.getLogger(__name__)

MAX_NAME = 500  # what a name of the memory holds
Key: TypeAlias = tuple[int, int | None, int | None]  # relation, start of subject, start of object


class ProposalReader:
    """Makes the candidates of one extraction.

    Spans of proposals index their passage, those of candidates the document; every span is read
    again from the stored text. A proposal that stands as a candidate of the document already,
    decided or not, is left out. What the text only speaks of is no candidate, unless it denies a
    fact that the memory holds: that is a dispute, and so is what says that such a fact has ended.
    """

    def __init__(self, extraction: Extraction, embedder: Embedder) -> None:
        self.extraction = extraction
        self.text = extraction.document.text
        self._is_spoken = extraction.document.format == Document.Format.CHAT
        self._is_foreign = bool(other_language(self.text))
        self.memory = MemoryController(extraction.space, embedder=embedder)
        self.relations = list(self.memory.relations())
        self._names = {relation.id: relation.name for relation in self.relations}
        self._rules = Implications(self.relations)
        implied = extraction.space.propose_implied
        self._implied = (
            None if implied else ImpliedReader(extraction.document, self.relations, self._rules)
        )
        rows = Candidate.objects.filter(passage__document=extraction.document)
        self._seen: set[tuple[Key, bool]] = {  # with whether it is a dispute
            ((relation, subject, object_), against is not None)
            for relation, subject, object_, against in rows.values_list(
                "relation_id", "subject_start", "object_start", "against_id"
            )
        }
        self._waiting = _waiting_in(extraction.document) if self._is_spoken else {}
        self._entities: dict[tuple[str, str], Entity | None] = {}

    def candidates(
        self, passage: Passage, proposals: Iterable[Proposal], call: str
    ) -> tuple[list[Candidate], int]:
        """Return unsaved candidates for the proposals that hold, and how many were refused.

        ``call`` is the head's literal MEM_WRITE text, which has to say the same. Of a text in
        another language nothing holds: the heads read English.
        """
        proposals = list(proposals)
        if self._is_foreign:
            return [], len(proposals)
        made, refused = [], 0
        said = _said(call)
        placed = set()  # one candidate at a place, in one mood
        for proposal in proposals:
            if problem := self._problem(passage, proposal) or self._unsaid(proposal, said):
                logger.warning("%s: a proposal was dropped: %s", self.extraction, problem)
                refused += 1
                continue
            candidate = self._candidate(passage, proposal)
            if not self._is_asked_about(candidate, proposal):
                continue
            place = (candidate.relation_id, candidate.subject_start, candidate.object_start)
            key = (place, candidate.is_dispute)
            if key in self._seen or place in placed:
                continue
            if self._is_spoken and self._says_again(candidate) and candidate.is_dispute:
                continue
            self._seen.add(key)
            placed.add(place)
            made.append(candidate)
        if self._implied is not None:
            self._implied.mark([one for one in made if one.state != Candidate.State.AGAIN])
        return made, refused

    def _is_asked_about(self, candidate: Candidate, proposal: Proposal) -> bool:
        """Tell whether a proposal states something, or denies a fact that the memory holds, which
        the candidate is set against."""
        if proposal.mood in (Candidate.Mood.DENIED, Candidate.Mood.ENDED):
            candidate.against = self._denied_by(candidate)
        return candidate.against is not None or proposal.holds

    def _says_again(self, candidate: Candidate) -> bool:
        """Tell whether something of its conversation that waits says the same, and mark it so."""
        first = self._waiting.setdefault(said_by(candidate), candidate)
        if first is candidate:
            return False
        candidate.state, candidate.follows_from = Candidate.State.AGAIN, first
        return True

    def settle(self, made: Iterable[Candidate]) -> None:
        """Let those that say again what was decided since this document began to be read wait for
        a decision of their own: in the transaction that saves them, which keeps the rest open."""
        again = [one for one in made if one.state == Candidate.State.AGAIN]
        firsts = {one.follows_from.pk for one in again if one.follows_from and one.follows_from.pk}
        still = still_waiting(firsts)
        for one in again:
            first = one.follows_from
            if first is None or first.pk is None or first.pk in still:
                continue
            said = said_by(one)
            if self._waiting[said] is first:
                self._waiting[said] = one
                one.state, one.follows_from = Candidate.State.PENDING, None
            else:
                one.follows_from = self._waiting[said]

    def _unsaid(self, proposal: Proposal, said: Container[tuple[str, str, str]]) -> str:
        """Say that the head's call does not hold a proposal that it should, or nothing."""
        subject, object_ = proposal.subject.called, proposal.object.called
        if not proposal.holds or (subject, self._names[proposal.relation_id], object_) in said:
            return ""
        return f"its call says nothing of {subject!r} and {object_!r}"

    def unstated(self, passage: Passage, proposals: Iterable[Proposal]) -> list[Unstated]:
        """Return unsaved rows, without the passage's extraction, for what the text speaks of."""
        if self._is_foreign:
            return []
        return [
            Unstated(
                mood=proposal.mood,
                relation_id=int(proposal.relation_id),
                subject_text=proposal.subject.called,
                object_text=proposal.object.called,
                score=proposal.score,
                **self._spans(passage, proposal).fields(),
            )
            for proposal in proposals
            if not proposal.holds and not self._problem(passage, proposal)
        ]

    def _denied_by(self, candidate: Candidate) -> Triple | None:
        """Return the fact of the memory that the sentence denies, or says has ended."""
        has_ended = candidate.mood == Candidate.Mood.ENDED
        own = str(candidate.relation_id)
        found = facts_held(candidate, [Step(own, turned=False), *self._rules.to(own)])
        return next((one for one in found if not (has_ended and one.valid_to)), None)

    def _problem(self, passage: Passage, proposal: Proposal) -> str:
        """Say what is wrong with the proposal, or nothing."""
        sentence = proposal.sentence
        if proposal.relation_id not in self._names:
            return f"no relation {proposal.relation_id!r}"
        if sentence.end > len(passage.text):
            return "its sentence leaves the passage"
        if not math.isfinite(proposal.score) or not 0 <= proposal.score <= 1:
            return f"its score is {proposal.score}"
        for argument in (proposal.subject, proposal.object):
            span = argument.span
            if not sentence.start <= span.start < span.end <= sentence.end:
                return f"{argument.text!r} is not in its sentence"
            if self._shift(span, passage).of(self.text) != argument.text:
                return f"{argument.text!r} is not what stands at its place"
            if problem := _misnamed(argument, passage, is_spoken=self._is_spoken):
                return problem
        return ""

    @staticmethod
    def _shift(span: Span, passage: Passage) -> Span:
        return span.shifted(passage.start)

    def _candidate(self, passage: Passage, proposal: Proposal) -> Candidate:
        subject, object_ = proposal.subject, proposal.object
        valid_from, valid_to = proposal.valid_from, proposal.valid_to
        if valid_from and valid_to and valid_from >= valid_to:
            valid_from = valid_to = None
        return Candidate(
            space=self.extraction.space,
            origin=Candidate.Origin.HEAD,
            extraction=self.extraction,
            passage=passage,
            subject_text=subject.called,
            subject_type=_type(subject),
            relation_id=int(proposal.relation_id),
            object_text=object_.called,
            object_type=_type(object_),
            object_kind=object_.kind,
            object_value=_value(object_),
            **self._spans(passage, proposal).fields(),
            score=proposal.score,
            mood=proposal.mood,
            valid_from=valid_from,
            valid_to=valid_to,
            subject_entity=self._entity(subject),
            object_entity=self._entity(object_),
        )

    def _spans(self, passage: Passage, proposal: Proposal) -> FactSpans:
        spans = (proposal.sentence, proposal.subject.span, proposal.object.span)
        at = (self._shift(span, passage) for span in spans)
        return FactSpans(*(passages.Span(span.start, span.end) for span in at))

    def _entity(self, argument: Argument) -> Entity | None:
        """Return the entity of the memory that the name may mean, a near one too: a hint for
        reviewers, which a decision does not follow by itself."""
        key = (argument.called, argument.type)
        if key not in self._entities:
            found = self.memory.resolve_entity(key[0], type=_type(argument))
            self._entities[key] = found.entity
        return self._entities[key]


def _waiting_in(document: Document) -> dict[tuple[object, ...], Candidate]:
    """Return what the undecided candidates of a conversation say, in whichever session."""
    conversation = document.filename.partition("/")[0]
    rows = Candidate.objects.only(*_SAID).filter(
        state__in=Candidate.OPEN,
        passage__document__space=document.space_id,
        passage__document__format=Document.Format.CHAT,
        passage__document__filename__startswith=f"{conversation}/",
    )
    return {said_by(one): one for one in rows.order_by("-pk")}


_SAID = (
    "subject_text", "object_text", "valid_from", "valid_to", "mood", "against_id", "relation_id",
)  # fmt: skip


def _said(call: str) -> frozenset[tuple[str, str, str]]:
    """Return the triples of a call; none where it cannot be read."""
    try:
        return frozenset(parse_write(call))
    except ProtocolError:
        return frozenset()


def _misnamed(argument: Argument, passage: Passage, *, is_spoken: bool = False) -> str:
    """Say what is wrong with the name that an argument is proposed under, or nothing.

    A name stands in the passage, but for the country that a nationality word means, and the words
    at hand may be short for it; of what is spoken, "you" too.
    """
    own, full = argument.text, argument.called
    if not normalise_name(own) or not normalise_name(full):
        return "a name is empty or too long"
    if max(len(name) for name in (own, full, normalise_name(own), normalise_name(full))) > MAX_NAME:
        return "a name is empty or too long"
    if full not in passage.text and country_of(own) != full:
        return f"{full!r} does not stand in the passage"
    if is_spoken and is_person(own):
        return ""
    return "" if called(own, full) else f"{own!r} is no name for {full!r}"


def _value(argument: Argument) -> Value | None:
    """Return the head's value of a literal, or what its text says by itself."""
    return as_json(argument.value or parse_literal(argument.text, argument.kind), argument.text)


def _type(argument: Argument) -> str:
    return argument.type if argument.type in ENTITY_TYPES else ""
