"""What speaks against a correction: it is no name, it changes nothing, it blames a fact that the
question did not ask for, it contradicts one that nobody called wrong."""

from __future__ import annotations

from apps.asking.models import Answer, Citation
from apps.asking.services.errors import MarkRefused
from apps.asking.services.readings import questions_of
from apps.asking.services.understanding import slot_of
from apps.common.names import normalise_name
from apps.curation.services import FactInWords, Name
from apps.memory.controller import EntityInput, MemoryController, TripleInput
from apps.memory.controller.resolve import equivalent
from apps.memory.controller.wording import statement_of
from apps.memory.models import Entity, Triple
from apps.memory.services.values import equal_values
from worker.english.no_names import is_no_name
from worker.literals import as_json, parse_literal
from worker.reading.parts import relations_in
from worker.reading.question import Picked, Question, nodes_in


def refuse_no_name(answer: Answer, text: str, field: str) -> None:
    """Raise MarkRefused for a yes, a no or an "unknown", unless something is called so."""
    if not text or not is_no_name(text):
        return
    if MemoryController(answer.question.space).resolve_entity(text).entity is None:
        raise MarkRefused(
            f"“{text}” is no name. Write the name that is right, or leave it empty.", field=field
        )


def refuse_the_same(answer: Answer, expected: str) -> None:
    """Raise MarkRefused when the answer says exactly what is expected, in whatever spelling."""
    resolution = MemoryController(answer.question.space).resolve_entity(expected)
    wanted = {one.entity.pk for one in resolution.candidates if one.how != "near"}
    for one in answer.stated.select_related("triple__relation"):
        slot = slot_of(answer, one)
        stated = slot.stated if slot else None
        if stated is None:
            continue
        same = stated.pk in wanted or stated.normalised == normalise_name(expected)
        if same or _equals(stated, expected):
            raise MarkRefused("Nothing to change: the answer says so already.")


def _equals(stated: Entity, expected: str) -> bool:
    """Tell whether a text means the value of a literal: "7 November 1867" is 1867-11-07."""
    value = as_json(parse_literal(expected, stated.kind), expected)
    return equal_values(stated.value, value)


def blamable(answer: Answer) -> list[Citation]:
    """Return the facts of an answer that its question asked for, so that they can be what is wrong.

    A fact by which only the way there was found, such as one that a place lies in another, is not.
    Without a reading on record every fact is.
    """
    cited = list(
        answer.stated.select_related("triple__subject", "triple__relation", "triple__object")
        .defer(
            "triple__subject__embedding", "triple__relation__embedding", "triple__object__embedding"
        )
        .order_by("number")
    )
    questions = questions_of(answer)
    if not questions or any(map(_asks_by_date, questions)):
        return cited
    asked = set().union(*map(relations_in, questions))
    found = [one for one in cited if _is_asked(one, asked)]
    return found or cited


def _asks_by_date(question: Question) -> bool:
    """Tell whether facts that date things are asked for as well, or all that is known."""
    by_date = question.form in ("about", "compare", "how old") or bool(
        question.time and question.time.words
    )
    return by_date or any(isinstance(node, Picked) for node in nodes_in(question))


def _is_asked(citation: Citation, asked: set[str]) -> bool:
    relation = citation.triple.relation
    return str(relation.pk) in asked or str(equivalent(relation)) in asked


def refuse_unasked(answer: Answer, citation: Citation) -> None:
    """Raise MarkRefused for a fact that the question did not ask for."""
    if citation.pk not in {one.pk for one in blamable(answer)}:
        raise MarkRefused(
            "The question did not ask for this fact; it only led to the answer.", field="citation"
        )


def refuse_contradiction(
    answer: Answer, fact: FactInWords, *, wrong: Triple | None = None, field: str = "object"
) -> None:
    """Raise MarkRefused for a fact that contradicts another one than ``wrong``, which was called
    so. With a day since when it holds, the other may have held until then."""
    if fact.valid_from is not None:
        return
    space = answer.question.space
    given = TripleInput(_side(fact.subject), fact.relation, _side(fact.object))
    for other in MemoryController(space).conflicts(given):
        if wrong is None or other.pk != wrong.pk:
            raise MarkRefused(
                f"The memory holds “{statement_of(other).rstrip('. ')}”, which this contradicts "
                "and nobody called wrong. Say that this fact is wrong, or since when yours holds.",
                field=field,
            )


def _side(name: Name) -> EntityInput:
    if name.entity is not None:
        entity = name.entity
        return EntityInput(entity.name, entity.type, entity.kind, entity.value, entity)
    return EntityInput(name.text)
