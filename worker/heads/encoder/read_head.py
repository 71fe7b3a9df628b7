"""The encoder read head: names found by the memory, the relation by the "read" adapter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from worker.english.words import OPERATORS
from worker.heads.answering import Reading, combined, counted, of_each, turn_of, without_offer
from worker.heads.encoder.asked_time import as_days, moved, time_of
from worker.heads.encoder.base import WEIGHTS, encoder, read_manifest
from worker.heads.encoder.composed import Composed, answer_composed
from worker.heads.encoder.coordination import one_by_one
from worker.heads.encoder.findings import Found, Refusal
from worker.heads.encoder.followups import FollowUp, in_full
from worker.heads.encoder.lookups import Lookup
from worker.heads.encoder.matcher import trained_matcher
from worker.heads.encoder.mentions import (
    MOST_MENTIONS,
    NamedEntity,
    as_a_name,
    named_entities,
    with_apostrophes,
    with_surnames,
)
from worker.heads.encoder.parts import parts_of, with_name
from worker.heads.encoder.plain import in_one_step, in_steps
from worker.heads.encoder.pronouns import among_them
from worker.heads.encoder.ranked_answers import RankedAnswers, Unread
from worker.heads.encoder.ranking import Ranking
from worker.heads.encoder.relation_matching import ADAPTER
from worker.heads.encoder.reranker import ADAPTER as RANK
from worker.heads.encoder.reranker import Reranker
from worker.heads.encoder.succession import answer_anchored
from worker.heads.encoder.thresholds import Thresholds
from worker.heads.encoder.time_anchors import TimeAnchor, time_anchor, unknown_name
from worker.heads.encoder.topics import Choice
from worker.heads.encoder.whole import whole_question
from worker.heads.encoder.yes_no import answer_between, answer_when
from worker.heads.questions import (
    MOST_QUESTIONS,
    is_past,
    is_perfect,
    plainly,
    question_form,
    several_questions,
    why_no_question,
    why_unread,
)
from worker.heads.timing import AskedTime, Timed, on_day
from worker.interfaces import Memory
from worker.reading.question import Question, Thing
from worker.reading.spans import moved as moved_to
from worker.reading.stems import own_names
from worker.types import (
    AnsweredReading,
    EntityRef,
    QuestionContext,
    RelationSpec,
    Topic,
    TracedAnswer,
)

__all__ = ["EncoderReadHead", "Thresholds"]

MOST_TOPICS = 4  # things of earlier turns that a question may be about
AS_FITTING = 1.0  # below the best relation of any topic, one of another topic counts as well


@dataclass(frozen=True)
class _Asked:
    """One question of a text: the memory, what was said before, and how many facts are cited."""

    text: str
    memory: Memory
    context: QuestionContext
    today: date
    cited: int = 0
    single: bool = True  # the only question of its text

    def reading(self, *, past: bool = True, timed: Timed | None = None) -> Reading:
        asked_on = on_day(self.context.as_of) if self.context.as_of else None
        time = timed.time if timed else asked_on
        ever = is_perfect(self.text)
        return Reading(self.memory, time, past=past, ever=ever, today=self.today, cited=self.cited)


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
        """Load the adapter in ``folder``, by default the shipped one, with the thresholds of its
        manifest unless others are given. Raises WeightsMissing and MalformedThresholds."""
        folder = folder or WEIGHTS / ADAPTER
        weights = str(read_manifest(ADAPTER, folder)["sha256"])
        self.matcher = trained_matcher(folder)
        ranked = str(read_manifest(RANK, WEIGHTS / RANK)["sha256"])
        self.version = weights[:6] + ranked[:6]
        self.hashes = {"weights": weights, "ranking": ranked}
        self.thresholds = thresholds or Thresholds.of(ADAPTER, folder)
        self.ranked = RankedAnswers(self.matcher, Reranker(encoder()), Ranking.of())
        self.today = today

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain with the reason; raises nothing for
        any text. Several questions are answered one by one."""
        # One blank for many: patterns with blanks in several places try every way to share them.
        text = with_surnames(plainly(" ".join(question.split())), memory)
        asked = _Asked(text, memory, context, self.today())
        if why := why_unread(asked.text):
            return asked.reading().abstain(why)
        parts, notes = self._questions(asked)
        asked = replace(asked, single=len(parts) == 1)
        answers: list[TracedAnswer] = []
        for number, part in enumerate(parts[:MOST_QUESTIONS]):
            joined = number > 0 and not parts[number - 1].endswith(("?", "!", "."))
            given = self._in_context(replace(asked, text=part, cited=_cited(answers)), joined)
            given = without_offer(given) if len(parts) > 1 else given
            answers.append(given)
            turn = turn_of(part, given)
            turn = turn if turn.entities else replace(turn, entities=_named(memory, part))
            asked = replace(
                asked, context=replace(asked.context, turns=(*asked.context.turns, turn))
            )
        whole = combined(answers, [*notes, *_cut(len(parts), "questions")])
        perhaps = [replace(one, question=moved_to(one.question, question)) for one in whole.perhaps]
        questions = tuple(moved_to(one, question) for one in whole.questions)
        return replace(whole, questions=questions, perhaps=tuple(perhaps))

    def readings(
        self, question: str, memory: Memory, context: QuestionContext
    ) -> list[AnsweredReading]:
        """Return what a question may mean that the memory can answer, each with its answer."""
        text = with_surnames(plainly(" ".join(question.split())), memory)
        asked = _Asked(text, memory, context, self.today())
        full = in_full(asked.text, context.turns, memory, asked.today, topic=context.topic)
        given = self._alone(asked, full)
        unread = Unread(asked.text, memory, asked.today, context.as_of)
        return self.ranked.readings(unread, given)

    def _questions(self, asked: _Asked) -> tuple[list[str], list[str]]:
        """Return the questions of a text, with the name that one leaves out, and what to say of
        that."""
        text, memory = asked.text, asked.memory
        if len(several_questions(text)) < 2:
            return [text], []
        named = named_entities(memory, text)
        parts = several_questions(text, [(mention.start, mention.end) for mention in named])
        whole = with_name(parts, text, named) if len(parts) > 1 else parts
        lone = not asked.context.turns and not named_entities(memory, parts[0])
        if lone and whole == parts:
            return [text], []
        filled = [part for part in whole if part not in parts]
        return whole, [f"Taken for the question “{part}”" for part in filled]

    def _in_context(self, asked: _Asked, joined: bool = False) -> TracedAnswer:
        """Answer one question, after what it leaves to earlier turns is put in its place."""
        if words := among_them(asked.text):
            why = f"“{words}” picks from a list; that is not read, please ask about each of them."
            return asked.reading().abstain(why)
        turns, topic = asked.context.turns, asked.context.topic
        full = in_full(asked.text, turns, asked.memory, asked.today, joined=joined, topic=topic)
        if full.each:
            return self._of_each(asked, full)
        if full.choices:
            return self._about_topic(asked, full)
        answer = self._alone(asked, full)
        return self._ranked(asked, full, answer)

    def _ranked(self, asked: _Asked, full: FollowUp, given: TracedAnswer) -> TracedAnswer:
        """Return the answer of the likeliest reading of a question that leaves nothing to others,
        or what the rules have given."""
        if not asked.single or full.text.strip() != asked.text or full.understood:
            return given
        unread = Unread(asked.text, asked.memory, asked.today, asked.context.as_of)
        if given.abstained:
            return self.ranked.answer(unread, given) or given
        return self.ranked.instead(unread, given) or given

    def _about_topic(self, asked: _Asked, full: FollowUp) -> TracedAnswer:
        """Answer a question of the likeliest of its topics that fits what is asked; where several
        fit, of the first of them that the memory knows it of."""
        choices = full.choices[:MOST_TOPICS]
        fitting = choices[:1] if asked.context.topic else self._fitting(asked, choices)
        first: tuple[TracedAnswer, Choice] | None = None
        for choice in fitting:
            answer = self._alone(asked, full.taking(choice))
            first = first or (answer, choice)
            if not answer.abstained:
                first = answer, choice
                break
        assert first is not None
        answer, taken = first
        others = tuple(one.entity for one in choices if one is not taken)
        return replace(answer, topic=Topic(full.words, taken.entity, others))

    def _fitting(self, asked: _Asked, choices: Sequence[Choice]) -> list[Choice]:
        """Return the topics of which a relation is asked for nearly as clearly as of the best."""
        lookup = Lookup(self.matcher, self.thresholds, asked.reading())
        scored = [
            (lookup.clearness(one.text, one.start, one.end, one.entity.type), one)
            for one in choices
        ]
        best = max(score for score, _ in scored)
        return [choice for score, choice in scored if score > best - AS_FITTING]

    def _alone(self, asked: _Asked, full: FollowUp) -> TracedAnswer:
        """Answer one question that stands on its own."""
        text = full.text.strip()
        named = named_entities(asked.memory, text)
        asked = replace(asked, text=with_apostrophes(text, named))
        if asked.text != text:
            named = named_entities(asked.memory, asked.text)
        composed = self._composed(asked, named)
        if composed is None:
            return self._apart(asked, named, full)
        if composed.answer is not None and not composed.otherwise:
            return _noted(composed.answer, full.understood)
        plain = self._apart(asked, named, full)
        # "How long is the notice?" asks for a quantity that the memory holds as such.
        amount = any(fact.object.type == "NUM" for fact in plain.cited)
        if not plain.abstained and composed.unread and not amount:
            why = f"What “{composed.unread}” asks for here was not understood."
            return _noted(asked.reading().abstain(why), full.understood)
        if not plain.abstained:
            return plain
        found = composed.answer or composed.in_more_steps()
        return _noted(found, full.understood) if found is not None else plain

    def _apart(self, asked: _Asked, named: Sequence[NamedEntity], full: FollowUp) -> TracedAnswer:
        """Answer a question by plain reads, one for each name or thing that it joins."""
        texts = one_by_one(asked.text, named)
        most, notes = MOST_QUESTIONS, _cut(len(texts), "names")
        if len(texts) == 1:
            texts = self._parts(asked, named)
            notes = [f"Taken for the question “{text}”" for text in texts if len(texts) > 1]
        if len(texts) == 1:
            return _noted(self._one(asked, named), full.understood)
        answers = self._each(asked, texts[:most])
        return combined(answers, [*full.understood, *notes])

    def _composed(self, asked: _Asked, named: Sequence[NamedEntity]) -> Composed | None:
        """Answer a question of several steps, conditions or operators; None for what is read in
        another way or not at all."""
        own = own_names(asked.text, asked.memory.relations())
        if any(OPERATORS.intersection(asked.text[s:e].lower().split()) for s, e in own):
            return None
        timed, others = time_of(asked.text, named, asked.today, own)
        if timed and timed.time.pick in ("first", "last"):  # of the whole set, not of one read
            timed, others = None, list(named)
        if _not_asked(asked.text, others, timed) or (timed and timed.time.pick):
            return None
        anchor = timed is None and (
            time_anchor(asked.text, named) or unknown_name(asked.text, named)
        )

        def reading(time: AskedTime | None) -> Reading:
            as_of = on_day(asked.context.as_of) if asked.context.as_of else None
            past, ever = is_past(asked.text), is_perfect(asked.text)
            return Reading(
                asked.memory,
                time or as_of,
                past=past,
                ever=ever,
                today=asked.today,
                cited=asked.cited,
            )

        return answer_composed(
            lambda one: Lookup(self.matcher, self.thresholds, one),
            reading,
            asked.text,
            others,
            timed,
            anchored=bool(anchor),
        )

    def _each(self, asked: _Asked, texts: Sequence[str]) -> list[TracedAnswer]:
        answers: list[TracedAnswer] = []
        for text in texts:
            single = replace(asked, text=text, cited=asked.cited + _cited(answers))
            answers.append(without_offer(self._one(single, named_entities(asked.memory, text))))
        return answers

    def _of_each(self, asked: _Asked, full: FollowUp) -> TracedAnswer:
        """Answer of each thing that "they" stands for; those without a fact are named last."""
        looked_at = full.each[:MOST_QUESTIONS]
        answers = self._each(asked, [text for _, text in looked_at])
        left = ", ".join(entity.name for entity, _ in full.each[MOST_QUESTIONS:])
        cut = [f"{note} Left out: {left}." for note in _cut(len(full.each), "names")]
        return of_each([entity for entity, _ in looked_at], answers, [*full.understood, *cut])

    def _parts(self, asked: _Asked, named: Sequence[NamedEntity]) -> list[str]:
        """Return the questions that one asks of one name; those that ask the same stay one."""
        parts = parts_of(asked.text, named)
        if not parts.nouns:
            return list(parts.texts)
        asks: list[set[str]] = []
        for text, noun in zip(parts.texts, parts.nouns, strict=True):
            lookup = Lookup(self.matcher, self.thresholds, asked.reading())
            called = {r.id for r in lookup.relations if noun.casefold() in _names_of(r)}
            mentions = named_entities(asked.memory, text)
            found = lookup.candidates(text, mentions[0])[:1] if mentions else []
            asks.append(called or {match.relation.id for match in found})
        return [asked.text] if asks[0] & asks[1] else list(parts.texts)

    def _one(self, asked: _Asked, named: Sequence[NamedEntity]) -> TracedAnswer:
        """Answer one question; where the answer passes over a part of it, abstain and say so."""
        return whole_question(
            self.matcher, asked.memory, asked.text, named, self._read(asked, named)
        )

    def _read(self, asked: _Asked, named: Sequence[NamedEntity]) -> TracedAnswer:
        text = asked.text
        beside = time_anchor(text, named)
        own = own_names(text, asked.memory.relations())
        timed, named = time_of(text, named, asked.today, own)
        reading = asked.reading(past=is_past(text), timed=timed)
        if why := _not_asked(text, named, timed):
            return reading.abstain(why)
        if timed is None or timed.time.pick:
            if beside:
                return self._anchored(asked, beside)
            if name := unknown_name(text, named):
                return reading.abstain(f"The memory does not know “{name}”, nor when it was.")
        if timed:
            if question_form(text) == "yes_no" and len(named) == 1:
                answer = self._when(asked, named[0], timed)
                if answer is not None:
                    return answer
            reading.understood.append(as_days(timed.time))
            named = [moved(mention, timed) for mention in named]
            text = timed.text
        lookup = Lookup(self.matcher, self.thresholds, reading)
        return self._found(lookup, text, named)

    def _found(self, lookup: Lookup, text: str, named: Sequence[NamedEntity]) -> TracedAnswer:
        if question_form(text) == "yes_no" and len(named) > 1:
            return answer_between(lookup, text, named)
        return self._names(lookup, text, named)

    def _anchored(self, asked: _Asked, beside: TimeAnchor) -> TracedAnswer:
        """Answer "Who led Y before X?", where X stands for a time."""
        reading = asked.reading(timed=Timed(beside.text, AskedTime(None, None, beside.words), 0, 0))
        return answer_anchored(
            Lookup(self.matcher, self.thresholds, reading),
            beside,
            question_form(asked.text),
            lambda lookup: self._found(lookup, beside.text, beside.named),
        )

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
            reading.asks = _question(lookup, text, mention, found) or reading.asks
            if isinstance(found, Refusal):
                return reading.abstain(found.reason, found.scores)
            if found is not None:
                opening = ""
                if question_form(text) == "count":
                    opening = counted(found.answers, truncated=reading.truncated)
                return reading.answer(
                    found.facts, answers=found.answers, opening=opening, scores=found.scores
                )
        return self._nothing(lookup, text, named[0])

    def _nothing(self, lookup: Lookup, text: str, mention: NamedEntity) -> TracedAnswer:
        """Say what was looked up in vain, and tell what is near to it or came closest."""
        reading = lookup.reading
        if not lookup.tried:
            return reading.abstain(
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
                return reading.abstain(
                    f"The memory has {first} only for other times than asked{when}."
                )
        closest = lookup.closest(text, mention)
        if closest is None:
            return reading.abstain(f"{reason}{when}.")
        if closest.near and question_form(text) == "list":
            return reading.offer(f"{reason}{when}.", closest.facts)
        return reading.abstain(f"{reason}{when}; closest to it, it knows {closest}.")


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


def _question(
    lookup: Lookup, text: str, mention: NamedEntity, found: Found | Refusal | None
) -> Question | None:
    """Return what was looked up of a name; None where it was taken to ask for nothing."""
    time = lookup.reading.time
    if isinstance(found, Found):
        return in_steps(text, Thing(mention.entities, ""), found.matches, time)
    for one in lookup.tried[:1]:
        return in_one_step(text, one.entity, one.relation, one.known, time)
    return None


def _names_of(relation: RelationSpec) -> set[str]:
    return {name.casefold() for name in (relation.name, *relation.aliases)}


def _cited(answers: Sequence[TracedAnswer]) -> int:
    return sum(len(answer.cited) for answer in answers)


def _cut(count: int, what: str) -> list[str]:
    most = MOST_QUESTIONS
    return [f"Of the {count} {what}, the first {most} were looked at."] if count > most else []


def _named(memory: Memory, text: str) -> tuple[EntityRef, ...]:
    """Return what a text names beyond doubt, for a question that led to no read."""
    named = named_entities(memory, text)
    return tuple(mention.entities[0] for mention in named if len(mention.entities) == 1)


def _noted(answer: TracedAnswer, notes: Sequence[str]) -> TracedAnswer:
    return replace(answer, understood=(*notes, *answer.understood)) if notes else answer
