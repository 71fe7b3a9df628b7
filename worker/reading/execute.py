"""A question that was understood, looked up: sets of things, each with the facts that lead there.

Knows no English. Every read of the memory is made through ``Reading`` and stands in its trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from worker.english.comparing import LASTED
from worker.heads.answering import Reading, other_side
from worker.heads.timing import as_day, time_of
from worker.literals import parse_literal
from worker.reading.ages import lasted
from worker.reading.question import (
    HOLDS,
    AllOf,
    AnyOf,
    Anything,
    Counted,
    FirstOf,
    Node,
    Option,
    Picked,
    Reached,
    Thing,
    Without,
)
from worker.relation_roles import BEGINNINGS
from worker.types import OPPOSITE, EntityRef, Fact, QuantityValue, RelationSpec, Side

MOST_THINGS = 150  # of a set that a further step is taken from
MOST_APART = 12  # things that are read one by one where one read has them all
MOST_FACTS = 500  # of one read that leads to such a set
MOST_SHOWN = 60  # of a set that is answered
_OF_AGE = ("oldest", "eldest", "youngest", "newest")


@dataclass(frozen=True)
class Member:
    """A thing of a set and the facts that lead to it, in their order."""

    entity: EntityRef
    facts: tuple[Fact, ...] = ()


@dataclass
class Found:
    """The members of a set, by id; ``cut`` tells that there may be more of them."""

    members: dict[str, Member] = field(default_factory=dict)
    cut: bool = False

    def add(self, member: Member) -> None:
        self.members.setdefault(member.entity.id, member)

    @property
    def all(self) -> list[Member]:
        return list(self.members.values())


@dataclass(frozen=True)
class Missing:
    """A step that led to nothing: from which things, by which relation. An ``inner`` one is a
    step that others were to follow."""

    option: Option
    entity: EntityRef
    inner: bool = False


class Execution:
    """Looks sets up; ``missing`` holds the steps that led to nothing."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.missing: list[Missing] = []

    def find(self, node: Node, *, inner: bool = False) -> Found:
        """Return the members of a set; of an ``inner`` one, from which a further step is taken,
        more than an answer shows."""
        if isinstance(node, Thing):
            return Found({one.id: Member(one) for one in node.entities})
        if isinstance(node, Reached):
            return self._reached(node, inner)
        if isinstance(node, AllOf):
            return self._all_of(node)
        if isinstance(node, AnyOf):
            return _joined([self.find(part, inner=inner) for part in node.parts])
        if isinstance(node, FirstOf):
            return self._first_of(node, inner)
        if isinstance(node, Picked):
            return self._picked(node)
        if isinstance(node, Counted):
            return self._counted(node)
        if isinstance(node, Without):
            return self._without(node, inner)
        return Found(cut=True)  # nobody looks through all that there is

    def _first_of(self, node: FirstOf, inner: bool) -> Found:
        found = Found()
        for part in node.parts:
            found = self.find(part, inner=inner)
            if found.members:
                break
        return found

    def _reached(self, node: Reached, inner: bool) -> Found:
        if isinstance(node.of, Anything):
            return self._all_with(node.options[0])
        before = self.find(node.of, inner=True)
        if not before.members:
            self.missing = [replace(one, inner=True) for one in self.missing]
        found = Found(cut=before.cut or len(before.members) > MOST_THINGS)
        members = before.all[:MOST_THINGS]
        for option in node.options:
            for member in members:
                if member.entity.id:  # and is no name that nobody knows
                    self._step(found, node, option, member, MOST_FACTS if inner else 0)
            if found.members and not node.every:
                break
        if not found.members:
            self.missing += [Missing(o, m.entity) for o in node.options[:1] for m in members[:3]]
        return found

    def _all_with(self, option: Option) -> Found:
        """Return all things that a relation leads to, each with what leads there."""
        back = OPPOSITE[option.known]
        things = self.reading.ask_all(option.relation, back)
        found = Found(cut=things is None)
        for thing in things or ():
            facts = self.reading.ask(option.relation, thing, back)
            if facts:
                found.add(Member(_typed(thing, option), facts[:1]))
        return found

    def _at_once(self, relation: RelationSpec, members: Sequence[Member]) -> None:
        """Read a relation in whole where a read for each of many things would follow."""
        if len(members) > MOST_APART:
            self.reading.ask_all(relation, "object")

    def _counted(self, node: Counted) -> Found:
        """Return the things that a relation leads from to so many others."""
        whole = self.find(node.of, inner=True)
        found = Found(cut=whole.cut or len(whole.members) > MOST_THINGS)
        for number, member in self._numbers(whole.all, node.by):
            if HOLDS[node.sign](number, node.number):
                found.add(member)
        return found

    def _numbers(self, members: Sequence[Member], by: Option) -> list[tuple[int, Member]]:
        """Return each thing with to how many others a relation leads from it, and their facts."""
        self._at_once(by.relation, members)
        counts = []
        for member in members[:MOST_THINGS]:
            facts = self.reading.ask(by.relation, member.entity, by.known, MOST_FACTS)
            number = len({other_side(fact, by.known).id for fact in facts})
            counts.append((number, Member(member.entity, _distinct((*member.facts, *facts)))))
        return counts

    def _picked_by_number(self, by: Option, place: int, whole: Found) -> Found:
        """Order a set by to how many others a relation leads from each thing."""
        counts = self._numbers(whole.all, by)
        numbers = sorted({number for number, _ in counts})
        found = Found(cut=whole.cut or len(whole.members) > MOST_THINGS)
        if found.cut or not -len(numbers) <= place < len(numbers):
            return found
        for number, member in counts:
            if number == numbers[place]:
                found.add(member)
        return found

    def _step(self, found: Found, node: Reached, option: Option, member: Member, most: int) -> None:
        """Add what one read of a thing leads to."""
        asked = option.relation, member.entity, option.known
        facts = self.reading.ask(*asked, most)
        found.cut = found.cut or self.reading.cut_off(*asked)
        if node.or_itself and not facts:
            found.add(member)
        for fact in facts:
            there = _typed(other_side(fact, option.known), option)
            found.add(Member(there, (*member.facts, fact)))

    def _all_of(self, node: AllOf) -> Found:
        first, *others = (self.find(part, inner=True) for part in node.parts)
        found = first
        for other, part in zip(others, node.parts[1:], strict=True):
            kept = Found(cut=found.cut and other.cut)
            for id_, member in found.members.items():
                facts: tuple[Fact, ...] | None = None
                if id_ in other.members:
                    facts = other.members[id_].facts
                elif other.cut:
                    facts = self.leads_to(member.entity, part)
                if facts is not None:
                    kept.add(Member(member.entity, _distinct((*member.facts, *facts))))
            if found.cut:
                for id_, member in other.members.items():
                    facts = self.leads_to(member.entity, node.parts[0])
                    if id_ not in kept.members and facts is not None:
                        kept.add(Member(member.entity, _distinct((*facts, *member.facts))))
            found = kept
        shown = Found(cut=found.cut or len(found.members) > MOST_SHOWN)
        for member in found.all[:MOST_SHOWN]:
            shown.add(member)
        return shown

    def leads_to(self, entity: EntityRef, node: Node) -> tuple[Fact, ...] | None:
        """Return the fact by which a thing is in a set of one step, asked from its own side."""
        if not isinstance(node, Reached) or not isinstance(node.of, Thing):
            return None
        goal = {one.id for one in node.of.entities}
        for option in node.options:
            back = OPPOSITE[option.known]
            for fact in self.reading.ask(option.relation, entity, back):
                if other_side(fact, back).id in goal:
                    return (fact,)
        return None

    def _without(self, node: Without, inner: bool) -> Found:
        whole = self.find(node.of, inner=inner)
        missing = list(self.missing)
        out = _joined([self.find(part, inner=True) for part in node.left_out])
        self.missing = missing  # that something is not to be left out is no lack
        if out.cut:  # who else is to be left out is not known
            return Found(cut=True)
        if node.needed and not out.members:
            return Found()
        left = Found(cut=whole.cut)
        for id_, member in whole.members.items():
            if id_ in out.members:
                continue
            if not node.stated:
                left.add(member)
            elif facts := self._stated_otherwise(member.entity, node.left_out):
                left.add(Member(member.entity, _distinct((*member.facts, *facts))))
        return left

    def _stated_otherwise(self, entity: EntityRef, left_out: Sequence[Node]) -> tuple[Fact, ...]:
        """Return the facts that state another value of what is denied; none where one of them
        states that very value, of a time that is over."""
        for part in left_out:
            if isinstance(part, Reached):
                denied = self.find(part.of, inner=True).members
                for option in part.options[:1]:
                    back = OPPOSITE[option.known]
                    facts = tuple(self.reading.ask(option.relation, entity, back))
                    same = any(other_side(fact, back).id in denied for fact in facts)
                    return () if same else facts
        return ()

    def _picked(self, node: Picked) -> Found:
        """Order a set by the dates of its things, or of the facts that lead to them."""
        whole = self.find(node.of)
        if node.by is not None and node.counted:
            return self._picked_by_number(node.by, node.place, whole)
        if node.by is not None:
            return self._picked_by(node, node.by, whole)
        if node.words in LASTED:
            return self._picked_by_length(node, whole)
        dated: list[tuple[str, Member]] = []
        for member in whole.all[:MOST_THINGS]:
            day, facts = self.date_of(member, of_its_own=node.words in _OF_AGE)
            if day:
                dated.append((day, Member(member.entity, _distinct((*member.facts, *facts)))))
        today = self.reading.today.isoformat()
        # What is yet to come is nobody's last, and what has begun nobody's next.
        dated = [one for one in dated if (one[0] > today) == (node.words == "next")]
        dated.sort(key=lambda pair: pair[0])
        days = sorted({day for day, _ in dated})
        found = Found(cut=whole.cut)
        if not days or not -len(days) <= node.place < len(days) or whole.cut:
            return found
        for day, member in dated:
            if day == days[node.place]:
                found.add(member)
        return found

    def _picked_by(self, node: Picked, by: Option, whole: Found) -> Found:
        """Order a set by the values of a relation; one without a comparable value for each thing
        has no first."""
        found = Found(cut=whole.cut)
        valued: list[tuple[tuple[str, float], Member]] = []
        self._at_once(by.relation, whole.all)
        for member in whole.all[:MOST_THINGS]:
            for fact in self.reading.ask(by.relation, member.entity, "subject")[-1:]:
                value = measure_of(fact.object)
                if value is not None:
                    facts = _distinct((*member.facts, fact))
                    valued.append((value, Member(member.entity, facts)))
        places = sorted({value for value, _ in valued})
        if len({unit for unit, _ in places}) != 1 or whole.cut or len(valued) < 2:
            return found
        if -len(places) <= node.place < len(places):
            for value, member in valued:
                if value == places[node.place]:
                    found.add(member)
        return found

    def _picked_by_length(self, node: Picked, whole: Found) -> Found:
        """Order a set by how long each thing was in it, until today where that goes on; where
        nothing says that of any, by how long each lasted or lived. What has no beginning that is
        known, or begins only later, is left aside."""
        found = Found(cut=whole.cut)
        members = whole.all[:MOST_THINGS]
        lengths = [one for one in map(self._held, members) if one is not None]
        if not lengths:
            lengths = [one for one in map(self._lasted, members) if one is not None]
        if whole.cut or len(lengths) < 2:
            return found
        places = sorted({length for length, _ in lengths})
        if -len(places) <= node.place < len(places):
            for length, member in lengths:
                if length == places[node.place]:
                    found.add(member)
        return found

    def _held(self, member: Member) -> tuple[int, Member] | None:
        """Return for how many days a thing was in its set, with the facts that say so."""
        times = self.times(member)
        days = days_held(times, self.reading.today)
        return (
            (days, Member(member.entity, _distinct((*member.facts[:-1], *times)))) if days else None
        )

    def _lasted(self, member: Member) -> tuple[int, Member] | None:
        """Return for how many days a thing lasted or lived, with the facts that say so."""
        own = lasted(self.reading, member.entity)
        if own is None or own[2] <= own[1]:
            return None
        facts, first, last = own
        return (last - first).days, Member(member.entity, _distinct((*member.facts, *facts)))

    def times(self, member: Member) -> tuple[Fact, ...]:
        """Return all facts by which the last step leads to a member, who may have come back; the
        read of that step has them, and no other is made."""
        if not member.facts:
            return ()
        last = member.facts[-1]
        known: Side = "subject" if last.object.id == member.entity.id else "object"
        start = last.subject if known == "subject" else last.object
        facts = self.reading.ask(last.relation, start, known)
        return tuple(f for f in facts if other_side(f, known).id == member.entity.id) or (last,)

    def date_of(self, member: Member, *, of_its_own: bool = False) -> tuple[str, tuple[Fact, ...]]:
        """Return the first day of a thing, ISO, with the fact that says so; empty if unknown.

        That of the fact which leads to it goes first, unless the thing's own age is asked for.
        """
        last = member.facts[-1] if member.facts and not of_its_own else None
        if last is not None and last.valid_from:
            return last.valid_from.isoformat(), ()
        for relation in dating(self.reading.memory.relations()):
            if not relation.used:
                continue
            for fact in self.reading.ask(relation, member.entity, "subject"):
                value = time_of(fact.object)
                if value is not None and value.start and not value.start.startswith("-"):
                    return value.start, (fact,)
        return "", ()


