"""RDF: Turtle, TriG, N-Triples, N-Quads and JSON-LD, read by rdflib. Nothing is ever fetched."""

from __future__ import annotations

import re
import warnings
from typing import Any
from urllib.parse import unquote

from rdflib import Dataset, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, OWL, RDF, RDFS, SDO, SKOS, XSD
from rdflib.term import Node

from apps.sources.foreign.found import Found, type_of, words

SYSTEM = "RDF"
_START = re.compile(
    r"(?:\s|#[^\n]*\n)*(?:@prefix\b|@base\b|PREFIX\b|BASE\b|<[a-z][\w+.-]*:|_:\w)", re.I
)
_SCHEMA = (str(RDFS), str(OWL), "http://www.w3.org/2000/01/rdf-schema#")
_LABELS = (SKOS.prefLabel, RDFS.label, SDO.name, FOAF.name, DCTERMS.title)
_ABOUT = {*_LABELS, SKOS.altLabel, RDFS.comment, RDFS.seeAlso, OWL.sameAs, RDF.type}
_WORD_STARTS = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
_TIMES = {XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth}
_NUMBERS = {
    XSD.integer, XSD.decimal, XSD.double, XSD.float, XSD.int, XSD.long, XSD.nonNegativeInteger,
}  # fmt: skip
_MIDNIGHT = re.compile(r"T00:00:00(?:Z|[+-]\d\d:\d\d)?$")


def recognises(text: str) -> bool:
    """Tell whether a text begins as Turtle, TriG, N-Triples or N-Quads do."""
    return _START.match(text) is not None


def recognises_json(data: Any) -> bool:
    """Tell whether this is JSON-LD."""
    one = data[0] if isinstance(data, list) and data else data
    return isinstance(one, dict) and bool({"@context", "@graph", "@id"} & set(one))


def read(text: str, *, json_ld: Any = None) -> Found:
    """Return the statements as facts. Raises ValueError for what cannot be parsed."""
    if json_ld is not None:
        _refuse_remote(json_ld)
    graph = _parsed(text, ("json-ld",) if json_ld is not None else ("trig", "nquads"))
    found = Found(SYSTEM)
    triples = sorted({(s, p, o) for s, p, o, _ in graph.quads()})
    names = _labels(triples)
    types = {s: type_of(_local(o)) for s, p, o in triples if p == RDF.type}
    for subject, predicate, object_ in triples:
        if predicate in _ABOUT or str(predicate).startswith(_SCHEMA):
            continue
        key = str(predicate)
        found.labels[key] = names.get(predicate) or _WORD_STARTS.sub(" ", _local(predicate)).lower()
        _add(found, (subject, key, object_), names, types)
    return found


def _add(
    found: Found,
    triple: tuple[Node, str, Node],
    names: dict[Node, str],
    types: dict[Node, str],
) -> None:
    subject, key, object_ = triple
    if isinstance(object_, Literal):
        if object_.language and not object_.language.lower().startswith("en"):
            found.leave("a text in another language than English")
            return
        name, kind = _literal(object_)
    else:
        name, kind = names.get(object_) or _local(object_), types.get(object_, "")
    named = names.get(subject) or _local(subject)
    found.add(named, key, name, subject_type=types.get(subject, ""), object_type=kind)


def _literal(literal: Literal) -> tuple[str, str]:
    text = words(str(literal))
    if literal.datatype in _TIMES:
        return _MIDNIGHT.sub("", text), "TIME"
    if literal.datatype == XSD.boolean:
        return "", ""
    return text, "NUM" if literal.datatype in _NUMBERS else ""


def _labels(triples: list[tuple[Node, Node, Node]]) -> dict[Node, str]:
    """Return the best label of each node: English before other languages, in _LABELS' order."""
    best: dict[Node, tuple[tuple[bool, int], str]] = {}
    for subject, predicate, object_ in triples:
        if predicate in _LABELS and isinstance(object_, Literal):
            foreign = bool(object_.language) and not str(object_.language).startswith("en")
            rank = (foreign, _LABELS.index(predicate))
            if subject not in best or rank < best[subject][0]:
                best[subject] = (rank, words(str(object_)))
    return {node: label for node, (_, label) in best.items()}


def _local(node: Node) -> str:
    """Return the last part of an address as words; nothing for a node without one."""
    if not isinstance(node, URIRef):
        return ""
    return words(unquote(re.split(r"[/#:]", str(node).rstrip("/#"))[-1]).replace("_", " "))


def _parsed(text: str, formats: tuple[str, ...]) -> Dataset:
    problem = ""
    for format in formats:
        graph = Dataset(default_union=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own, of itself
                graph.parse(data=text, format=format)
            return graph
        except (MemoryError, RecursionError):
            raise
        except PermissionError:
            raise ValueError("It asks for something to be fetched, which is not done.") from None
        except Exception as error:
            problem = problem or words(str(error))[:200]
    raise ValueError(f"It is not readable as RDF ({problem}).")


def _refuse_remote(data: Any) -> None:
    """Refuse contexts that stand elsewhere: nothing is fetched."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            context = one.get("@context")
            given = context if isinstance(context, list) else [context]
            if "@import" in one or any(isinstance(part, str) for part in given):
                raise ValueError(
                    "Its context stands at another address, and nothing is fetched. Put the "
                    "context into the file."
                )
            waiting.extend(one.values())
