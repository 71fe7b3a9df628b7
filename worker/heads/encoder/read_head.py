"""The encoder read head: names found by the memory, the relation by the "read" adapter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from worker.heads.answering import Reading, combined, counted
from worker.heads.encoder.asked_time import as_days, moved, time_of
from worker.heads.encoder.base import WEIGHTS, encoder, read_manifest
from worker.heads.encoder.coordination import one_by_one
from worker.heads.encoder.findings import Refusal
from worker.heads.encoder.followups import in_full
from worker.heads.encoder.known_texts import FILE, load_known
from worker.heads.encoder.lookups import Lookup, Thresholds
from worker.heads.encoder.mentions import MOST_MENTIONS, NamedEntity, as_a_name, named_entities
from worker.heads.encoder.relation_matching import ADAPTER, RelationMatcher
from worker.heads.encoder.yes_no import answer_between, answer_when
from worker.heads.questions import (
    MOST_QUESTIONS,
    is_past,
    question_form,
    several_questions,
    why_no_question,
    why_unread,
)
from worker.heads.timing import Timed, on_day
from worker.interfaces import Memory
from worker.types import EntityRef, QuestionContext, TracedAnswer, Turn

__all__ = ["EncoderReadHead", "Thresholds"]


@dataclass(frozen=True)
class _Asked:
    """One question of a text: the memory, what was said before, and how many facts are cited."""

    text: str
    memory: Memory
    context: QuestionContext
    today: date
    cited: int = 0

    def reading(self, *, past: bool = True, timed: Timed | None = None) -> Reading:
        asked_on = on_day(self.context.as_of) if self.context.as_of else None
        time = timed.time if timed else asked_on
        return Reading(self.memory, time, past=past, today=self.today, cited=self.cited)


class EncoderReadHead:
    """Answers by up to three reads in a chain, in sentences that each cite a fact.

    The question, with the entity's name replaced by its type, is matched with both sides of every
    relation. The best few relations are read, in order, as long as they score above "none of
    these" and near the best; the first that the memory has facts for is the answer.
    """

    name = "encoder"

    def __init__(
        self,
        folder: Path | None = None,
        thresholds: Thresholds | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        """Load the adapter in ``folder``, by default the shipped one. Raises WeightsMissing."""
        folder = folder or WEIGHTS / ADAPTER
        shared = encoder()
        weights = str(read_manifest(ADAPTER, folder)["sha256"])
        self.matcher = RelationMatcher(
            shared, shared.load_adapter(ADAPTER, folder), load_known(folder / FILE, weights)
        )
        self.version = weights[:12]
        self.thresholds = thresholds or Thresholds()
        self.today = today

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain with the reason; raises nothing for
        any text. Several questions are answered one by one."""
        # One blank for many: patterns with blanks in several places try every way to share them.
        text = " ".join(question.split())
        asked = _Asked(text, memory, context, self.today())
        if why := why_unread(asked.text):
            return asked.reading().abstain(why)
        parts = several_questions(asked.text)
        if len(parts) > 1 and not context.turns and not named_entities(memory, parts[0]):
            parts = [asked.text]
        answers: list[TracedAnswer] = []
        for part in parts[:MOST_QUESTIONS]:
            given = self._in_context(replace(asked, text=part, cited=_cited(answers)))
            answers.append(given)
            turn = Turn(part, given.text, _entities(given))
            asked = replace(
                asked, context=replace(asked.context, turns=(*asked.context.turns, turn))
            )
        return combined(answers, _cut(len(parts), "questions"))

    def _in_context(self, asked: _Asked) -> TracedAnswer:
        """Answer one question, after what it leaves to earlier turns is put in its place."""
        full = in_full(asked.text, asked.context.turns, asked.memory.find_entities, asked.today)
        asked = replace(asked, text=full.text.strip())
        named = named_entities(asked.memory, asked.text)
        texts = one_by_one(asked.text, named)
        if len(texts) == 1:
            return _noted(self._one(asked, named), full.understood)
        answers: list[TracedAnswer] = []
        for text in texts[:MOST_QUESTIONS]:
            single = replace(asked, text=text, cited=asked.cited + _cited(answers))
            answers.append(self._one(single, named_entities(asked.memory, text)))
        return combined(answers, [*full.understood, *_cut(len(texts), "names")])

    def _one(self, asked: _Asked, named: Sequence[NamedEntity]) -> TracedAnswer:
        text = asked.text
        timed, named = time_of(text, named, asked.today)
        reading = asked.reading(past=is_past(text), timed=timed)
        if why := _not_asked(text, named, timed):
            return reading.abstain(why)
        if timed:
            if question_form(text) == "yes_no" and len(named) == 1:
                answer = self._when(asked, named[0], timed)
                if answer is not None:
                    return answer
            reading.understood.append(as_days(timed.time))
            named = [moved(mention, timed) for mention in named]
            text = timed.text
        lookup = Lookup(self.matcher, self.thresholds, reading)
        if question_form(text) == "yes_no" and len(named) > 1:
            return answer_between(lookup, text, named)
        return self._names(lookup, text, named)

    def _when(self, asked: _Asked, mention: NamedEntity, timed: Timed) -> TracedAnswer | None:
        """Answer "Was Ada born in 1867?", where the time is not when but what is asked."""
        lookup = Lookup(self.matcher, self.thresholds, asked.reading())
        words = asked.text[timed.start : timed.end].strip(" ,")
        said = re.sub(r"^(?:in|on|during|by)\s+", "", words, flags=re.IGNORECASE)
        return answer_when(lookup, asked.text, mention, said)

    def _names(self, lookup: Lookup, text: str, named: Sequence[NamedEntity]) -> TracedAnswer:
        reading = lookup.reading
        for mention in named[: self.thresholds.mentions]:
            found = lookup.find(text, mention)
            if isinstance(found, Refusal):
                return reading.abstain(found.reason, found.scores)
            if found is not None:
                opening = ""
                if question_form(text) == "count":
                    opening = counted(found.answers, truncated=reading.truncated)
                return reading.answer(
                    found.facts, answers=found.answers, opening=opening, scores=found.scores
                )
        return reading.abstain(self._nothing(lookup, text, named[0]))

    def _nothing(self, lookup: Lookup, text: str, mention: NamedEntity) -> str:
        """Return what was looked up in vain and what came closest, in one sentence."""
        reading = lookup.reading
        if not lookup.tried:
            return (
                "The question asks for none of the relations of the memory; it was taken to be "
                f"about {mention.entities[0].name}."
            )
        looked = "; ".join(dict.fromkeys(map(str, lookup.tried)))
        reason = f"The memory has no such fact; looked up: {looked}"
        first = lookup.tried[0]
        time, when = reading.time, ""
        if time is not None and not time.now:
            when = f" ({time.words})"
            if reading.knows_otherwise(first.relation, first.entity, first.known):
                return f"The memory has {first} only for other times than asked{when}."
        closest = lookup.closest(text, mention)
        return (
            f"{reason}{when}; closest to it, it knows {closest}." if closest else f"{reason}{when}."
        )


