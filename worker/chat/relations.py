"""What relations mean to a conversation.

``relations.json`` gives those of the standard schema by Wikidata's numbers, so that an owner may
call them otherwise; any other relation means what its name says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from worker.types import RelationSpec

MEANINGS: Final[dict[str, str]] = json.loads(
    Path(__file__).with_name("relations.json").read_text(encoding="utf-8")
)


def meaning(relation: RelationSpec) -> str:
    """Return what a relation means."""
    return MEANINGS.get(relation.wikidata_property) or relation.key or relation.name
