"""Graphs of Graphiti: named nodes, edges with a sentence and two kinds of times, and episodes."""

from __future__ import annotations

from typing import Any

from apps.sources.foreign.found import Found, day_of, first_of, records, type_of, words

SYSTEM = "Graphiti"
MISSING = "one of its ends is not in the file"
_NODES = ("nodes", "entities", "entity_nodes")
_EDGES = ("edges", "facts", "entity_edges")
_EPISODES = ("episodes", "episodic_nodes")


def recognises(data: Any) -> bool:
    """Tell whether edges name their ends as Graphiti does."""
    if not isinstance(data, dict):
        return False
    edges = records(first_of(data, *_EDGES))[:50]
    return any({"source_node_uuid", "target_node_uuid"} <= set(edge) for edge in edges)


def read(data: Any) -> Found:
    """Return each edge as a fact whose evidence is its sentence, and the episodes as texts.

    A fact holds until it became invalid, or else until it was expired.
    """
    found = Found(SYSTEM)
    nodes = {_key(node): node for node in records(first_of(data, *_NODES))}
    episodes = {_key(one): one for one in records(first_of(data, *_EPISODES))}
    for episode in episodes.values():
        found.say(first_of(episode, "content", "episode_body"))
    for edge in records(first_of(data, *_EDGES)):
        subject = nodes.get(str(edge.get("source_node_uuid")))
        object_ = nodes.get(str(edge.get("target_node_uuid")))
        if subject is None or object_ is None:
            found.leave(MISSING)
            continue
        _add(found, edge, subject, object_, episodes)
    return found


def _add(
    found: Found,
    edge: dict[str, Any],
    subject: dict[str, Any],
    object_: dict[str, Any],
    episodes: dict[str, dict[str, Any]],
) -> None:
    try:
        begins = day_of(edge.get("valid_at"))
        ends = day_of(first_of(edge, "invalid_at", "expired_at"), ends=True)
    except ValueError as problem:
        found.leave(str(problem))
        return
    given = edge.get("episodes")
    named = [str(one) for one in given] if isinstance(given, list) else []
    source = next((episodes[one] for one in named if one in episodes), {})
    found.add(
        subject.get("name"),
        words(first_of(edge, "name", "relation")).replace("_", " ").lower(),
        object_.get("name"),
        subject_type=type_of(first_of(subject, "labels", "label")),
        object_type=type_of(first_of(object_, "labels", "label")),
        valid_from=begins,
        valid_to=ends,
        evidence=edge.get("fact"),
        source=first_of(source, "name", "source_description"),
    )


def _key(record: dict[str, Any]) -> str:
    return str(first_of(record, "uuid", "id"))
