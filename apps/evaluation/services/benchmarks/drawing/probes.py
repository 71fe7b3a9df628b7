"""One question of each kind about the facts of a memory, or none where the lot is unlucky."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from apps.common.days import Unit, unit_of
from apps.evaluation.services.benchmarks.drawing import wordings
from apps.evaluation.services.benchmarks.drawing.held import Held, HeldFact, Known
from apps.evaluation.services.benchmarks.drawing.wordings import Source, Wording
from worker.sentences import fill
from worker.types import RelationSpec, Side, holds_on

MOST_ANSWERS: Final = 30
_SIDES: Final[tuple[Side, ...]] = ("subject", "object")
_EXCLUDING: Final = ("PER", "ORG", "MISC")  # one of them cannot lie within another
_SOME_TIME: Final = timedelta(days=200)


@dataclass(frozen=True)
class Probe:
    """A question with its right answers: entities, or ``values`` as they are written."""

    kind: str
    text: str
    relation: str
    source: Source
    entities: Collection[int] = ()
    values: tuple[str, ...] = ()
    facts: Collection[int] = ()
    given: Mapping[str, Any] = field(default_factory=dict)


class Prober:
    """Makes questions about what is held, by the lot of ``rng``."""

    def __init__(self, held: Held, rng: random.Random) -> None:
        self.held, self.rng = held, rng
        by_relation: dict[str, list[HeldFact]] = {}
        for fact in held.facts:
            by_relation.setdefault(fact.relation, []).append(fact)
        self._by_relation = [facts for _, facts in sorted(by_relation.items())]
        self._dated = [fact for fact in held.facts if fact.valid_from or fact.valid_to]
        self._askable = [one for _, one in sorted(held.relations.items()) if one.questions]
        self._kinds: dict[str, Callable[[], Probe | None]] = {
            "single": self._single,
            "inverse": self._inverse,
            "list": self._list,
            "count": self._count,
            "yes": self._yes,
            "no": self._no,
            "since": self._since,
            "time": self._time,
            "as_of": self._as_of,
            "two_hops": self._two_hops,
            "absent": self._absent,
            "near_absent": self._near_absent,
        }

    def make(self, kind: str) -> Probe | None:
        """Return a question of a kind; None where what was drawn does not lend itself to one."""
        return self._kinds[kind]() if self.held.facts else None

    def _fact(self) -> HeldFact:
        """Return a fact: every other time of a relation that was drawn first, so that rare
        relations come up."""
        if self.rng.random() < 0.5:
            return self.rng.choice(self.held.facts)
        return self.rng.choice(self.rng.choice(self._by_relation))

    def _spec(self, fact: HeldFact) -> RelationSpec:
        return self.held.relations[fact.relation]

    def _now(self, entity: int, relation: RelationSpec, side: Side) -> list[Known]:
        """Return what is at the other end; nothing where that changed in time or is too much."""
        known = self.held.known(entity, relation.id, side)
        fits = all(one.fact.is_current for one in known)
        if side == "object" and self.held.holds_others(entity):
            return []
        return known if fits and len({one.other for one in known}) <= MOST_ANSWERS else []

    def _asked(self, kind: str, side: Side, least: int, most: int) -> Probe | None:
        fact = self._fact()
        relation = self._spec(fact)
        entity = fact.subject if side == "subject" else fact.object
        if not self.held.may_ask(entity):
            return None
        known = self._now(entity, relation, side)
        others = {one.other for one in known}
        wording = wordings.chosen(self.rng, wordings.questions(relation, side))
        if wording is None or not least <= len(others) <= most or entity in others:
            return None
        return self._probe(kind, wording, entity, relation, known)

    def _probe(
        self, kind: str, wording: Wording, entity: int, relation: RelationSpec,
        known: Sequence[Known], **more: Any,
    ) -> Probe:  # fmt: skip
        return Probe(
            kind,
            wording.of(self.held.things[entity].name),
            relation.name,
            wording.source,
            entities=sorted({one.other for one in known}),
            facts=sorted({one.fact.id for one in known}),
            **more,
        )

    def _single(self) -> Probe | None:
        return self._asked("single", "subject", 1, 1)

    def _inverse(self) -> Probe | None:
        return self._asked("inverse", "object", 1, MOST_ANSWERS)

    def _list(self) -> Probe | None:
        return self._asked("list", self.rng.choice(_SIDES), 2, MOST_ANSWERS)

    def _count(self) -> Probe | None:
        fact, side = self._fact(), self.rng.choice(_SIDES)
        relation = self._spec(fact)
        entity = fact.subject if side == "subject" else fact.object
        wording = wordings.chosen(self.rng, wordings.counting(relation, side))
        if wording is None or not self.held.may_ask(entity):
            return None
        known = self._now(entity, relation, side)
        number = len({one.other for one in known})
        if number < 2:
            return None
        found = self._probe("count", wording, entity, relation, known)
        return _instead(found, str(number))

    def _stated(self, kind: str, fact: HeldFact, other: int, texts: Sequence[str]) -> Probe | None:
        """Return a question about a statement, its object perhaps another one."""
        named = self.held.may_name(other) or self.held.things[other].kind != "item"
        if not texts or not named or not self.held.may_ask(fact.subject):
            return None
        names = self.held.things
        text = fill(
            self.rng.choice(texts), subject=names[fact.subject].name, object=names[other].name
        )
        relation = self._spec(fact)
        return Probe(kind, text, relation.name, "own", facts=(fact.id,))

    def _yes(self) -> Probe | None:
        fact = self._fact()
        texts = wordings.whether(self._spec(fact).template) if self._spec(fact).template else []
        found = self._stated("yes", fact, fact.object, texts) if fact.is_current else None
        return found and _instead(found, "yes")

    def _no(self) -> Probe | None:
        """Ask for another object where there can be one alone."""
        fact = self._fact()
        relation = self._spec(fact)
        known = self.held.known(fact.subject, relation.id, "subject")
        if not relation.single_valued or len(known) != 1 or not fact.is_current:
            return None
        other = self.rng.choice(self._by_relation_of(fact)).object
        own, its = self.held.things[fact.object], self.held.things[other]
        unfit = own.type not in _EXCLUDING or its.type != own.type
        if unfit or other in (fact.object, fact.subject) or not relation.template:
            return None
        found = self._stated("no", fact, other, wordings.whether(relation.template))
        return found and _instead(found, "no")

    def _by_relation_of(self, fact: HeldFact) -> list[HeldFact]:
        return next(facts for facts in self._by_relation if facts[0].relation == fact.relation)

    def _since(self) -> Probe | None:
        if not self._dated:
            return None
        fact = self.rng.choice(self._dated)
        relation = self._spec(fact)
        alike = [
            one
            for one in self.held.known(fact.subject, relation.id, "subject")
            if one.other == fact.object
        ]
        if not fact.valid_from or not fact.is_current or not relation.lasts or len(alike) > 1:
            return None
        texts = wordings.since_when(relation.template)
        found = self._stated("since", fact, fact.object, texts)
        return found and _instead(found, *_written(fact.valid_from))

    def _time(self) -> Probe | None:
        """Ask for what held all through a year, and nothing of it changed in that year."""
        if not self._dated:
            return None
        fact = self.rng.choice(self._dated)
        relation, this = self._spec(fact), date.today().year
        begin = fact.valid_from.year + 1 if fact.valid_from else this - 30
        end = fact.valid_to.year - 1 if fact.valid_to else this - 1
        if begin > end or not self.held.may_ask(fact.subject):
            return None
        year = self.rng.randint(max(begin, end - 30), end)
        wording = wordings.chosen(self.rng, wordings.in_year(relation, "subject", year))
        known = self._held_from(fact, date(year, 1, 1), date(year, 12, 31))
        if wording is None or not known:
            return None
        return self._probe("time", wording, fact.subject, relation, known)

    def _as_of(self) -> Probe | None:
        """Ask for what held on a day that comes beside the question."""
        if not self._dated:
            return None
        fact = self.rng.choice(self._dated)
        day = _day_within(fact)
        relation = self._spec(fact)
        wording = wordings.chosen(self.rng, wordings.questions(relation, "subject"))
        known = self._held_from(fact, day, day) if day else []
        if wording is None or day is None or not known or not self.held.may_ask(fact.subject):
            return None
        given = {"as_of": day.isoformat()}
        return self._probe("as_of", wording, fact.subject, relation, known, given=given)

    def _held_from(self, fact: HeldFact, first: date, last: date) -> list[Known]:
        """Return what held on all days; nothing where something did on some of them only."""
        known = self.held.known(fact.subject, fact.relation, "subject")
        at_all = [
            one for one in known if holds_on(one.fact.valid_from, one.fact.valid_to, first, last)
        ]
        whole = all(
            holds_on(one.fact.valid_from, one.fact.valid_to, day, day)
            for one in at_all
            for day in (first, last)
        )
        return at_all if whole and len(at_all) <= MOST_ANSWERS else []

    def _two_hops(self) -> Probe | None:
        """Ask about what a fact leads to, without its name."""
        fact = self._fact()
        first = self._spec(fact)
        phrase = wordings.chosen(self.rng, wordings.standing_for(first))
        between = self._now(fact.subject, first, "subject")
        if phrase is None or len({one.other for one in between}) != 1:
            return None
        at = between[0].other
        if not self.held.may_ask(fact.subject) or not self.held.may_ask(at):
            return None
        side = self.rng.choice(_SIDES)
        seconds = [one for one in self._askable if self._leads_on(at, one, side, fact.subject)]
        if not seconds:
            return None
        second = self.rng.choice(seconds)
        wording = wordings.chosen(self.rng, wordings.questions(second, side))
        if wording is None or "{x}'s" in wording.text:
            return None
        known = [*self._now(at, second, side)]
        text = wording.of(phrase.of(self.held.things[fact.subject].name).replace("The ", "the ", 1))
        own: Source = "own" if "own" in (phrase.source, wording.source) else "apart"
        return Probe(
            "two_hops", text, second.name, own,
            entities=sorted({one.other for one in known}),
            facts=sorted({one.fact.id for one in (*between, *known)}),
        )  # fmt: skip

    def _leads_on(self, at: int, relation: RelationSpec, side: Side, start: int) -> bool:
        others = {one.other for one in self._now(at, relation, side)}
        return bool(others) and start not in others

    def _lacking(self, entity: int, relation: RelationSpec) -> bool:
        """Tell whether a thing could have such a fact, and nothing says that it has."""
        return (
            self.held.things[entity].type in relation.subject_types
            and not self.held.known(entity, relation.id, "subject")
            and not self.held.says_alike(entity, relation)
        )

    def _absent(self) -> Probe | None:
        entity = self._fact().subject
        return self._unanswered("absent", entity, self._askable)

    def _near_absent(self) -> Probe | None:
        """Ask for a relation of which there is no fact where another one has objects like its."""
        fact = self._fact()
        own = self._spec(fact)
        near = [
            one
            for one in self._askable
            if one.id != own.id
            and set(one.object_types) & set(own.object_types)
            and set(one.subject_types) & set(own.subject_types)
        ]
        return self._unanswered("near_absent", fact.subject, near)

    def _unanswered(
        self, kind: str, entity: int, relations: Sequence[RelationSpec]
    ) -> Probe | None:
        if not relations or not self.held.may_ask(entity):
            return None
        relation = self.rng.choice(relations)
        wording = wordings.chosen(self.rng, wordings.questions(relation, "subject"))
        if wording is None or not self._lacking(entity, relation):
            return None
        return self._probe(kind, wording, entity, relation, ())


def _instead(probe: Probe, *values: str) -> Probe:
    """Return the probe with a value as its answer."""
    return Probe(
        probe.kind, probe.text, probe.relation, probe.source, (), values, probe.facts, probe.given
    )


def _written(day: date) -> tuple[str, ...]:
    """Return how a first day may be answered: "May 2016" and "1 May 2016"."""
    whole = f"{day.day} {day:%B} {day.year}"
    shorter = {Unit.YEAR: (str(day.year),), Unit.MONTH: (f"{day:%B} {day.year}",), Unit.DAY: ()}
    return (*shorter[unit_of(day)], whole)


def _day_within(fact: HeldFact) -> date | None:
    """Return a day on which the fact held, well within where that can be, and not to come."""
    if fact.valid_from and fact.valid_to:
        return fact.valid_from + (fact.valid_to - fact.valid_from) / 2
    if fact.valid_to:
        return fact.valid_to - _SOME_TIME if fact.valid_to.year > 1 else None
    if fact.valid_from is None or fact.valid_from > date.today():
        return None
    return min(fact.valid_from + _SOME_TIME, date.today())
