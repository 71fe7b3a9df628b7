"""W3C PROV-JSON: one object with a section for each kind of statement."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Final

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts
from apps.provenance.services.exports.prov_statements import (
    MEMWEB,
    Name,
    Statement,
    Typed,
    Value,
    statements,
)

PARTS: Final = (
    "entity", "activity", "agent", "wasGeneratedBy", "used", "wasAssociatedWith",
    "wasAttributedTo", "wasDerivedFrom", "wasInvalidatedBy",
)  # fmt: skip


def add(fact: Fact, parts: Parts, names: Names) -> None:
    """Add the statements of a fact to their sections."""
    for statement in statements(fact, names, parts.first):
        kind = statement.kind
        # A relation has no name; its place in the section is one of its own.
        name = str(statement.name or f"_:{kind}{parts.sizes[kind]}")
        text = json.dumps({name: _body(statement)}, ensure_ascii=False)[1:-1]
        parts.put(kind, f",\n{text}" if parts.sizes[kind] else text)


def assemble(parts: Parts, names: Names, out: BinaryIO) -> None:
    """Write the whole object."""
    out.write(b'{"prefix": ' + json.dumps({"here": names.base, "memweb": MEMWEB}).encode())
    for kind in PARTS:
        if parts.sizes[kind]:
            out.write(f',\n"{kind}": {{\n'.encode())
            for piece in parts.pieces(kind):
                out.write(piece)
            out.write(b"}")
    out.write(b"}\n")


def _body(statement: Statement) -> dict[str, Any]:
    body: dict[str, Any] = {key: str(value) for key, value in statement.formal if value is not None}
    for key, value in statement.more:
        body[key] = _value(value)
    return body


def _value(value: Value) -> Any:
    if isinstance(value, Name):
        return {"$": str(value), "type": "xsd:QName"}
    if isinstance(value, Typed):
        return {"$": value.value, "type": value.type}
    return value
