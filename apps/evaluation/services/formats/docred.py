"""A document in DocRED format (Yao et al. 2019) as a text with the facts that it states.

The text is the tokens, joined by single spaces. Every mention of an entity is a name of it; a label
that is repeated counts once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.questions import key_of
from apps.evaluation.services.formats.rows import Row
from apps.memory.packs import STANDARD
from worker.training import docred_format, redocred
from worker.training.property_names import property_names
from worker.training.redocred import GoldDocument

KIND: Final = "document"  # of one that says none
LONGEST_TITLE: Final = 200


def docred_case(row: Row, is_csv: bool) -> NewCase:
    """Return the case of a document, which no table has. Raises ValueError."""
    document = redocred.document(dict(row.fields))
    kind = row.fields.get("kind") or KIND
    if not isinstance(kind, str):
        raise docred_format.Malformed("kind is no text")
    if not document.text.strip():
        raise ValueError("its text is empty")
    return NewCase(
        key=key_of(row),
        kind=" ".join(kind.split()),
        text=document.text,
        given={"title": " ".join(document.title.split())[:LONGEST_TITLE]},
        expected=_facts(document),
    )


def _facts(document: GoldDocument) -> list[dict[str, Any]]:
    called = [_names(document, number) for number in range(len(document.entities))]
    found = []
    for one in dict.fromkeys((t.subject, t.property, t.object) for t in document.triples):
        subject, property_, object_ = one
        fact: dict[str, Any] = {
            "subject": called[subject][0],
            "relation": name_of_property(property_),
            "property": property_,
            "object": called[object_][0],
            "mood": "stated",
        }
        for side, names in (("subject", called[subject]), ("object", called[object_])):
            if names[1:]:
                fact[f"{side}_names"] = names[1:]
        if fact not in found:
            found.append(fact)
    return found


def _names(document: GoldDocument, entity: int) -> list[str]:
    """Return the names of an entity, the longest first, each once."""
    texts = (mention.span.of(document.text).strip() for mention in document.entities[entity])
    names = sorted(dict.fromkeys(filter(None, texts)), key=len, reverse=True)
    if not names:
        raise ValueError(f"vertexSet[{entity}] has no text")
    return names


def name_of_property(property_: str) -> str:
    """Return the English name of a Wikidata property, as the standard relations call it where they
    have it; the property itself where nobody knows."""
    return _called().get(property_, property_)


@cache
def _called() -> Mapping[str, str]:
    standard = json.loads(STANDARD.read_text(encoding="utf-8"))
    return property_names() | {one["wikidata_property"]: one["name"] for one in standard}
