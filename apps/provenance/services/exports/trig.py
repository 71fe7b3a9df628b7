"""RDF as TriG (W3C): one named graph after the other."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts
from apps.provenance.services.exports.rdf_quads import PREFIXES, A, Literal, Term, graphs

PARTS: Final = ("graphs",)
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAFE: Final = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]')


def add(fact: Fact, parts: Parts, names: Names) -> None:
    """Add the graphs of a fact."""
    for graph in graphs(fact, names):
        lines = [
            f"  {_term(subject)} {_predicate(predicate)} {_term(value)} ."
            for subject, predicate, value in graph.triples
        ]
        parts.put("graphs", "\n".join([f"{_term(graph.name)} {{", *lines, "}", ""]))


def assemble(parts: Parts, names: Names, out: BinaryIO) -> None:
    """Write the whole file."""
    for prefix, address in PREFIXES.items():
        out.write(f"@prefix {prefix}: <{address}> .\n".encode())
    out.write(b"\n")
    out.writelines(parts.pieces("graphs"))


def _predicate(name: str) -> str:
    return "a" if name == A else _term(name)


def _term(term: Term) -> str:
    if isinstance(term, Literal):
        quoted = f'"{_UNSAFE.sub(_escape, term.text)}"'
        return f"{quoted}^^xsd:{term.type}" if term.type else quoted
    prefix = term.partition(":")[0]
    return term if prefix in PREFIXES else f"<{term}>"


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}"
