"""What tests of writing to the memory have in common."""

from __future__ import annotations

from apps.accounts.models import Space
from apps.memory.controller import EntityInput, TripleInput
from tests import factories


def triple_input(
    space: Space, subject: str, relation: str, object_: str, **fields: object
) -> TripleInput:
    return TripleInput(
        EntityInput(subject),
        factories.make_relation(space, relation),
        EntityInput(object_),
        **fields,  # type: ignore[arg-type]
    )