def _not_asked(text: str, named: Sequence[NamedEntity], timed: Timed | None) -> str:
    """Return, in a sentence, why nothing is looked up for a text; nothing where something is."""
    first = re.search(r"\w", text)
    opens_with_name = first and any(n.start <= first.start() < n.end for n in named)
    if not opens_with_name and (why := why_no_question(text)):
        return why
    if not named:
        beside = ""
        if timed and not timed.time.pick:
            beside = f" beside the time ({timed.time.words})"
        return f"The memory knows no entity that the question names{beside}."
    written = [mention for mention in named if as_a_name(text[mention.start : mention.end])]
    if len(written) > MOST_MENTIONS:
        return f"The question names {len(written)} entities; please ask about fewer at a time."
    return ""


def _cited(answers: Sequence[TracedAnswer]) -> int:
    return sum(len(answer.cited) for answer in answers)


def _cut(count: int, what: str) -> list[str]:
    most = MOST_QUESTIONS
    return [f"Of the {count} {what}, the first {most} were looked at."] if count > most else []


def _noted(answer: TracedAnswer, notes: Sequence[str]) -> TracedAnswer:
    return replace(answer, understood=(*notes, *answer.understood)) if notes else answer


def _entities(answer: TracedAnswer) -> tuple[EntityRef, ...]:
    """Return what an answer was about: the entities of its facts, then those looked up."""
    found = {e.id: e for fact in answer.cited for e in (fact.subject, fact.object)}
    for read in answer.reads:
        for one in read.result.candidates:
            if one.role == "entity" and one.accepted:
                found.setdefault(one.id, EntityRef(one.id, one.name))
    return tuple(found.values())
