"""RDF as JSON-LD 1.1 (W3C): one object, in which every named graph is a member."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Final

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts
from apps.provenance.services.exports.rdf_quads import PREFIXES, A, Term, graphs

PARTS: Final = ("graphs",)


def add(fact: Fact, parts: Parts, names: Names) -> None:
    """Add the graphs of a fact."""
    for graph in graphs(fact, names):
        nodes: dict[str, dict[str, Any]] = {}
        for subject, predicate, value in graph.triples:
            node = nodes.setdefault(subject, {"@id": subject})
            if predicate == A:
                node.setdefault("@type", []).append(value)
            else:
                node.setdefault(predicate, []).append(_value(value))
        text = json.dumps({"@id": graph.name, "@graph": [*nodes.values()]}, ensure_ascii=False)
        parts.put("graphs", f",\n{text}" if parts.sizes["graphs"] else text)


def assemble(parts: Parts, names: Names, out: BinaryIO) -> None:
    """Write the whole object."""
    out.write(b'{"@context": ' + json.dumps(PREFIXES).encode() + b',\n"@graph": [\n')
    out.writelines(parts.pieces("graphs"))
    out.write(b"]}\n")


def _value(value: Term) -> dict[str, str]:
    if isinstance(value, str):
        return {"@id": value}
    if value.type:
        return {"@value": value.text, "@type": f"xsd:{value.type}"}
    return {"@value": value.text}
