"""What was found, said: openings and reasons, each resting on the facts that are cited after it.

Knows nothing of how a question was put, and nothing of how it was looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from worker.heads.answering import Reading, counted
from worker.heads.timing import edge, period
from worker.reading.ages import span_of_years
from worker.reading.execute import Execution, Found, Member, Missing
from worker.reading.question import (
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
    reached_in,
)
from worker.sentences import fill, template_problem
from worker.types import EntityRef, Fact, RelationSpec, TracedAnswer, holds_on

_MOST_NAMED = 3


def facts_of(members: Sequence[Member]) -> list[Fact]:
    """Return the facts of all members in order, each once."""
    return list({fact.triple_id: fact for one in members for fact in one.facts}.values())


def say_set(
    reading: Reading, found: Found, *, count: bool, scores: dict[str, float]
) -> TracedAnswer:
    """Return the answer that names the members of a set, or how many there are."""
    members = found.all
    answers = [member.entity for member in members]
    reading.truncated = found.cut
    opening = counted(answers, truncated=found.cut) if count else ""
    return reading.answer(facts_of(members), answers=answers, opening=opening, scores=scores)


def described(node: Node) -> str:
    """Return a set in words: "the spouse of the director of Emma"."""
    if isinstance(node, Thing):
        return node.entities[0].name if node.entities else node.name
    if isinstance(node, Anything):
        return "anything"
    if isinstance(node, Counted):
        return f"{described(node.of)}, {node.words} by {node.by.relation.name}"
    if isinstance(node, Reached):
        return _step(node)
    if isinstance(node, FirstOf):
        return described(node.parts[0])
    if isinstance(node, Picked):
        return f"the {node.words} of these: {described(node.of)}"
    if isinstance(node, Without) and node.implied:
        return described(node.of)
    if isinstance(node, Without):
        out = " and ".join(described(part) for part in node.left_out)
        return f"{described(node.of)}, without {out}"
    word = " and also " if isinstance(node, AllOf) else " or "
    return word.join(described(part) for part in node.parts)


def _step(node: Reached) -> str:
    if node.derived:
        return f"the {node.derived} of {described(node.of)}"
    option = node.options[0]
    if option.known == "subject":
        return f"the {option.relation.name} of {described(node.of)}"
    return f"what has {described(node.of)} as its {option.relation.name}"


def why_nothing(execution: Execution, node: Node) -> str:
    """Return, in a sentence, why a set has no members."""
    if execution.missing and not isinstance(node, AllOf | Without | AnyOf):
        looked = "; ".join(dict.fromkeys(map(left_open, execution.missing[:_MOST_NAMED])))
        if execution.missing[0].inner:
            return f"The memory does not know {looked}, which the question leads through."
        return f"The memory has no such fact; looked up: {looked}."
    if isinstance(node, AllOf):
        return f"The memory knows nothing that is all of this: {described(node)}."
    if isinstance(node, Without):
        return f"Apart from what is left out, the memory knows nothing: {described(node)}."
    return f"The memory knows nothing of the kind: {described(node)}."


def left_open(missing: Missing) -> str:
    """Return what a step asked for as the sentence that it would complete."""
    relation, name = missing.option.relation, missing.entity.name
    if template_problem(relation.template):
        return f"“the {relation.name} of {name}”"
    known = missing.option.known == "subject"
    subject, object_ = (name, "…") if known else ("…", name)
    return f"“{fill(relation.template.rstrip('. '), subject=subject, object=object_)}”"


def notes_on(node: Node, facts: Sequence[Fact]) -> list[str]:
    """Return what is to be said of the steps of a set: kinship that no fact states and several
    facts make up, and words that were taken for something near to them."""
    notes: list[str] = []
    stated = {name.casefold() for fact in facts for name in _names(fact.relation)}
    read = {fact.relation.id for fact in facts}
    for one in reached_in(node):
        if one.derived and one.derived not in stated:
            notes.append(f"“{one.derived}” follows from several facts; none states it.")
        if one.loose and any(option.relation.id in read for option in one.options):
            notes.append(one.loose)
    return list(dict.fromkeys(notes))


def _names(relation: RelationSpec) -> tuple[str, ...]:
    return (relation.name, *relation.aliases)


def say_how_long(reading: Reading, facts: Sequence[Fact], scores: dict[str, float]) -> TracedAnswer:
    """Return for how long facts held; those without both ends say what is recorded."""
    dated = [fact for fact in facts if fact.valid_from]
    if not dated:
        known = [fact for fact in facts if fact.valid_to]
        why = "not when it began" if known else "no dates of it"
        return reading.abstain(f"The memory has this, but {why}.", scores)
    said = []
    for fact in dated:
        end = fact.valid_to or reading.today
        if fact.valid_from is not None and fact.valid_from < end:
            so_far = "" if fact.valid_to else " so far"
            said.append(f"{span_of_years(fact.valid_from, end)}{so_far}")
    if not said:
        return reading.abstain("It has not begun by today.", scores)
    return reading.answer(
        dated, answers=(), opening=f"About {', then '.join(said)}.", scores=scores
    )


def say_since(
    reading: Reading, facts: Sequence[Fact], scores: dict[str, float], *, until: bool
) -> TracedAnswer:
    """Return since or until when facts hold: "Since 1990.", "From" where they have ended or are
    yet to begin."""
    dated = [fact for fact in facts if (fact.valid_to if until else fact.valid_from)]
    if not dated:
        lacking = "an end" if until else "a beginning"
        held = "; ".join(filter(None, map(period, facts)))
        return reading.abstain(
            f"The memory has this without {lacking}{f' ({held})' if held else ''}.", scores
        )
    opening = _edges(dated, reading.today, until=until)
    return reading.answer(dated, answers=(), opening=opening, scores=scores)


def _edges(facts: Sequence[Fact], today: date, *, until: bool) -> str:
    said = list(dict.fromkeys(edge(fact, until=until) for fact in facts))
    if not all(said):
        return ""
    now = any(holds_on(fact.valid_from, fact.valid_to, today, today) for fact in facts)
    word = "Until" if until else "Since" if now else "From"
    return f"{word} {', then '.join(said)}."


def say_verdict(
    reading: Reading,
    facts: Sequence[Fact],
    *,
    yes: bool,
    why: str,
    scores: dict[str, float],
) -> TracedAnswer:
    """Return a yes or a no with the facts that it rests on; ``why`` qualifies it."""
    word = "Yes" if yes else "No"
    return reading.answer(
        facts, answers=(), opening=f"{word}{f', {why}' if why else ''}.", scores=scores
    )


def scores_of(options: Sequence[Option]) -> dict[str, float]:
    """Return the figures of a reading for its answer."""
    return {"relation": round(options[0].score, 4)} if options else {}


def names_of(entities: Sequence[EntityRef]) -> str:
    """Return a few names for a sentence."""
    shown = ", ".join(entity.name for entity in entities[:_MOST_NAMED])
    more = len(entities) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
