"""What the write head finds in a document, as it would come into the memory of the product."""

from __future__ import annotations

from collections.abc import Sequence

from apps.evaluation.measuring.proposing import put_to_reviewers
from apps.evaluation.perplexity.memories import WrittenFact
from worker.interfaces import WriteHead
from worker.types import Argument, RelationSpec


def extracted_facts(
    head: WriteHead, text: str, relations: Sequence[RelationSpec]
) -> list[WrittenFact]:
    """Return every proposal of a text as a fact, under the names that it would be accepted by."""
    names = {spec.id: spec.name for spec in relations}
    return [
        WrittenFact(
            one.subject.called, names[one.relation_id], one.object.called,
            _aliases(one.subject), _aliases(one.object), one.subject.type, one.object.type,
        )
        for one in put_to_reviewers(head, text, relations)
    ]  # fmt: skip


def _aliases(argument: Argument) -> tuple[str, ...]:
    return (argument.text,) if argument.kind == "item" and argument.text != argument.called else ()
