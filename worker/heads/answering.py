"""What every read head shares: the reads of an answer, and how it is made of facts.

Nothing is stated here that is not in a fact: each sentence is a relation's template filled in,
followed by the number of the fact that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, TypedDict, TypeVar

from worker.english.tenses import Tense, in_tense
from worker.heads.questions import Form
from worker.heads.timing import AskedTime, chosen, on_day, period, standing
from worker.interfaces import Memory
from worker.protocol import serialise_read
from worker.sentences import cited, sentence
from worker.types import (
    OPPOSITE,
    SIDES,
    EntityRef,
    Fact,
    MemoryQuery,
    ReadResult,
    ReadTrace,
    RelationSpec,
    Side,
    TracedAnswer,
    Turn,
)

if TYPE_CHECKING:  # which is made by what stands on this
    from worker.reading.question import Question

T = TypeVar("T")
NO_DATES = "no dates recorded"
NEAR = "Near to it, and not what was asked for, is:"
MOST_OFFERED = 3
MOST_OF_ALL = 400  # facts of a relation that is read in whole


class _Period(TypedDict):
    include_past: bool
    since: date | None
    until: date | None


def _period(time: AskedTime | None) -> _Period:
    """Return what a read is asked for a time; None is what holds today."""
    return {
        "include_past": time is not None and not time.now,
        "since": time.start if time else None,
        "until": time.end if time else None,
    }


def claim(fact: Fact, number: int, *, today: date, note: str = "") -> str:
    """Return the sentence that states ``fact`` and when it held, ``[number]`` before its full stop.

    What has ended by ``today`` is told in the past tense, and what has not begun as planned.
    ``note`` stands in brackets where the fact has no dates.
    """
    return cited(_stated(fact, today), number, remark=period(fact, today) or note)


def _stated(fact: Fact, today: date) -> str:
    relation = fact.relation
    tense: Tense = "past" if fact.valid_to and fact.valid_to <= today else ""
    if fact.valid_from and fact.valid_from > today:
        tense = "future"
    return sentence(
        in_tense(relation.template, tense),
        relation.name,
        subject=fact.subject.name,
        object=fact.object.name,
    )


class Reading:
    """The reads of one answer, in order, and the answer that they end in.

    ``time`` is the days or the one day that the question asks about; without one, what holds
    ``today`` comes first. ``past`` tells that the question is in the past tense, ``ever`` that it
    asks for what has been at any time up to today. Citations count from ``cited`` + 1.
    """

    def __init__(
        self,
        memory: Memory,
        time: AskedTime | date | None = None,
        *,
        past: bool = False,
        ever: bool = False,
        today: date | None = None,
        cited: int = 0,
    ) -> None:
        self.memory = memory
        self.time = on_day(time) if isinstance(time, date) else time
        self.past = past
        self.ever = ever
        self.today = today or date.today()
        self.traces: list[ReadTrace] = []
        self.understood: list[str] = []
        self.truncated = False
        self.other_times = False  # facts were there, but none for the time
        self.asks: Question | None = None  # what the answer is to, once it was understood
        self.planned: list[Fact] = []  # facts that were found and begin only after today
        self.grounds: list[Fact] = []  # facts that the time itself rests on, stated first
        self.cited = cited
        self._known: dict[tuple[str, str, Side], tuple[Fact, ...]] = {}
        self._cut: set[tuple[str, str, Side]] = set()
        self._whole: set[tuple[str, str, Side]] = set()  # reads that asked for more than usual
        # What reads of all facts of a relation returned, by relation and side and thing.
        self._all: dict[tuple[str, Side], dict[str, list[Fact]]] = {}

    def ask(
        self, relation: RelationSpec, entity: EntityRef, known: Side, most: int = 0
    ) -> tuple[Fact, ...]:
        """Run one MEM_READ with ``entity`` on its known side and return the facts that answer.

        The same read is made once only, and again where ``most`` facts are needed and the first
        had more than it returned.
        """
        key = (relation.id, entity.id, known)
        cut = most and key in self._cut and key not in self._whole
        if key not in self._known or cut:
            self._known[key] = self._read(relation, entity, known, most)
            if most:
                self._whole.add(key)
        return self._known[key]

    def cut_off(self, relation: RelationSpec, entity: EntityRef, known: Side) -> bool:
        """Tell whether a read of this answer had more facts than it returned."""
        return (relation.id, entity.id, known) in self._cut

    def ask_all(self, relation: RelationSpec, unknown: Side) -> list[EntityRef] | None:
        """Run one MEM_READ for all facts of a relation and return the things on its ``unknown``
        side; None where the memory has more than MOST_OF_ALL. What is asked of the relation after
        that is taken from what this read returned."""
        if (relation.id, unknown) not in self._all:
            time = self.time
            query = MemoryQuery(
                relation.name, relation_id=relation.id, **_period(time), most=MOST_OF_ALL
            )
            result = self.memory.read(query)
            self._trace(result, unknown)
            if result.truncated:  # no use is made of a part
                return None
            for side in SIDES:
                there: dict[str, list[Fact]] = {}
                for fact in result.facts:
                    there.setdefault(end_of(fact, side).id, []).append(fact)
                self._all[relation.id, side] = there
        found = self._all[relation.id, unknown].values()
        return [end_of(facts[0], unknown) for facts in found]

    def every(self, relation: RelationSpec, entity: EntityRef, known: Side) -> tuple[Fact, ...]:
        """Run one MEM_READ as ``ask`` does and return its facts of all times."""
        return self._run(relation, entity, known, AskedTime(None, None, "")).facts

    def _run(
        self,
        relation: RelationSpec,
        entity: EntityRef,
        known: Side,
        time: AskedTime | None,
        most: int = 0,
    ) -> ReadResult:
        query = MemoryQuery(
            relation.name,
            subject=entity.name if known == "subject" else None,
            object=entity.name if known == "object" else None,
            relation_id=relation.id,
            subject_id=entity.id if known == "subject" else None,
            object_id=entity.id if known == "object" else None,
            **_period(time),
            most=most,
        )
        result = self.memory.read(query)
        self._trace(result, OPPOSITE[known])
        return result

    def _trace(self, result: ReadResult, unknown: Side) -> None:
        names = dict.fromkeys(end_of(fact, unknown).name for fact in result.facts)
        self.traces.append(ReadTrace(serialise_read([result.query], tuple(names)), result))

    def _read_before(
        self, relation: RelationSpec, entity: EntityRef, known: Side
    ) -> tuple[tuple[Fact, ...], bool] | None:
        """Return what a read of the whole relation has returned for a thing."""
        there = self._all.get((relation.id, known))
        return (tuple(there.get(entity.id, ())), False) if there is not None else None

    def _read(
        self, relation: RelationSpec, entity: EntityRef, known: Side, most: int
    ) -> tuple[Fact, ...]:
        time = self.time
        before = self._read_before(relation, entity, known)
        if before is None:
            result = self._run(relation, entity, known, time, most)
            before = result.facts, result.truncated
        there, truncated = before
        if time is not None:
            held = tuple(fact for fact in there if time.holds(fact))
            facts = chosen(held, time, self.today)
            self.other_times = self.other_times or (bool(there) and not facts)
        else:
            facts = standing(there, self.today, past=self.past, ever=self.ever)
            self.planned += [] if facts else list(there)
        self.truncated = self.truncated or (truncated and bool(facts))
        key = (relation.id, entity.id, known)
        self._cut.add(key) if truncated else self._cut.discard(key)
        return facts

    def knows_otherwise(self, relation: RelationSpec, entity: EntityRef, known: Side) -> bool:
        """Tell whether the memory has the facts for another time than the question's."""
        whole = Reading(self.memory, AskedTime(None, None, ""), today=self.today)
        found = bool(whole.ask(relation, entity, known))
        self.traces += whole.traces
        return found

    @property
    def calls(self) -> str:
        return "\n".join(trace.call for trace in self.traces)

    def abstain(self, reason: str, scores: dict[str, float] | None = None) -> TracedAnswer:
        """Return the answer that states nothing; ``reason`` is one sentence."""
        if self.planned:
            reason = f"{reason} {yet_to_come(self.planned[0], self.today)}"
        return TracedAnswer(
            text=f"I don't know. {reason}",
            abstained=True,
            reason=reason,
            reads=tuple(self.traces),
            calls=self.calls,
            scores=scores or {},
            understood=tuple(self.understood),
            questions=(self.asks,) if self.asks else (),
        )

    def offer(
        self, reason: str, facts: Sequence[Fact], scores: dict[str, float] | None = None
    ) -> TracedAnswer:
        """Return an abstention that tells facts of a relation near to the one asked for, as such,
        the first MOST_OFFERED, each cited."""
        silent = self.abstain(reason, scores)
        offered = tuple(facts[:MOST_OFFERED])
        said = " ".join(
            claim(fact, number, today=self.today)
            for number, fact in enumerate(offered, start=self.cited + 1)
        )
        return replace(silent, text=f"{silent.text} {NEAR} {said}", cited=offered)

    def answer(
        self,
        facts: Sequence[Fact],
        *,
        answers: Sequence[EntityRef],
        opening: str = "",
        scores: dict[str, float] | None = None,
    ) -> TracedAnswer:
        """Return the answer that states ``facts``, one sentence and citation each."""
        cited = tuple({fact.triple_id: fact for fact in (*self.grounds, *facts)}.values())
        note = NO_DATES if self.time and self.time.words and not self.time.now else ""
        grounds = {fact.triple_id for fact in self.grounds}
        sentences = [
            claim(fact, number, today=self.today, note="" if fact.triple_id in grounds else note)
            for number, fact in enumerate(cited, start=self.cited + 1)
        ]
        if opening:
            sentences.insert(0, opening)
        if self.truncated:
            sentences.append("There are more such facts than are shown here.")
        return TracedAnswer(
            text=" ".join(sentences),
            abstained=False,
            cited=cited,
            reads=tuple(self.traces),
            calls=self.calls,
            scores=scores or {},
            answers=tuple({entity.id: entity for entity in answers}.values()),
            understood=tuple(self.understood),
            questions=(self.asks,) if self.asks else (),
        )

    def answer_names(
        self, facts: Sequence[Fact], known: Side, form: Form, scores: dict[str, float]
    ) -> TracedAnswer:
        """Answer a question for names, or for their number, with the facts of one read."""
        answers = [other_side(fact, known) for fact in facts]
        opening = counted(answers, truncated=self.truncated) if form == "count" else ""
        return self.answer(facts, answers=answers, opening=opening, scores=scores)

    def answer_yes_no(
        self, facts: Sequence[Fact], asked: EntityRef, known: Side, scores: dict[str, float]
    ) -> TracedAnswer:
        """Answer whether ``asked`` stands on the other side of one of the facts.

        A "no" needs a fact that rules it out, see ``rules_out``.
        """
        agreeing = [fact for fact in facts if other_side(fact, known).id == asked.id]
        if agreeing:
            return self.answer(agreeing, answers=(), opening="Yes.", scores=scores)
        against = [fact for fact in facts if known == "subject" and rules_out(fact, asked)]
        if against:
            return self.answer(against, answers=(), opening="No.", scores=scores)
        return self.abstain("The memory neither states this nor rules it out.", scores)


