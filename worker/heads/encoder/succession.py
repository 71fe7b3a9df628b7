"""Who was before or after someone in a place, and what held before, after or during an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from worker.heads.answering import Reading, other_side
from worker.heads.encoder.asked_time import as_days
from worker.heads.encoder.findings import described, scores_of, which_one
from worker.heads.encoder.lookups import Lookup
from worker.heads.encoder.plain import in_steps
from worker.heads.encoder.relation_matching import Match
from worker.heads.encoder.time_anchors import TimeAnchor
from worker.heads.timing import AskedTime, as_day, time_of
from worker.reading.question import Thing
from worker.types import EntityRef, Fact, RelationRole, RelationSpec, Side, TracedAnswer
from worker.validity.order import is_after, is_before

GoOn: TypeAlias = Callable[[Lookup], TracedAnswer]
_DAY = timedelta(days=1)
_REPLACED: tuple[RelationRole, ...] = ("replaces", "follows")
_REPLACING: tuple[RelationRole, ...] = ("replaced_by", "followed_by")


@dataclass(frozen=True)
class _Held:
    """The facts of all who had the same relation to ``entity``, and of these the named one's."""

    match: Match
    entity: EntityRef
    facts: tuple[Fact, ...]
    own: tuple[Fact, ...]

    @property
    def others(self) -> list[Fact]:
        return [fact for fact in self.facts if fact not in self.own]

    def __str__(self) -> str:
        return described(self.match.relation, self.entity, self.match.known)


@dataclass(frozen=True)
class _Period:
    """From when until when something was, both days included, by the facts that say so."""

    start: date | None
    end: date | None
    grounds: tuple[Fact, ...] = ()


def answer_anchored(lookup: Lookup, asked: TimeAnchor, form: str, go_on: GoOn) -> TracedAnswer:
    """Answer a question about the time around something that is named.

    Where that has the relation which is asked for itself, the one next to it is the answer; else
    the question is asked again, by ``go_on``, for the days that its own facts give.
    """
    reading = lookup.reading
    held = _held(lookup, asked)
    if held is not None and form == "list" and asked.nearest:
        return _next_to(reading, asked, held)
    if held is not None:
        period: _Period | None = _own(held.own)
    else:
        periods = [
            (entity, found)
            for entity in asked.other.entities[: lookup.limits.branches]
            if (found := _of_event(reading, entity)) is not None
        ]
        if len(periods) > 1:
            return reading.abstain(which_one([(entity, []) for entity, _ in periods]))
        period = periods[0][1] if periods else None
    name = asked.other.entities[0].name
    if period is None:
        return reading.abstain(f"The memory does not know when {name} was.")
    time = _window(asked, period)
    if time is None:
        known, lacking = ("began", "ended") if period.start else ("ended", "began")
        return reading.abstain(f"The memory knows when {name} {known}, but not when it {lacking}.")
    then = Reading(reading.memory, time, past=True, today=reading.today, cited=reading.cited)
    then.traces, then.grounds = reading.traces, list(period.grounds)
    then.understood = [*reading.understood, as_days(time)]
    return go_on(Lookup(lookup.matcher, lookup.limits, then))


def _held(lookup: Lookup, asked: TimeAnchor) -> _Held | None:
    """Return the facts of the asked relation if the thing that is named has it too."""
    ids = {entity.id for entity in asked.other.entities}
    for mention in asked.named[: lookup.limits.mentions]:
        for match in lookup.candidates(asked.text, mention):
            for entity in mention.entities[: lookup.limits.branches]:
                facts = lookup.reading.every(match.relation, entity, match.known)
                own = tuple(fact for fact in facts if other_side(fact, match.known).id in ids)
                if own:
                    return _Held(match, entity, facts, own)
    return None


def _next_to(reading: Reading, asked: TimeAnchor, held: _Held) -> TracedAnswer:
    """Answer with who had the same just before or after: by the dates, else by what replaced."""
    name = other_side(held.own[0], held.match.known).name
    reading.asks = in_steps(
        asked.text, Thing((held.entity,), ""), [held.match], AskedTime(None, None, asked.words)
    )
    scores = scores_of(held.match)
    before = asked.order == "before"
    edge = _first_day(held.own) if before else _day_after(held.own)
    found = _neighbours(held.others, edge, before=before) if edge else []
    if edge and found:
        side = "last to end before" if before else "first to begin when"
        reading.understood.append(
            f"“{asked.words}” is taken for the {side} {name} {'began' if before else 'ended'} "
            f"({edge.isoformat()})."
        )
        reading.grounds = list(held.own)
        return reading.answer(found, answers=_answers(found, held.match.known), scores=scores)
    if replaced := _replaced(reading, held, before=before):
        verb = "replaced or followed" if before else "was replaced or followed by"
        reading.understood.append(
            f"“{asked.words}” is taken for what {name} {verb}, as no dates say who it was."
        )
        return _by_replacement(reading, held, replaced)
    return reading.abstain(_why_none(asked, held, name, edge), scores)


def _by_replacement(
    reading: Reading, held: _Held, replaced: list[tuple[Side, Fact]]
) -> TracedAnswer:
    """Answer with those of what replaced it that had the same too, where any of them had."""
    known = held.match.known
    ids = {other_side(fact, side).id for side, fact in replaced}
    same = [fact for fact in held.others if other_side(fact, known).id in ids]
    if same:
        shared = {other_side(fact, known).id for fact in same}
        replaced = [(side, fact) for side, fact in replaced if other_side(fact, side).id in shared]
    reading.grounds = [fact for _, fact in replaced]
    answers = [other_side(fact, side) for side, fact in replaced]
    return reading.answer(same, answers=answers, scores=scores_of(held.match))


