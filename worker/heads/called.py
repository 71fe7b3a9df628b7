"""What the calls of a language model ask for, as a question's value.

Each call goes on from what an earlier one has brought, or begins anew with a name of the question.
Of several that begin anew, what they lead to has to be in all of them: "Who works for A, born in
B?".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from worker.heads.answering import Reading, other_side
from worker.heads.asked import NOT_READ, Asked
from worker.heads.placing import places
from worker.heads.questions import question_form
from worker.heads.timing import AskedTime
from worker.reading.question import (
    MOST_STEPS,
    AllOf,
    AnyOf,
    Form,
    Node,
    Option,
    Question,
    Reached,
    Thing,
    steps_in,
    things_in,
)
from worker.types import EntityRef, MemoryQuery, Side, Span, TracedAnswer

if TYPE_CHECKING:  # torch comes with it
    from worker.heads.encoder.relation_matching import RelationMatcher

MOST_CALLS = 8  # of one answer
MOST_RESULTS = 30  # of one call, in the order of the memory
MOST_CONDITIONS = 3  # sets that have to hold what is asked for
_FORMS: Final[Mapping[str, Form]] = {"list": "which", "count": "how many", "yes_no": "whether"}
_OF_A_CALL: Final = re.compile(r"[{}>]")
NOTHING_ASKED = "The language model asked the memory nothing."
NOTHING_READ = "The memory has nothing for what the question was read to ask for."


@dataclass(frozen=True)
class _Chain:
    """Calls of which each goes on from the one before: the set, and its members by id."""

    node: Node
    reached: Mapping[str, EntityRef]


@dataclass(frozen=True)
class _Step:
    """A query that was understood: a name, what it stands for, and which way to go from there."""

    name: str
    things: tuple[EntityRef, ...]
    option: Option


class CalledReads:
    """The calls of one question."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.reading = asked.reading(asked.time)
        self.relations = {spec.name: spec for spec in asked.memory.relations()}
        self._known: dict[str, EntityRef] = {}  # by name, what reads have brought
        self._chains: list[_Chain] = []
        self._scattered = False  # a call goes on from nothing
        self._read: set[str] = set()  # the relations of calls that brought something
        self._in_vain: set[str] = set()  # those of calls that went on from results and did not

    def ask(self, queries: Sequence[MemoryQuery]) -> list[str]:
        """Read the memory for the queries of one call; return the names that they bring."""
        steps = [step for query in queries if (step := self._step(query))]
        found: dict[str, EntityRef] = {}
        for step in steps:
            relation, known = step.option.relation, step.option.known
            for entity in step.things:
                for fact in self.reading.ask(relation, entity, known):
                    other = other_side(fact, known)
                    found[other.id] = other
        relations = {step.option.relation.id for step in steps}
        if found:
            self._take(steps, found)
            self._read |= relations
        elif steps and all(self._is_reached(step.name) for step in steps):
            self._in_vain |= relations
        self._known |= {entity.name.casefold(): entity for entity in found.values()}
        return list(dict.fromkeys(entity.name for entity in found.values()))[:MOST_RESULTS]

    def answer(self, matcher: RelationMatcher) -> TracedAnswer:
        """Return the answer to what was asked, or abstain with the reason."""
        if not self._chains:
            return self.reading.abstain(NOTHING_READ if self.reading.traces else NOTHING_ASKED)
        form = self._form
        if form == "list" and self._only_leads_there():
            return self.reading.abstain(NOTHING_READ)
        nodes = tuple(dict.fromkeys(chain.node for chain in self._chains))
        if form == "yes_no":
            nodes = nodes[:1]  # the others are the same once more, from the other side
        target = nodes[0] if len(nodes) == 1 else AllOf(nodes)
        if self._scattered or len(nodes) > MOST_CONDITIONS or steps_in(target) > MOST_STEPS:
            return self.reading.abstain(NOT_READ)
        among = None
        if form == "yes_no":
            goals = self._goals(target)
            if len(goals) > 1:
                return self.reading.abstain(NOT_READ)
            among = goals[0] if goals else None
        question = Question(
            _FORMS[form], target, among=among, time=self.asked.time, text=self.asked.text
        )
        return self.asked.looked_up(question, self._begin, matcher)

    def _only_leads_there(self) -> bool:
        """Tell whether one step led to one thing, of which something else was asked that the
        memory does not know. After two steps a model often goes too far."""
        chain = self._chains[-1]
        one_step = len(self._chains) == 1 and steps_in(chain.node) == 1
        return one_step and len(chain.reached) == 1 and bool(self._in_vain - self._read)

    @property
    def _form(self) -> Literal["list", "count", "yes_no"]:
        return question_form(self.asked.text)

    def _goals(self, target: Node) -> list[Thing]:
        """Return what the question names beside the things that its calls began with."""
        begun = [span for thing in things_in(target) for span in thing.spans]
        return [
            Thing(one.entities, self.asked.text[one.start : one.end], (Span(one.start, one.end),))
            for one in self.asked.named
            if not any(one.start < span.end and span.start < one.end for span in begun)
        ]

    def _begin(self, time: AskedTime | None) -> Reading:
        return self.reading

    def _step(self, query: MemoryQuery) -> _Step | None:
        relation = self.relations.get(query.relation)
        name = query.subject or query.object or ""
        known: Side = "subject" if query.subject else "object"
        things = self._things(name) if relation else ()
        return _Step(name, things, Option(relation, known)) if relation and things else None

    def _things(self, name: str) -> tuple[EntityRef, ...]:
        """Return what a name stands for that results or the question hold; none of another."""
        known = self._known.get(name.casefold())
        if known is not None:
            return (known,)
        if not places(self.asked.text, name):
            return ()
        hits = self.asked.memory.find_entities(name)
        whole = {e.id: e for start, end, e in hits if (start, end) == (0, len(name))}
        return tuple(whole.values())

    def _is_reached(self, name: str) -> bool:
        """Tell whether results alone hold a name, and not the question."""
        return name.casefold() in self._known and not places(self.asked.text, name)

    def _take(self, steps: Sequence[_Step], found: Mapping[str, EntityRef]) -> None:
        """Put a call that brought something into the question's value."""
        ids = {thing.id for step in steps for thing in step.things}
        named = all(places(self.asked.text, step.name) for step in steps)
        turned = named and self._form == "yes_no"  # from what it asks for, not on from there
        before = next((c for c in reversed(self._chains) if ids <= c.reached.keys()), None)
        if before is not None and not turned:
            options = tuple(dict.fromkeys(step.option for step in steps))
            node: Node | None = Reached(before.node, options, every=len(options) > 1)
            self._chains.remove(before)
        else:
            node = self._begun(steps)
        if node is None:
            self._scattered = True
        else:
            self._chains.append(_Chain(node, found))

    def _begun(self, steps: Sequence[_Step]) -> Node | None:
        """Return the set of a call that begins with names of the question; None where these are
        several and are not asked the same."""
        by_name: dict[str, list[_Step]] = {}
        for step in steps:
            by_name.setdefault(step.name, []).append(step)
        asked = {tuple(step.option for step in those) for those in by_name.values()}
        if len(asked) > 1 or not all(places(self.asked.text, name) for name in by_name):
            return None
        (options,) = asked
        parts = tuple(
            Reached(self._thing(those[0]), options, every=len(options) > 1)
            for those in by_name.values()
        )
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def _thing(self, step: _Step) -> Thing:
        return Thing(step.things, step.name, tuple(places(self.asked.text, step.name)[:1]))


def names_said(written: str) -> list[str]:
    """Return the names of an answer that a model wrote, and its yes or no."""
    return [name for one in written.split(";") if (name := one.strip().rstrip("."))]


def agreeing(answer: TracedAnswer, written: str) -> TracedAnswer:
    """Return an answer that keeps, among its scores, whether the model wrote the same."""
    same = {name.casefold() for name in names_said(written)} == _said_in(answer)
    return replace(answer, scores={**answer.scores, "written": float(same)})


def unsaid(answer: TracedAnswer, written: str) -> list[str]:
    """Return the names that a model wrote and that the answer does not hold; nothing of a call
    that it began and did not end."""
    said = _said_in(answer)
    if not answer.answers:  # a yes or no, whose fact a model may say instead
        said |= {
            end.name.casefold() for fact in answer.cited for end in (fact.subject, fact.object)
        }
    own = [name for name in names_said(written) if name.casefold() not in said]
    return [name for name in own if not _OF_A_CALL.search(name)]


def _said_in(answer: TracedAnswer) -> set[str]:
    opening = answer.text.partition(".")[0].casefold()
    verdict = {opening} if opening in ("yes", "no") else set()
    return {entity.name.casefold() for entity in answer.answers} | verdict