def yet_to_come(fact: Fact, today: date) -> str:
    """Return the sentence that says what is recorded for a time that has not come."""
    said = _stated(fact, today).rstrip(". ")
    return f"Recorded is only what is to come ({period(fact, today)}): “{said}”."


def counted(answers: Sequence[EntityRef], *, truncated: bool) -> str:
    """Return the sentence that says how many different answers there are."""
    number = len({entity.id for entity in answers})
    return f"The memory knows {'at least ' if truncated else ''}{number}."


def combined(answers: Sequence[TracedAnswer], notes: Sequence[str] = ()) -> TracedAnswer:
    """Return one answer for several questions, whose citations count on from each other.

    ``notes`` say how the questions were told apart.
    """
    if len(answers) == 1 and not notes:
        return answers[0]
    answers = [without_offer(answer) for answer in answers]
    silent = all(answer.abstained for answer in answers)
    reason = " ".join(dict.fromkeys(answer.reason for answer in answers)) if silent else ""
    named = {entity.id: entity for answer in answers for entity in answer.answers}
    understood = dict.fromkeys([*notes, *(note for one in answers for note in one.understood)])
    return TracedAnswer(
        text=f"I don't know. {reason}" if silent else _joined(" ", [a.text for a in answers]),
        abstained=silent,
        reason=reason,
        cited=_all(map(attrgetter("cited"), answers)),
        reads=_all(map(attrgetter("reads"), answers)),
        calls=_joined("\n", [answer.calls for answer in answers]),
        scores=answers[0].scores,
        answers=tuple(named.values()),
        understood=tuple(understood),
        questions=_all(map(attrgetter("questions"), answers)),
        topic=answers[0].topic,
    )


