"""What every read head shares: how a question is put, and how an answer is made of facts.

Nothing is stated here that is not in a fact: each sentence is a relation's template filled in,
followed by the number of the fact that it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, TypeAlias

from worker.interfaces import Memory
from worker.protocol import serialise_read
from worker.types import EntityRef, Fact, MemoryQuery, ReadTrace, RelationSpec, TracedAnswer

Side: TypeAlias = Literal["subject", "object"]
Form: TypeAlias = Literal["list", "count", "yes_no"]

LONGEST_QUESTION = 2_000  # code points; a longer text is not a question

_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b(?!\s+there\s+any)",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bhow many\b|\b(?:what is|what's|give me|tell me)? ?the number of\b", re.I)


def question_form(question: str) -> Form:
    """Return whether the question wants names, a count, or a yes or no."""
    if _COUNT.search(question):
        return "count"
    return "yes_no" if _YES_NO.match(question) else "list"


def claim(fact: Fact, number: int) -> str:
    """Return the sentence that states ``fact``, with ``[number]`` before its full stop."""
    template = fact.relation.template.strip()
    if "{subject}" not in template or "{object}" not in template:
        template = "{subject}: " + fact.relation.name + ": {object}."
    names = {"{subject}": fact.subject.name, "{object}": fact.object.name}
    body = template.rstrip(". ")
    sentence = re.sub(r"\{subject\}|\{object\}", lambda match: names[match.group()], body)
    return f"{sentence[:1].upper()}{sentence[1:]} [{number}]."


def facts_at(facts: Iterable[Fact], as_of: date | None) -> tuple[Fact, ...]:
    """Return the facts that hold on that day; without a day, all of them."""
    if as_of is None:
        return tuple(facts)
    return tuple(
        fact
        for fact in facts
        if (fact.valid_from is None or fact.valid_from <= as_of)
        and (fact.valid_to is None or as_of <= fact.valid_to)
    )


class Reading:
    """The reads of one answer, in order, and the answer that they end in."""

    def __init__(self, memory: Memory, as_of: date | None = None) -> None:
        self.memory = memory
        self.as_of = as_of
        self.traces: list[ReadTrace] = []
        self.truncated = False

    def ask(self, relation: RelationSpec, entity: EntityRef, known: Side) -> tuple[Fact, ...]:
        """Run one MEM_READ with ``entity`` on its known side and return the facts that hold."""
        if known == "subject":
            query = MemoryQuery(
                relation.name,
                subject=entity.name,
                relation_id=relation.id,
                subject_id=entity.id,
            )
        else:
            query = MemoryQuery(
                relation.name, object=entity.name, relation_id=relation.id, object_id=entity.id
            )
        result = self.memory.read(query)
        unknown = dict.fromkeys(other_side(fact, known).name for fact in result.facts)
        self.traces.append(ReadTrace(serialise_read([query], tuple(unknown)), result))
        facts = facts_at(result.facts, self.as_of)
        self.truncated = self.truncated or (result.truncated and bool(facts))
        return facts

    @property
    def calls(self) -> str:
        return "\n".join(trace.call for trace in self.traces)

    def abstain(self, reason: str, scores: dict[str, float] | None = None) -> TracedAnswer:
        """Return the answer that states nothing; ``reason`` is one sentence."""
        return TracedAnswer(
            text=f"I don't know. {reason}",
            abstained=True,
            reason=reason,
            reads=tuple(self.traces),
            calls=self.calls,
            scores=scores or {},
        )

    def answer(
        self,
        facts: Sequence[Fact],
        *,
        answers: Sequence[EntityRef],
        opening: str = "",
        scores: dict[str, float] | None = None,
    ) -> TracedAnswer:
        """Return the answer that states ``facts``, one sentence and citation each."""
        cited = tuple({fact.triple_id: fact for fact in facts}.values())
        sentences = [claim(fact, number) for number, fact in enumerate(cited, start=1)]
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
        )

    def answer_names(
        self, facts: Sequence[Fact], known: Side, form: Form, scores: dict[str, float]
    ) -> TracedAnswer:
        """Answer a question for names, or for their number, with the facts of one read."""
        answers = [other_side(fact, known) for fact in facts]
        opening = ""
        if form == "count":
            number = len({entity.id for entity in answers})
            least = "at least " if self.truncated else ""
            opening = f"The memory knows {least}{number}."
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


def rules_out(fact: Fact, asked: EntityRef) -> bool:
    """Tell whether ``fact`` leaves no room for ``asked`` as its object.

    Only a single-valued relation with another object of the same type does, and neither places
    nor times, which contain each other: who was born in Warsaw was born in Poland.
    """
    type_ = fact.object.type
    excluding = type_ in ("PER", "ORG", "MISC") and type_ == asked.type
    return fact.relation.single_valued and excluding and fact.object.id != asked.id


def other_side(fact: Fact, known: Side) -> EntityRef:
    """Return the entity of ``fact`` that a read with that known side asks for."""
    return fact.object if known == "subject" else fact.subject
