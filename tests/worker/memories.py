"""Memories in a process that know the standard relations, for tests of the read head."""

import json
from pathlib import Path

from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.training.read_data import relation_spec

RELATIONS = Path(__file__).parents[2] / "apps" / "memory" / "data" / "relations.json"


def standard_memory(facts=(), **options) -> InMemoryMemory:
    """Return a memory with facts, each (subject, its type, property, object, its type)."""
    items = json.loads(RELATIONS.read_text(encoding="utf-8"))
    memory = InMemoryMemory([relation_spec(item) for item in items], **options)
    for subject, subject_type, relation, object_, object_type in facts:
        memory.add(Named(subject, subject_type), relation, Named(object_, object_type))
    return memory


def typed(facts, types):
    """Return facts (subject, property, object) with the types of their names."""
    return [(s, types[s], relation, o, types[o]) for s, relation, o in facts]