def _why_none(asked: TimeAnchor, held: _Held, name: str, edge: date | None) -> str:
    if edge:
        undated = any(not f.valid_from and not f.valid_to for f in held.others)
        more = "; of some, the dates are not recorded" if undated else ""
        return f"Of {held}, the memory knows none {asked.order} {name} ({edge.isoformat()}){more}."
    if asked.order == "after" and any(fact.valid_from for fact in held.own):
        return f"Of {held}, the memory does not know that {name} was followed by anyone."
    return (
        f"Of {held}, the dates of {name} are not recorded, and no fact says what "
        f"{'it replaced' if asked.order == 'before' else 'replaced it'}."
    )


def _neighbours(facts: Sequence[Fact], edge: date, *, before: bool) -> list[Fact]:
    """Return the facts that ended last before a day, or that began first from it on."""
    return _ended_last(facts, edge) if before else _began_first(facts, edge)


def _ended_last(facts: Sequence[Fact], edge: date) -> list[Fact]:
    ended = [(f, f.valid_to) for f in facts if f.valid_to]
    ended = [(f, day) for f, day in ended if is_before(f.valid_from, day, edge)]
    last = max((day for _, day in ended), default=None)
    return [fact for fact, day in ended if day == last]


def _began_first(facts: Sequence[Fact], edge: date) -> list[Fact]:
    began = [(f, f.valid_from) for f in facts if f.valid_from]
    began = [(f, day) for f, day in began if is_after(day, f.valid_to, edge)]
    first = min((day for _, day in began), default=None)
    return [fact for fact, day in began if day == first]


def _first_day(facts: Sequence[Fact]) -> date | None:
    days = [fact.valid_from for fact in facts if fact.valid_from]
    return min(days) if days else None


def _day_after(facts: Sequence[Fact]) -> date | None:
    """Return the first day on which none of ``facts`` holds any more, if their ends are known."""
    days = [fact.valid_to for fact in facts if fact.valid_to]
    open_ = any(fact.valid_from and not fact.valid_to for fact in facts)
    return max(days) if days and not open_ else None


def _own(facts: Sequence[Fact]) -> _Period | None:
    start, after = _first_day(facts), _day_after(facts)
    if start is None and after is None:
        return None
    return _Period(start, after - _DAY if after else None, tuple(facts))


def _answers(facts: Sequence[Fact], known: Side) -> list[EntityRef]:
    return [other_side(fact, known) for fact in facts]


def _replaced(reading: Reading, held: _Held, *, before: bool) -> list[tuple[Side, Fact]]:
    """Return what the named one replaced (``before``) or was replaced by, with the known side."""
    forward, back = (_REPLACED, _REPLACING) if before else (_REPLACING, _REPLACED)
    named = other_side(held.own[0], held.match.known)
    for one, other in zip(forward, back, strict=True):
        for wanted, known in ((one, "subject"), (other, "object")):
            side: Side = "subject" if known == "subject" else "object"
            for relation in _relations(reading, wanted):
                if facts := reading.every(relation, named, side):
                    return [(side, fact) for fact in facts]
    return []


def _relations(reading: Reading, role: RelationRole) -> Iterator[RelationSpec]:
    """Yield the relations of the memory that have a role."""
    return (relation for relation in reading.memory.relations() if relation.role == role)


def _of_event(reading: Reading, entity: EntityRef) -> _Period | None:
    """Return when an entity was, by its start, end or date, else by facts that held for a time."""
    starts, ends = (_stated(reading, entity, "starts"), _stated(reading, entity, "ends"))
    if not starts or not ends:
        points = _stated(reading, entity, "happens")
        starts, ends = starts or points, ends or points
    if starts or ends:
        first = min((day for _, day, _ in starts if day), default=None)
        last = max((day for _, _, day in ends if day), default=None)
        grounds = {fact.triple_id: fact for fact, _, _ in (*starts, *ends)}
        return _Period(first, last, tuple(grounds.values()))
    return _own(_lasting(reading, entity))


def _lasting(reading: Reading, entity: EntityRef) -> list[Fact]:
    """Return the facts of an entity that held for a time."""
    return [
        fact
        for relation in _relations(reading, "dates")
        for fact in reading.every(relation, entity, "subject")
        if fact.valid_from or fact.valid_to
    ]


def _stated(
    reading: Reading, entity: EntityRef, role: RelationRole
) -> list[tuple[Fact, date | None, date | None]]:
    """Return the facts that name a time of ``entity``, with its first and last day."""
    found = []
    for relation in _relations(reading, role):
        for fact in reading.every(relation, entity, "subject"):
            if (value := time_of(fact.object)) is not None:
                found.append((fact, as_day(value.start), as_day(value.end)))
    return found


def _window(asked: TimeAnchor, period: _Period) -> AskedTime | None:
    """Return the days before, after or during a period; None where its facts do not say."""
    start, end = period.start, period.end
    if asked.order == "during":
        edge = {"start": start, "end": end}.get(asked.edge)
        first, last = (edge, edge) if asked.edge else (start, end)
        return AskedTime(first, last, asked.words) if first and last else None
    if asked.order == "before":
        day = end if asked.edge == "end" else start
        return AskedTime(None, day - _DAY, asked.words) if day and day > date.min else None
    if asked.edge == "start":
        return AskedTime(start, None, asked.words) if start else None
    return AskedTime(end + _DAY, None, asked.words) if end and end < date.max else None
