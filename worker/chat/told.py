"""Facts that people tell in few words, found by the forms of ``worker.english.telling``.

A head that was trained on written text misses them: a job behind "she's", the answer to
"Occupation?", a name that comes two turns after "my sister". What is found stands in the words of
the turns, as ``reading`` tells what a head finds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from worker.chat.facts import Told, type_in
from worker.chat.kin import kin_told
from worker.chat.relations import by_meaning
from worker.chat.scene import Line, Relative, Scene
from worker.chat.slots import answered_shortly
from worker.chat.statements import stated
from worker.english import telling
from worker.english.said_times import said_times
from worker.literals import parse_literal
from worker.types import Argument, Proposal, RelationSpec, Span

_LEAD: Final = re.compile(r"^[a-z ]+ (?=[A-Z0-9])")
_LASTING: Final = ("residence", "employer", "position held", "job title")


def told(scene: Scene, relations: Sequence[RelationSpec]) -> list[Proposal]:
    """Return the facts that the turns of a scene tell in few words."""
    known = by_meaning(relations)
    found = [*kin_told(scene), *stated(scene), *answered_shortly(scene)]
    made: dict[tuple[str, str, str], Proposal] = {}
    for one in found:
        relation = known.get(one.means)
        proposal = relation and _proposal(scene, one, relation)
        if proposal:
            key = (proposal.subject.called, proposal.relation_id, proposal.object.called)
            made.setdefault(key, proposal)
    return list(made.values())


def _proposal(scene: Scene, one: Told, relation: RelationSpec) -> Proposal | None:
    who = one.who.name if isinstance(one.who, Relative) else one.who
    said = one.said.of(scene.text)
    type_ = type_in(relation, one.means)
    if who is None or type_ is None or not said.strip() or _overlap(who.span, one.said):
        return None
    subject = Argument(who.span.of(scene.text), who.span, "PER", name=who.name)
    if type_ == "TIME":
        value = parse_literal(said, "time")
        if value is None:
            return None
        object_ = Argument(said, one.said, "TIME", "time", value=value)
    else:
        name = scene.fullest(said) if type_ == "PER" else said
        object_ = Argument(said, one.said, type_, name=name)
    if subject.called.casefold() == object_.called.casefold():
        return None
    start, end = min(who.span.start, one.line.span.start), max(who.span.end, one.line.span.end)
    sentence = Span(min(start, one.said.start), max(end, one.said.end))
    since = _since(scene, one.line) if one.means in _LASTING else None
    return Proposal(subject, relation.id, object_, sentence, one.score, since)


def _since(scene: Scene, line: Line) -> date | None:
    """Return when what a sentence tells began, where it says one time and that it did."""
    said = line.text(scene.text)
    times = list(said_times(said, scene.turns[line.turn].time.date()))
    if len(times) != 1 or not telling.BEGAN.search(said):
        return None
    value = parse_literal(_LEAD.sub("", times[0].written), "time")
    start = getattr(value, "start", "")
    return date.fromisoformat(start) if len(start) == 10 else None


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