def without_offer(answer: TracedAnswer) -> TracedAnswer:
    """Return an abstention without what it offers, for an answer to several questions."""
    if not answer.abstained or not answer.cited:
        return answer
    return replace(answer, text=f"I don't know. {answer.reason}", cited=())


def _all(groups: Iterable[Iterable[T]]) -> tuple[T, ...]:
    return tuple(chain.from_iterable(groups))


def _joined(between: str, texts: Sequence[str]) -> str:
    return between.join(filter(None, texts))


def of_each(
    entities: Sequence[EntityRef], answers: Sequence[TracedAnswer], notes: Sequence[str] = ()
) -> TracedAnswer:
    """Return one answer for the same question of several ``entities``, one answer each.

    Those that the memory knows nothing for are named once, at the end, and the trace says why.
    """
    silent = [(e, one) for e, one in zip(entities, answers, strict=True) if one.abstained]
    unknown = ", ".join(entity.name for entity, _ in silent)
    why = [f"Not known of {entity.name}: {one.reason}" for entity, one in silent]
    whole = combined([replace(one, text="") if one.abstained else one for one in answers], notes)
    if not silent:
        return whole
    whole = replace(whole, understood=(*whole.understood, *why))
    if whole.abstained:
        reason = f"The memory knows it of none of these: {unknown}."
        return replace(whole, text=f"I don't know. {reason}", reason=reason)
    return replace(whole, text=f"{whole.text} I don't know it of {unknown}.")


