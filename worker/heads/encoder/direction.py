"""Which of two entities a yes or no question takes for the subject of a relation."""

from __future__ import annotations

import re

from worker.heads.encoder.mentions import NamedEntity
from worker.types import RelationSpec


def is_stated(
    question: str,
    relation: RelationSpec,
    subject: NamedEntity,
    object_: NamedEntity,
    *,
    first: NamedEntity,
) -> bool:
    """Tell whether ``question`` asks if ``subject`` has ``relation`` to ``object_``.

    Entities of different types cannot change places, so both orders are allowed; the memory
    knows which one is a fact. Otherwise the words around the names and the relation's template
    decide: "of Y" in both, "by" in one of them alone (active and passive), then their order.
    """
    types = (subject.type, object_.type)
    if all(types) and types[0] != types[1]:
        return _fits(relation.subject_types, types[0]) and _fits(relation.object_types, types[1])
    template = relation.template
    if relation.inverse_name and relation.inverse_name.casefold() == relation.name.casefold():
        return True
    second = object_ if first is subject else subject
    if re.search(r"\bof (?:the )?$", question[: second.start], re.IGNORECASE):
        if re.search(r"\bof (?:the )?\{subject\}", template):
            return second is subject
        if re.search(r"\bof (?:the )?\{object\}", template):
            return second is object_
    subject_first = template.find("{subject}") <= template.find("{object}")
    passive = bool(re.search(r"\bby\b", template)) != bool(re.search(r"\bby\b", question))
    return (first is subject) == (subject_first != passive)


def _fits(types: tuple[str, ...], type_: str) -> bool:
    return not types or type_ in types