@dataclass(frozen=True)
class Extent:
    """A quantity as numbers: from ``low`` to ``high``, None where it is open."""

    unit: str
    low: float | None
    high: float | None


def extent_of(entity: EntityRef) -> Extent | None:
    """Return the unit and the numbers of a quantity; None for what is none."""
    value = entity.value or parse_literal(entity.name, "quantity")
    if not isinstance(value, QuantityValue):
        return None
    low, high = (float(Fraction(one)) if one else None for one in (value.low, value.high))
    return Extent(value.unit, low, high)


def measure_of(entity: EntityRef) -> tuple[str, float] | None:
    """Return the unit and the number of a quantity, or "day" and the number of the first day of a
    time; None for what is neither."""
    extent = extent_of(entity)
    if extent is not None and extent.low is not None:
        return extent.unit, extent.low
    time = time_of(entity)
    day = as_day(time.start) if time is not None else None
    return ("day", float(day.toordinal())) if day is not None else None


def days_held(facts: Iterable[Fact], today: date) -> int:
    """Return on how many days up to today one of the facts held; those without a beginning, or
    with an end before it, count for none."""
    total = 0
    until = date.min
    spans = [
        (f.valid_from, min(f.valid_to or today, today)) for f in facts if f.valid_from is not None
    ]
    for start, end in sorted(spans):
        total += max(0, (end - max(start, until)).days)
        until = max(until, end)
    return total


def dating(relations: Iterable[RelationSpec]) -> list[RelationSpec]:
    """Return the relations whose object says when their subject began or happened."""
    return [relation for relation in relations if relation.role in (*BEGINNINGS, "happens")]


def _typed(entity: EntityRef, option: Option) -> EntityRef:
    types = option.relation.object_types
    if option.known == "object":
        types = option.relation.subject_types
    return replace(entity, type=types[0]) if not entity.type and len(types) == 1 else entity


def _joined(parts: Sequence[Found]) -> Found:
    found = Found(cut=any(part.cut for part in parts))
    for part in parts:
        for member in part.all:
            found.add(member)
    return found


def _distinct(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple({fact.triple_id: fact for fact in facts}.values())
