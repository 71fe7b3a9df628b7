"""A question with the relation that it asks for, and the side of it that the question gives.

In the form of SimpleQuestions on Wikidata a relation is a property, ``P19``, or ``R19`` where the
question gives the object; its files are tables of four columns without a heading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.docred import name_of_property
from apps.evaluation.services.formats.questions import key_of
from apps.evaluation.services.formats.rows import Row

SIDES: Final = ("subject", "object")
COLUMNS: Final = ("entity", "relation", "answer", "question")  # of a table without a heading
_CODE: Final = re.compile(r"([PR])([1-9][0-9]{0,9})")


def relation_case(row: Row, is_csv: bool) -> NewCase:
    """Return the case of a row. Raises ValueError."""
    text, relation = _text(row.fields, "question"), _text(row.fields, "relation")
    side = row.fields.get("side") or ""
    if side not in ("", *SIDES):
        raise ValueError(f'"side" is none of {" and ".join(SIDES)}: what of the fact is given')
    given: dict[str, Any] = {}
    if code := _CODE.fullmatch(relation):
        property_ = f"P{code[2]}"
        coded = "subject" if code[1] == "P" else "object"
        if side and code[1] == "R" and side != coded:
            raise ValueError(f'"{relation}" gives the object, and "side" the {side}')
        side = side or coded
        given["property"], relation = property_, name_of_property(property_)
    kind = row.fields.get("kind") or side or SIDES[0]
    if not isinstance(kind, str):
        raise ValueError('"kind" is no text')
    return NewCase(
        key=key_of(row),
        kind=" ".join(kind.split()),
        text=text,
        given={**given, "side": side or SIDES[0]},
        expected=[[relation]],
        relation=relation,
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'"{name}" is missing or no text')
    return " ".join(value.split())
