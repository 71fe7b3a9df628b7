"""Graphs of Cognee: nodes and edges as JSON or GraphML, and the records of its exchange format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from apps.sources.foreign.found import Found, day_of, records, type_of, words
from apps.sources.foreign.graphiti import MISSING

SYSTEM = "Cognee"
STORE = "it only says where something is stored"
_CHUNKS = frozenset({"DocumentChunk", "TextSummary", "TextDocument", "PdfDocument", "NodeSet"})
_KINDS = frozenset({"fact", "entity", "document", "memory", "episode", "raw_node"})
_IS_A = frozenset({"is_a", "instance_of"})
_GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def recognises(data: Any) -> bool:
    """Tell whether edges name their relation as Cognee does, or these are its records."""
    if isinstance(data, dict):
        return any("relationship_name" in edge for edge in records(data.get("edges"))[:50])
    return any(one.get("kind") in _KINDS and "external_id" in one for one in records(data)[:50])


def read(data: Any) -> Found:
    """Return edges between entities as facts, and the text of chunks as texts."""
    nodes, edges = _parts(data)
    found = Found(SYSTEM)
    by_key = {str(node.get("id")): node for node in nodes}
    kinds = _kinds(edges, by_key)
    for node in nodes:
        if node.get("type") == "DocumentChunk":
            found.say(node.get("text"))
    for edge in edges:
        ends = [by_key.get(str(edge.get(key))) for key in ("source", "target")]
        if ends[0] is None or ends[1] is None:
            found.leave(MISSING)
        elif any(end.get("type") in _CHUNKS for end in ends if end):
            found.leave(STORE)
        elif ends[1].get("type") != "EntityType":
            _add(found, edge, (ends[0], ends[1]), kinds)
    return found


def _add(
    found: Found,
    edge: dict[str, Any],
    ends: tuple[dict[str, Any], dict[str, Any]],
    kinds: dict[str, str],
) -> None:
    try:
        begins, until = day_of(edge.get("valid_at")), day_of(edge.get("invalid_at"), ends=True)
    except ValueError as problem:
        found.leave(str(problem))
        return
    subject, object_ = ends
    found.add(
        subject.get("name"),
        words(edge.get("relationship_name")).replace("_", " "),
        object_.get("name"),
        subject_type=kinds.get(str(subject.get("id")), ""),
        object_type=kinds.get(str(object_.get("id")), ""),
        valid_from=begins,
        valid_to=until,
        evidence=edge.get("edge_text"),
    )


def _kinds(edges: Iterable[dict[str, Any]], nodes: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the type of each node that is said to be of a kind."""
    return {
        str(edge.get("source")): type_of(nodes[str(edge.get("target"))].get("name"))
        for edge in edges
        if edge.get("relationship_name") in _IS_A and str(edge.get("target")) in nodes
    }


def _parts(data: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if isinstance(data, dict):
        return records(data.get("nodes")), records(data.get("edges"))
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    for one in records(data):
        if one.get("kind") == "fact":
            ends = {"source": one.get("subject_ref"), "target": one.get("object_ref")}
            named = {"relationship_name": one.get("predicate"), "edge_text": one.get("fact_text")}
            edges.append(one | ends | named)
        elif one.get("kind") in ("document", "memory"):
            text = {"id": one.get("external_id"), "type": "DocumentChunk"}
            nodes.append(text | {"text": one.get("content")})
        elif one.get("kind") == "entity":
            nodes.append({"id": one.get("external_id"), "name": one.get("name")})
    return nodes, edges


def graphml(text: str) -> dict[str, Any]:
    """Return the nodes and edges of a GraphML file as Cognee's JSON has them.

    Raises ValueError for what is not GraphML; nothing in it is expanded, because a file that
    declares entities is refused.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("It declares entities, which are not read.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 -- no declarations, see above
    except ElementTree.ParseError as error:
        raise ValueError(f"It is not readable as XML ({error}).") from None
    names = {key.get("id"): key.get("attr.name") for key in root.iter(f"{_GRAPHML}key")}
    return {
        f"{kind}s": [
            {names.get(data.get("key")): data.text for data in one.iter(f"{_GRAPHML}data")}
            | dict(one.attrib)
            for one in root.iter(f"{_GRAPHML}{kind}")
        ]
        for kind in ("node", "edge")
    }
