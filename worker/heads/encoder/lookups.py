"""From a question and the entity it names to facts: one read, or a chain of up to three."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Literal

from worker.english.asked_types import asked_types
from worker.english.words import EMPTY
from worker.heads.answering import Reading, other_side
from worker.heads.encoder.findings import (
    Found,
    Refusal,
    Tried,
    fits,
    scores_of,
    sides,
    symmetric,
    typed,
    which_one,
)
from worker.heads.encoder.hops import Nested, all_nested
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.relation_matching import Match, RelationMatcher, mask
from worker.heads.encoder.thresholds import Thresholds
from worker.reading.stems import own_names, stem, words
from worker.types import SIDES, EntityRef, Fact, RelationSpec, Side

_RANKED = 24  # relations and sides that are looked at
NEAR = -4.2  # above "none of these": a relation that is near enough to be offered
LOOKED_AT = 8  # relations beside those asked for that may be near


@dataclass(frozen=True)
class Closest:
    """The facts that come closest to what was asked for in vain; ``near`` ones are of the kind of
    thing that was asked for."""

    read: Tried
    facts: tuple[Fact, ...]
    near: bool

    def __str__(self) -> str:
        return str(self.read)


class Lookup:
    """The search of one answer; ``tried`` holds what was read in vain."""

    def __init__(self, matcher: RelationMatcher, limits: Thresholds, reading: Reading) -> None:
        self.matcher = matcher
        self.limits = limits
        self.reading = reading
        self.relations = reading.memory.relations()
        self.tried: list[Tried] = []
        self._off: dict[tuple[str, frozenset[str]], list[float]] = {}

    def candidates(self, text: str, named: NamedEntity) -> list[Match]:
        """Return the relations that ``text`` may ask of ``named``, best first.

        Only the better side of each, except where both sides mean the same or are nearly as
        clear: who asks for someone's mother does not ask for the children.
        """
        limits = self.limits
        fitted = self.ranked(text, named)
        best = fitted[0].score if fitted else 0.0
        accepted: list[Match] = []
        taken: dict[str, float] = {}
        for match in fitted:
            if match.margin < limits.margin or match.score < best - limits.window:
                break
            clearer = taken.setdefault(match.relation.id, match.score) - match.score
            if clearer <= limits.turned or symmetric(match.relation):
                accepted.append(match)
        own, several = self._owners_own(text, named)
        accepted = [one for one in accepted[: limits.most] if one not in own]
        return [*own, *accepted] if several else [*accepted, *own]

    def _owners_own(self, text: str, named: NamedEntity) -> tuple[list[Match], bool]:
        """Return the relation that an owner added and that ``text`` calls by its whole name, and
        whether that has several words: no shipped relation hides it, however near."""
        stems = {stem(word) for word in words(text)}
        own = [one for one in self.relations if not one.key and _is_called(one, stems)]
        wordings = [mask(text, named.start, named.end, named.type), text]
        for match in self.matcher.rank(wordings, own) if own else ():
            called = match.relation.name
            if match.known == "object":
                called = match.relation.inverse_name
            if _stems(called) and _stems(called) <= stems:
                return [match], bool(own_names(text, [match.relation]))
        return [], False

    def ranked(self, text: str, named: NamedEntity) -> list[Match]:
        """Return the relations and sides that are nearest, best first, with what types take off."""
        wordings = [mask(text, named.start, named.end, named.type), text]
        off = self._misfits(named.type, asked_types(text))
        return self.matcher.rank(wordings, self.relations, taken_off=off, most=_RANKED)

    def clearness(self, text: str, start: int, end: int, type_: str) -> float:
        """Return how clearly ``text`` asks for any relation of a thing of a type at a place of it,
        whatever its name: the same words differ by what the types of relations take off."""
        off = self._misfits(type_, asked_types(text))
        ranked = self.matcher.rank([mask(text, start, end, "")], self.relations, taken_off=off)
        return max((match.score for match in ranked), default=0.0)

    def _misfits(self, type_: str, asked: frozenset[str]) -> list[float]:
        """Return what types take off both sides of every relation."""
        key = (type_, asked)
        if key not in self._off:
            self._off[key] = [
                self._misfit(relation, known, type_, asked)
                for relation in self.relations
                for known in SIDES
            ]
        return self._off[key]

    def _misfit(
        self, relation: RelationSpec, known: Side, type_: str, asked: frozenset[str]
    ) -> float:
        here, there = sides(relation, known)
        mistyped = bool(type_ and here) and type_ not in here
        unasked = not fits(there, asked)
        return self.limits.mistyped * mistyped + self.limits.unasked * unasked

    def find(self, text: str, mention: NamedEntity, step: int = 1) -> Found | Refusal | None:
        """Return what ``text`` asks of ``mention``; None where the memory has no such fact."""
        readings = list(all_nested(text, mention)) if step < self.limits.steps else []
        self._prepare(text, mention, readings)
        whole = self.candidates(text, mention)
        refusal: Refusal | None = None
        for steps in readings:
            count = self._steps(text, mention, steps, whole)
            through = self._through(text, mention, steps, whole, step) if count != "one" else None
            if isinstance(through, Refusal) and count == "either":
                continue
            # Another way to take the question apart may still lead to an answer.
            if isinstance(through, Refusal) and not through.final:
                refusal = refusal or through
            elif through is not None:
                return through
        if refusal is not None:
            return refusal
        # Only now as one step: read so, the words of an inner question go unused.
        for match in whole:
            holders = self._holders(text, mention, match)
            if len(holders) > 1:
                return Refusal(which_one(holders), scores_of(match))
            if holders:
                ((_, facts),) = holders
                answers = tuple(other_side(fact, match.known) for fact in facts)
                return Found(tuple(facts), answers, (match,))
            self.tried.append(Tried(match.relation, mention.entities[0], match.known))
        return None

    def _steps(
        self, text: str, mention: NamedEntity, steps: Nested, whole: Sequence[Match]
    ) -> Literal["one", "either", "two"]:
        """Return in how many steps a question is read that could be taken in two.

        "What is the date of Ada's death?" asks for no date of anything that is her death: the
        memory knows what the whole asks for of Ada, and the inner phrase asks for nothing as
        clearly. ``either`` is two steps where they lead to facts, else one.
        """
        limits = self.limits
        inner = self.candidates(steps.inner, _moved(mention, steps))
        if not whole or not inner:
            return "two"
        one, first = whole[0], inner[0]
        plainer = one.margin - first.margin
        same = (one.relation.id, one.known) == (first.relation.id, first.known)
        if plainer < (0.0 if same else limits.plainer) or not (same or first.margin < limits.clear):
            return "two"
        if not self._holders(text, mention, one):
            return "two"
        return "one" if plainer >= limits.plainest else "either"

    def _prepare(self, text: str, mention: NamedEntity, readings: Sequence[Nested]) -> None:
        """Encode everything that will be matched in one go."""
        length = mention.end - mention.start
        texts = [mask(text, mention.start, mention.end, mention.type), text]
        for steps in readings:
            at = steps.name_at
            texts += [mask(steps.inner, at, at + length, mention.type), steps.inner]
        self.matcher.question_vectors(texts)

    def _holders(
        self, text: str, mention: NamedEntity, match: Match
    ) -> list[tuple[EntityRef, list[Fact]]]:
        """Return the entities that have facts of the relation, with these facts."""
        for entities in mention.ranked(text):
            holders = []
            for entity in entities[: self.limits.branches]:
                facts = list(self.reading.ask(match.relation, entity, match.known))
                if facts:
                    holders.append((entity, facts))
            if holders:
                self._note(text[mention.start : mention.end], [entity for entity, _ in holders])
                return holders
        return []

    def _note(self, name: str, entities: Sequence[EntityRef]) -> None:
        """Say for whom a name is taken that is not theirs: a part of it, another spelling."""
        for entity in entities:
            note = f"“{name}” is taken for {entity.name}."
            if entity.how in ("partial", "spelling") and note not in self.reading.understood:
                self.reading.understood.append(note)

    def _through(
        self,
        text: str,
        mention: NamedEntity,
        steps: Nested,
        whole: Sequence[Match],
        step: int,
    ) -> Found | Refusal | None:
        """Answer the inner question, then the outer one of its answers.

        ``whole`` are the relations of the question read as one. None when the question does not
        read as two; it refuses when it does and a fact lacks.
        """
        inner = _moved(mention, steps)
        asked = [
            match
            for match in self.candidates(steps.inner, inner)
            if self._reads_as_inner(match, steps, whole)
        ]
        for match in asked:
            holders = self._holders(steps.inner, inner, match)
            if len(holders) != 1:
                continue
            led_to = {other_side(fact, match.known).id: fact for fact in holders[0][1]}
            found = self._onward(text, steps, match, list(led_to.values()), whole, step)
            if found is not None:
                return found
        return self._first_unknown(asked, mention, whole)

    def _first_unknown(
        self, asked: Sequence[Match], mention: NamedEntity, whole: Sequence[Match]
    ) -> Refusal | None:
        """Refuse where the first of two steps is clearly asked for and has no facts.

        Read as one, "Where was X's wife born?" would be answered with where X was born.
        """
        if not asked or asked[0].margin < self.limits.certain:
            return None
        first = asked[0]
        if whole and whole[0].relation.id == first.relation.id:
            return None
        if any(self._holders_known(mention, match) for match in asked):
            return None
        missing = Tried(first.relation, mention.entities[0], first.known)
        return Refusal(
            f"The memory does not know {missing}, which the question leads through.",
            scores_of(first),
            final=False,
        )

    def _holders_known(self, mention: NamedEntity, match: Match) -> bool:
        """Tell whether one of the entities has facts of the relation."""
        entities = mention.entities[: self.limits.branches]
        return any(self.reading.ask(match.relation, entity, match.known) for entity in entities)

    def _reads_as_inner(self, match: Match, steps: Nested, whole: Sequence[Match]) -> bool:
        """Tell whether ``match`` is asked by the inner phrase alone.

        "The director of Y" gives the subject of a relation. Where the whole question asks for
        the same relation, its other words ("Who wrote the music for Y?") must have made that less
        clear, or they belong to it; a phrase that is the relation's very name stands for itself.
        """
        gives_object = match.known == "object" and not match.relation.name.endswith(" of")
        if steps.noun and gives_object and not symmetric(match.relation):
            return False
        names = {match.relation.name, *match.relation.aliases}
        if match.known == "subject" and steps.noun.casefold() in {n.casefold() for n in names}:
            return True
        same = bool(whole) and whole[0].relation.id == match.relation.id
        return not same or match.score - whole[0].score > self.limits.clearer

    def _onward(
        self,
        text: str,
        steps: Nested,
        match: Match,
        bridges: Sequence[Fact],
        whole: Sequence[Match],
        step: int,
    ) -> Found | Refusal | None:
        chain: list[Fact] = []
        answers: list[EntityRef] = []
        matches: tuple[Match, ...] = ()
        before = len(self.tried)
        for bridge in bridges[: self.limits.branches]:
            middle = typed(other_side(bridge, match.known), match)
            outer = text[: steps.start] + middle.name + text[steps.end :]
            place = NamedEntity(steps.start, steps.start + len(middle.name), (middle,))
            found = self.find(outer, place, step + 1)
            if isinstance(found, Refusal):
                return replace(found, final=True)
            if found is not None:
                chain += [bridge, *found.facts]
                answers += found.answers
                matches = matches or (match, *found.matches)
        if chain:
            return Found(tuple(chain), tuple(answers), matches)
        if len(self.tried) > before:
            return self._no_further(match, before)
        if not whole or match.score - whole[0].score > self.limits.certain:
            names = ", ".join(other_side(bridge, match.known).name for bridge in bridges[:3])
            return Refusal(
                f"The question asks for something about {names} "
                "that is none of the relations of the memory.",
                scores_of(match),
            )
        return None

    def _no_further(self, match: Match, before: int) -> Refusal:
        looked = "; ".join(dict.fromkeys(map(str, self.tried[before:])))
        return Refusal(
            f"The memory leads from {match.relation.name} no further; looked up: {looked}.",
            scores_of(match),
        )

    def closest(self, text: str, mention: NamedEntity) -> Closest | None:
        """Return what the memory does know of ``mention`` that comes closest."""
        tried = {(one.relation.id, one.known) for one in self.tried}
        entity, asked = mention.entities[0], asked_types(text)
        ranked = self.ranked(text, mention)
        others = [match for match in ranked if (match.relation.id, match.known) not in tried]
        first: Closest | None = None
        for number, match in enumerate(others[:LOOKED_AT]):
            near = match.margin >= NEAR and match.known == self.tried[0].known
            near = near and fits(sides(match.relation, match.known)[1], asked)
            if not near and (first or number >= self.limits.closest):
                continue
            if facts := self.reading.ask(match.relation, entity, match.known):
                found = Closest(Tried(match.relation, entity, match.known), tuple(facts), near)
                if near:
                    return found
                first = found
        return first


def _moved(mention: NamedEntity, steps: Nested) -> NamedEntity:
    """Return the name at its place in the inner question."""
    end = steps.name_at + mention.end - mention.start
    return NamedEntity(steps.name_at, end, mention.entities)


def _is_called(relation: RelationSpec, stems: Set[str]) -> bool:
    names = (_stems(name) for name in (relation.name, relation.inverse_name))
    return any(name and name <= stems for name in names)


def _stems(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(name) if word not in EMPTY)
