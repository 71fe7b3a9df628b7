"""Questions for a yes or no: two things that are named, or one and a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from worker.heads.answering import rules_out
from worker.heads.encoder.direction import is_stated
from worker.heads.encoder.findings import left_open, scores_of
from worker.heads.encoder.lookups import Lookup
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.plain import in_steps
from worker.heads.encoder.relation_matching import Match, mask
from worker.heads.timing import time_of
from worker.literals import agree, as_json, parse_time
from worker.reading.question import Option, Question, Reached, Thing
from worker.types import EntityRef, Fact, TracedAnswer

_JOINED = re.compile(r"\b(?:and|or|but|nor)\b", re.IGNORECASE)
SEVERAL = "The question asks whether several things are so; please ask one at a time."
NEITHER = "The memory neither states this nor rules it out"


def matches_between(
    lookup: Lookup, text: str, first: NamedEntity, second: NamedEntity
) -> list[Match]:
    """Return the relations that may be asked of two entities, best first, whatever their side."""
    masked = mask(text, second.start, second.end, second.type)
    masked = mask(masked, first.start, first.end, first.type)
    best: dict[str, Match] = {}
    for match in lookup.matcher.rank([masked, text], lookup.relations):
        best.setdefault(match.relation.id, match)
    limits = lookup.limits
    ranked = sorted(best.values(), key=lambda match: -match.score)[: limits.most]
    return [
        match
        for match in ranked
        if match.margin >= limits.margin and match.score >= ranked[0].score - limits.window
    ]


def answer_between(lookup: Lookup, text: str, named: Sequence[NamedEntity]) -> TracedAnswer:
    """Answer whether two named entities stand in the relation that is asked for.

    A "no" needs a fact that rules it out, see ``rules_out``.
    """
    reading = lookup.reading
    if len(named) > 2 and _JOINED.search(_beside(text, named)):
        return reading.abstain(SEVERAL)
    first, second = sorted(named[:2], key=lambda mention: mention.start)
    matches = matches_between(lookup, text, first, second)
    if not matches:
        return reading.abstain("The question asks for none of the relations of the memory.")
    reading.asks = Question(
        "whether",
        Reached(Thing(first.entities, ""), (Option(matches[0].relation, "subject"),)),
        among=Thing(second.entities, ""),
        time=reading.time,
    )
    ruled_out: list[Fact] = []
    for match in matches:
        for left, right in ((first, second), (second, first)):
            if not is_stated(text, match.relation, left, right, first=first):
                continue
            facts = _facts(lookup, match, left)
            if agreeing := _reaching(facts, right):
                return reading.answer(agreeing, answers=(), opening="Yes.", scores=scores_of(match))
            if match is matches[0] and len(left.entities) == 1:
                ruled_out += [fact for fact in facts if rules_out(fact, right.entities[0])]
    scores = scores_of(matches[0])
    if ruled_out:
        return reading.answer(ruled_out, answers=(), opening="No.", scores=scores)
    return reading.abstain(_nothing(lookup, matches[0], first, second), scores)


def _reaching(facts: Sequence[Fact], right: NamedEntity) -> list[Fact]:
    """Return the facts whose object is one of the entities of a name."""
    goal = {entity.id for entity in right.entities}
    return [fact for fact in facts if fact.object.id in goal]


def _beside(text: str, named: Sequence[NamedEntity]) -> str:
    """Return the text without the names in it."""
    for mention in sorted(named, key=lambda mention: -mention.start):
        text = text[: mention.start] + " " + text[mention.end :]
    return text


def _facts(lookup: Lookup, match: Match, left: NamedEntity) -> list[Fact]:
    """Return the facts of every entity that bears the name."""
    return [
        fact
        for entity in left.entities[: lookup.limits.branches]
        for fact in lookup.reading.ask(match.relation, entity, "subject")
    ]


def _nothing(lookup: Lookup, match: Match, first: NamedEntity, second: NamedEntity) -> str:
    looked = left_open(match.relation, first.entities[0], "subject")
    when = f" for the time asked about ({lookup.reading.time.words})" if lookup.reading.time else ""
    return f"{NEITHER}{when}; looked up: {looked}, and whether it is {second.entities[0].name}."


def answer_when(lookup: Lookup, text: str, mention: NamedEntity, said: str) -> TracedAnswer | None:
    """Answer whether ``said`` is the time that a fact of ``mention`` gives as its object.

    "Was Marie Curie born in 1867?" agrees with 7 November 1867. None where the question asks for
    no relation to a time, or the memory's time cannot be compared.
    """
    reading = lookup.reading
    asked = as_json(parse_time(said), said)
    for match in lookup.candidates(text, mention)[:1]:
        if match.known != "subject" or "TIME" not in match.relation.object_types or not asked:
            continue
        said_to_be = Thing((EntityRef("", said, "TIME"),), said)
        reading.asks = replace(
            in_steps(text, Thing(mention.entities, ""), [match], None), among=said_to_be
        )
        for entity in mention.entities[:1]:
            facts = reading.ask(match.relation, entity, "subject")
            stated = {f.triple_id: as_json(time_of(f.object), "") for f in facts}
            agreeing = [f for f in facts if agree(stated[f.triple_id], asked)]
            scores = scores_of(match)
            if agreeing:
                return reading.answer(agreeing, answers=(), opening="Yes.", scores=scores)
            if facts and all(stated.values()) and match.relation.single_valued:
                return reading.answer(facts, answers=(), opening="No.", scores=scores)
    return None