def turn_of(question: str, answer: TracedAnswer) -> Turn:
    """Return a question and its answer as an earlier turn: with the entities of the facts cited,
    then those that were looked up."""
    found = {e.id: e for fact in answer.cited for e in (fact.subject, fact.object)}
    for read in answer.reads:
        for one in read.result.candidates:
            if one.role == "entity" and one.accepted:
                found.setdefault(one.id, EntityRef(one.id, one.name))
    return Turn(question, answer.text, tuple(found.values()))


def rules_out(fact: Fact, asked: EntityRef) -> bool:
    """Tell whether ``fact`` leaves no room for ``asked`` as its object.

    Only a single-valued relation with another object of the same type does, and neither places
    nor times, which contain each other: who was born in Warsaw was born in Poland.
    """
    type_ = fact.object.type
    excluding = type_ in ("PER", "ORG", "MISC") and type_ == asked.type
    return fact.relation.single_valued and excluding and fact.object.id != asked.id


def end_of(fact: Fact, side: Side) -> EntityRef:
    """Return the entity on a side of a fact."""
    return fact.subject if side == "subject" else fact.object


def other_side(fact: Fact, known: Side) -> EntityRef:
    """Return the entity of ``fact`` that a read with that known side asks for."""
    return fact.object if known == "subject" else fact.subject
